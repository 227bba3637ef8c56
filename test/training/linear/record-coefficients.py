"""Writes three tables, and the coefficients that scikit-learn learns from them, for learn.test.ts.

usage: bash scripts/python-environment.sh peers bench/peers/requirements.txt 11
       .venv/peers/bin/python test/training/linear/record-coefficients.py

The pipeline: the median in place of missing numbers, StandardScaler, OneHotEncoder with a group for rare categories and a category for
missing ones. A deployment has no scaler, and its unknown, rare and missing categories count as 0. So the coefficients are divided by
the deviation of their number, and that of the group or of the missing category is moved to the intercept, as is that of false.
"""
import json
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

FOLDER = Path(__file__).parents[2] / "fixtures" / "coefficients"


def make_binary(random):
    rows = 240
    base = random.normal(size=rows)
    table = pd.DataFrame(
        {
            "size": (50 + 20 * base).round(1),
            "weight": (4 + base + 0.2 * random.normal(size=rows)).round(3),
            "plan": random.choice(["basic", "plus", "family"], rows),
            "member": random.choice(["true", "false"], rows),
        }
    )
    score = base + 2 * (table["plan"] == "plus") - (table["member"] == "true") + random.logistic(size=rows)
    return table, np.where(score > 0.3, "yes", "no")


def make_multiclass(random):
    rows = 400
    first, second = random.normal(size=rows), random.normal(size=rows)
    table = pd.DataFrame(
        {
            "height": np.where(random.random(rows) < 0.1, np.nan, (170 + 10 * first).round()),
            "income": (np.exp(second) * 1000).round(2),
            "colour": np.where(random.random(rows) < 0.15, None, random.choice(["red", "green", "blue"], rows)),
            # Of these, some occur fewer than five times.
            "town": [f"town {value}" for value in np.minimum(random.geometric(0.3, rows), 12)],
        }
    )
    scores = np.stack([first, second, (table["colour"] == "red") - 0.5, -first + (table["town"] == "town 1")], axis=1)
    return table, np.array(["north", "east", "south", "west"])[(scores + random.gumbel(size=scores.shape)).argmax(axis=1)]


def make_regression(random):
    rows = 300
    table = pd.DataFrame(
        {
            "area": (80 + 25 * random.normal(size=rows)).round(1),
            "age": random.integers(0, 90, rows),
            "kind": random.choice(["flat", "house", "studio"], rows, p=[0.6, 0.3, 0.1]),
            "heating": random.choice(["gas", "oil", "wood", "heat pump"], rows),
        }
    )
    price = 3 * table["area"] - table["age"] + 40 * (table["kind"] == "house") + 10 * random.normal(size=rows)
    return table, price.round(2).to_numpy()


def record(name, table, target):
    table.assign(label=target).to_csv(FOLDER / f"{name}.csv", index=False)
    texts = [column for column in table if not pd.api.types.is_numeric_dtype(table[column])]
    numbers = [column for column in table if column not in texts]
    scaler = StandardScaler()
    encoder = OneHotEncoder(min_frequency=5, handle_unknown="infrequent_if_exist", sparse_output=False)
    transformer = make_column_transformer((make_pipeline(SimpleImputer(strategy="median"), scaler), numbers), (encoder, texts))
    encoded = transformer.fit_transform(table)
    if target.dtype.kind == "f":
        model, classes = LinearRegression().fit(encoded, target), [None]
    else:
        model = LogisticRegression(C=1, tol=1e-10, max_iter=100_000).fit(encoded, target)
        classes = model.classes_.tolist() if len(model.classes_) > 2 else [model.classes_[1]]
    scaler = transformer.transformers_[0][1][-1]
    encoder = transformer.transformers_[1][1]
    names = encoder.get_feature_names_out(texts)
    outputs = []
    for output, weights, intercept in zip(classes, np.atleast_2d(model.coef_), np.atleast_1d(model.intercept_)):
        raw = weights[: len(numbers)] / scaler.scale_
        intercept = intercept - (raw * scaler.mean_).sum()
        coefficients = dict(zip(numbers, raw))
        dummies = dict(zip(names, weights[len(numbers) :]))
        for column in texts:
            own = {key[len(column) + 1 :]: value for key, value in dummies.items() if key.startswith(f"{column}_")}
            common = sum(own.pop(group) for group in ("infrequent_sklearn", "None", "nan") if group in own)
            if "true" in own:
                # A boolean is one number, 0 or 1.
                common = own.pop("false")
                own = {"": own["true"]}
            intercept += common
            coefficients |= {f"{column}={category}".rstrip("="): value - common for category, value in own.items()}
        outputs.append({"output": output, "intercept": intercept, "coefficients": coefficients})
    (FOLDER / f"{name}.json").write_text(json.dumps(outputs, indent=2) + "\n")


for seed, (name, make) in enumerate({"binary": make_binary, "multiclass": make_multiclass, "regression": make_regression}.items()):
    record(name, *make(np.random.default_rng(seed)))
