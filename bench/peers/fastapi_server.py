"""The same with FastAPI and a declared body. Runs on uvicorn; MODEL is the path of the model."""
import os
from typing import Any

import joblib
import pandas as pd
from fastapi import FastAPI
from pydantic import BaseModel

model = joblib.load(os.environ["MODEL"])
app = FastAPI()


class Table(BaseModel):
    fields: list[str]
    values: list[list[Any]]


@app.get("/health")
def answer_health():
    return "ready"


@app.post("/score")
def score(table: Table):
    frame = pd.DataFrame(table.values, columns=table.fields)
    predictions = model.predict(frame).tolist()
    probabilities = model.predict_proba(frame).tolist()
    return {
        "fields": ["prediction", "probability"],
        "labels": model.classes_.tolist(),
        "values": [[prediction, vector] for prediction, vector in zip(predictions, probabilities)],
    }
