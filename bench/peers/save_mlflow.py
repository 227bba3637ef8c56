"""Saves a pipeline as an MLflow model. Takes the pipeline's file and the folder to make."""
import sys

import joblib
import mlflow

# The type that MLflow asks to be named: the nodes of scikit-learn's trees. We have just learned them ourselves.
mlflow.sklearn.save_model(joblib.load(sys.argv[1]), sys.argv[2], skops_trusted_types=["sklearn.tree._tree.Tree"])
