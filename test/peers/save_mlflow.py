"""Saves a pipeline as an MLflow model with a signature. Arguments: the pipeline's file, the folder to create, and the method that
the model calls, predict or predict_proba. An existing folder is kept."""
import json
import os
import sys

import joblib
import mlflow
import pandas as pd
from mlflow.models import infer_signature
from skops.io import dumps, get_untrusted_types

file, folder, method = sys.argv[1:]
if not os.path.exists(folder):
    with open(os.path.join(os.path.dirname(file), "truth.json"), encoding="utf-8") as truth:
        truth_rows = json.load(truth)
    rows = pd.DataFrame(truth_rows["values"], columns=[column["name"] for column in truth_rows["columns"]])
    pipeline = joblib.load(file)
    mlflow.sklearn.save_model(
        pipeline,
        folder,
        signature=infer_signature(rows, getattr(pipeline, method)(rows)),
        pyfunc_predict_fn=method,
        # MLflow loads only trusted types, and trees are none; this pipeline is our own.
        skops_trusted_types=get_untrusted_types(data=dumps(pipeline)),
    )
