"""A machine-learning library for the benchmark of model files: one task per line on standard input, one result per line on
standard output.

The first argument names a module beside this file, such as library_xgboost. It has:

    FILE                     the name of the file that the engine's kind expects
    train(x, y, tree_count)  returns a model with so many trees, which uses one thread
    save(model, path)        writes the file
    list_ways(model)         returns the ways to score a matrix by name: functions of the matrix that return the probability of
                             the second class

Times are processor times per call, because a busy machine changes those less.
"""

import importlib
import json
import os
import sys
import time

os.environ["OMP_NUM_THREADS"] = "1"
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy

library = importlib.import_module(sys.argv[1])
model = None
rows = None


def make_data(row_count, width, seed):
    """Numbers, some of them missing, and a label that depends on some of them."""
    random = numpy.random.default_rng(seed)
    x = random.normal(size=(row_count, width))
    x[random.random(x.shape) < 0.05] = numpy.nan
    known = numpy.nan_to_num(x)
    margin = known[:, 0] + known[:, 1] * known[:, 2] + numpy.sin(3 * known[:, 3]) + random.normal(size=row_count)
    return x, (margin > 0).astype(int)


def prepare(task):
    """Trains and saves a model. Answers the rows to score, and their probabilities."""
    global model, rows
    x, y = make_data(task["trainingRows"], task["width"], 1)
    model = library.train(x, y, task["trees"])
    library.save(model, os.path.join(task["folder"], library.FILE))
    rows, _ = make_data(task["rows"], task["width"], 2)
    cells = [[None if numpy.isnan(cell) else cell for cell in row] for row in rows.tolist()]
    scores = [next(iter(library.list_ways(model).values()))(rows[:100])]
    return {"file": library.FILE, "cells": cells, "probabilities": numpy.asarray(scores[0], dtype=float).tolist()}


def measure(task):
    """Answers the seconds per call of each way to score."""
    matrix = numpy.ascontiguousarray(rows[: task["rows"]])
    seconds = {}
    for name, score in library.list_ways(model).items():
        score(matrix)
        start = time.process_time()
        for _ in range(task["runs"]):
            score(matrix)
        seconds[name] = (time.process_time() - start) / task["runs"]
    return seconds


for line in sys.stdin:
    task = json.loads(line)
    print(json.dumps(prepare(task) if "trees" in task else measure(task)), flush=True)
