"""Saves a pipeline as an MLflow model with a signature. Takes the pipeline's file, the folder to make, and what the model is to
answer: predict or predict_proba. A folder that is there stays as it is."""
import json
import os
import sys

import joblib
import mlflow
import pandas as pd
from mlflow.models import infer_signature

file, folder, method = sys.argv[1:]
if not os.path.exists(folder):
    with open(os.path.join(os.path.dirname(file), "truth.json"), encoding="utf-8") as truth:
        asked = json.load(truth)
    rows = pd.DataFrame(asked["values"], columns=[column["name"] for column in asked["columns"]])
    pipeline = joblib.load(file)
    mlflow.sklearn.save_model(
        pipeline,
        folder,
        signature=infer_signature(rows, getattr(pipeline, method)(rows)),
        pyfunc_predict_fn=method,
        # What MLflow asks to be named; we have just made it ourselves.
        skops_trusted_types=["numpy.dtype"],
    )
