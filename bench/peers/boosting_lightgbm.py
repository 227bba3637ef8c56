"""LightGBM for the benchmark of boosting: one task per line on standard input, one result per line on standard output.

A task has a matrix and its target, of which the first rows are learned from. Only the CPU time of the training is measured, without the binning.
The result has the seconds of CPU time, and the loss on the other rows: the log loss, or the root of the mean squared error.
"""
import json
import sys
import time

import lightgbm
import numpy

for line in sys.stdin:
    task = json.loads(line)
    matrix = numpy.ascontiguousarray(numpy.fromfile(task["matrix"]).reshape(-1, task["width"]))
    target = numpy.fromfile(task["target"])
    cut = task["training_rows"]
    data = lightgbm.Dataset(matrix[:cut], target[:cut], categorical_feature=task["categorical"])
    data.construct()
    start = time.process_time()
    model = lightgbm.train({**task["parameters"], "num_threads": 1, "verbose": -1}, data, task["iterations"])
    seconds = time.process_time() - start
    truth = target[cut:]
    predictions = model.predict(matrix[cut:], num_threads=1)
    objective = task["parameters"]["objective"]
    if objective == "regression":
        loss = numpy.sqrt(numpy.mean((predictions - truth) ** 2))
    else:
        of_truth = numpy.where(truth == 1, predictions, 1 - predictions) if objective == "binary" else predictions[
            numpy.arange(len(truth)), truth.astype(int)
        ]
        loss = -numpy.mean(numpy.log(of_truth))
    print(json.dumps({"seconds": seconds, "loss": float(loss)}), flush=True)
