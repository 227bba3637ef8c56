"""scikit-learn's forests for the training benchmark: one task per line on standard input, one result per line on standard output.

A task names CSV files written by the benchmark, with the label in the last column; categories are one-hot encoded. Only fit()
is timed.
"""
import csv
import json
import sys
import time

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.metrics import accuracy_score, r2_score
from sklearn.preprocessing import OneHotEncoder


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))[1:]
    return np.array([row[:-1] for row in rows], dtype=object), np.array([row[-1] for row in rows])


def encode(train, test):
    categorical = [index for index in range(train.shape[1]) if not is_number(train[0, index])]
    transformer = ColumnTransformer(
        [("categories", OneHotEncoder(handle_unknown="ignore", sparse_output=False), categorical)], remainder="passthrough"
    )
    return [part.astype(np.float32) for part in (transformer.fit_transform(train), transformer.transform(test))]


def is_number(text):
    try:
        float(text)
        return True
    except ValueError:
        return False


for line in sys.stdin:
    task = json.loads(line)
    (train, labels), (test, truth) = read(task["train"]), read(task["test"])
    x, y = encode(train, test)
    regression = task["regression"]
    if regression:
        labels, truth = labels.astype(float), truth.astype(float)
    kind = RandomForestRegressor if regression else RandomForestClassifier
    forest = kind(task["trees"], max_depth=task["depth"], random_state=task["seed"], n_jobs=1)
    start = time.perf_counter()
    forest.fit(x, labels)
    seconds = time.perf_counter() - start
    quality = (r2_score if regression else accuracy_score)(truth, forest.predict(y))
    print(json.dumps({"seconds": seconds, "quality": float(quality)}), flush=True)
