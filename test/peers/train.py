"""Trains the pipelines that the peers serve: `mixed`, over numbers with gaps, whole numbers, flags and categories, with three
text classes; `trees`, a random forest over the same; and `numbers`, which takes a matrix, with the classes 0 and 1.

Argument: the folder to create, with a folder per pipeline: pipeline.joblib, and truth.json with the columns, rows to score, and
the pipeline's own predictions and probabilities, in the order of `labels`. The data is synthetic and always the same.
"""
import json
import os
import sys

import joblib
import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

TRAINING_ROWS, TEST_ROWS = 2000, 5000
NUMBERS = ["amount", "income", "age", "duration"]
TYPES = {"f": "double", "i": "long", "b": "boolean"}


def make_rows(random, count):
    """Loan applications; every tenth income is missing."""
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
    """The class of each row: the burden of the loan for the applicant, with random noise."""
    burden = rows["amount"] / rows["duration"] / rows["income"].fillna(2500) * np.where(rows["employed"], 1, 2)
    burden *= np.where(rows["housing"] == "own", 0.7, 1) * random.lognormal(0, 0.3, len(rows))
    return np.select([burden < 0.08, burden < 0.2], ["low", "medium"], "high")


def build_mixed(model):
    columns = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), NUMBERS),
            ("categories", OneHotEncoder(handle_unknown="ignore"), ["housing", "purpose"]),
            ("flags", "passthrough", ["employed"]),
        ]
    )
    return make_pipeline(columns, model)


def build_numbers():
    return make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression())


def save(folder, pipeline, rows, table):
    """`rows` is the part of the table that the pipeline takes."""
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
    rows = make_rows(random, TRAINING_ROWS)
    classes = judge(rows, random)
    test_rows = make_rows(random, TEST_ROWS)
    models = {"mixed": LogisticRegression(max_iter=1000), "trees": RandomForestClassifier(50, random_state=1)}
    for name, model in models.items():
        save(os.path.join(folder, name), build_mixed(model).fit(rows, classes), test_rows, test_rows)
    numbers = build_numbers().fit(rows[NUMBERS].to_numpy(), (classes == "high").astype(int))
    save(os.path.join(folder, "numbers"), numbers, test_rows[NUMBERS].to_numpy(), test_rows[NUMBERS])


main(sys.argv[1])
