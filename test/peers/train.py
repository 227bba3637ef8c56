"""Trains what the peers serve: `mixed`, a pipeline over numbers with gaps, whole numbers, flags and categories, for three
classes named by texts; and `numbers`, which takes a matrix, for the classes 0 and 1.

Takes a folder to make, with a folder for each of them: pipeline.joblib, and truth.json with the columns, rows to ask for, the
pipeline's own predictions and its probabilities, in the order of `labels`. The data is made up, and the same every time.
"""
import json
import os
import sys

import joblib
import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

LEARNED, ASKED = 2000, 5000
NUMBERS = ["amount", "income", "age", "duration"]
TYPES = {"f": "double", "i": "long", "b": "boolean"}


def make_rows(random, count):
    """Applications for a loan; every tenth income is not known."""
    return pd.DataFrame(
        {
            "amount": random.uniform(250, 20000, count).round(2),
            "income": np.where(random.random(count) < 0.1, np.nan, random.normal(3000, 900, count).round(2)),
            "age": random.integers(18, 80, count),
            "duration": random.integers(4, 73, count),
            "employed": random.random(count) < 0.8,
            "housing": random.choice(["free", "own", "rent"], count),
            "purpose": random.choice(["car", "education", "furniture", "repairs"], count),
        }
    )


def judge(rows, random):
    """The class of each row: how dear the loan is to the applicant, with some chance."""
    burden = rows["amount"] / rows["duration"] / rows["income"].fillna(2500) * np.where(rows["employed"], 1, 2)
    burden *= np.where(rows["housing"] == "own", 0.7, 1) * random.lognormal(0, 0.3, len(rows))
    return np.select([burden < 0.08, burden < 0.2], ["low", "medium"], "high")


def build_mixed():
    columns = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), NUMBERS),
            ("categories", OneHotEncoder(handle_unknown="ignore"), ["housing", "purpose"]),
            ("flags", "passthrough", ["employed"]),
        ]
    )
    return make_pipeline(columns, LogisticRegression(max_iter=1000))


def build_numbers():
    return make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression())


def save(folder, pipeline, rows, table):
    """`rows` is what the pipeline takes of the table."""
    truth = {
        "columns": [
            {"name": name, "type": TYPES.get(column.dtype.kind, "string"), "nullable": bool(column.hasnans)}
            for name, column in table.items()
        ],
        "values": table.astype(object).where(table.notna(), None).values.tolist(),
        "labels": pipeline.classes_.tolist(),
        "predictions": pipeline.predict(rows).tolist(),
        "probabilities": pipeline.predict_proba(rows).tolist(),
    }
    os.makedirs(folder)
    joblib.dump(pipeline, os.path.join(folder, "pipeline.joblib"))
    with open(os.path.join(folder, "truth.json"), "w", encoding="utf-8") as file:
        json.dump(truth, file, allow_nan=False)


def main(folder):
    random = np.random.default_rng(1)
    rows = make_rows(random, LEARNED)
    classes = judge(rows, random)
    asked = make_rows(random, ASKED)
    save(os.path.join(folder, "mixed"), build_mixed().fit(rows, classes), asked, asked)
    numbers = build_numbers().fit(rows[NUMBERS].to_numpy(), (classes == "high").astype(int))
    save(os.path.join(folder, "numbers"), numbers, asked[NUMBERS].to_numpy(), asked[NUMBERS])


main(sys.argv[1])
