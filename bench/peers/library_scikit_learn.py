"""A random forest of scikit-learn, for measure_library.py."""

import os
import subprocess
import sys

import joblib
from sklearn.ensemble import RandomForestClassifier

FILE = "model.json"
EXPORT = "models/kinds/scikit-learn/export.py"


def train(x, y, tree_count):
    return RandomForestClassifier(tree_count, max_depth=12, n_jobs=1, random_state=1).fit(x, y)


def save(model, path):
    folder = os.path.dirname(path)
    saved, rows = os.path.join(folder, "model.joblib"), os.path.join(folder, "rows.csv")
    joblib.dump(model, saved)
    width = model.n_features_in_
    with open(rows, "w") as file:
        file.write("\n".join([",".join("x%d" % at for at in range(width)), ",".join(["0.5"] * width), ""]))
    subprocess.run([sys.executable, EXPORT, saved, "--rows", rows, "--out", path], check=True, stdout=subprocess.DEVNULL)


def list_ways(model):
    return {"predict_proba": lambda x: model.predict_proba(x)[:, 1]}


def to_onnx(model, path):
    from skl2onnx import to_onnx as convert
    from skl2onnx.common.data_types import FloatTensorType

    types = [("rows", FloatTensorType([None, model.n_features_in_]))]
    return convert(model, initial_types=types, options={id(model): {"zipmap": False}})
