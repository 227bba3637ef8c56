"""A custom engine as in IBM's tutorials: Flask, pandas, scikit-learn. Runs on gunicorn; MODEL is the path of the model."""
import os

import joblib
import pandas as pd
from flask import Flask, jsonify, request

model = joblib.load(os.environ["MODEL"])
app = Flask(__name__)


@app.get("/health")
def answer_health():
    return "ready"


@app.post("/score")
def score():
    body = request.get_json()
    frame = pd.DataFrame(body["values"], columns=body["fields"])
    predictions = model.predict(frame).tolist()
    probabilities = model.predict_proba(frame).tolist()
    return jsonify(
        fields=["prediction", "probability"],
        labels=model.classes_.tolist(),
        values=[[prediction, vector] for prediction, vector in zip(predictions, probabilities)],
    )
