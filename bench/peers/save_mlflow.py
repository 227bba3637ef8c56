"""Saves a pipeline as an MLflow model. Arguments: the pipeline's file, the folder to create."""
import sys

import joblib
import mlflow

# MLflow requires this type, the nodes of scikit-learn's trees, to be trusted explicitly. We have just trained them ourselves.
mlflow.sklearn.save_model(joblib.load(sys.argv[1]), sys.argv[2], skops_trusted_types=["sklearn.tree._tree.Tree"])
