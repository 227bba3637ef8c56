"""LightGBM for prove.ts: one task per line on standard input, one result per line on standard output.

A task has a matrix, its categorical features and a target, and either parameters, with which a model is trained, or the path of
a model file. The result is what the model predicts for the rows of the matrix, and what the file says of itself.
"""
import json
import sys

import lightgbm
import numpy

for line in sys.stdin:
    task = json.loads(line)
    matrix = numpy.fromfile(task["matrix"]).reshape(-1, task["width"])
    if "model" in task:
        model = lightgbm.Booster(model_file=task["model"])
    else:
        target = numpy.fromfile(task["target"])
        # LightGBM merges bins of fewer than three rows.
        data = lightgbm.Dataset(matrix, target, categorical_feature=task["categorical"], params={"min_data_in_bin": 1})
        model = lightgbm.train({**task["parameters"], "num_threads": 1, "verbose": -1}, data, task["iterations"])
    predictions = model.predict(matrix, num_threads=1)
    print(json.dumps({"predictions": predictions.reshape(-1).tolist(), "trees": model.num_trees()}), flush=True)
