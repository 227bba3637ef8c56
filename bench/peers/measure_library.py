"""A machine-learning library for the benchmark of model files: one task per line on standard input, one result per line on
standard output.

The first argument names a module beside this file, such as library_xgboost. It has:

    FILE                     the name of the file that the engine's kind expects
    train(x, y, tree_count)  returns a model with so many trees, which uses one thread
    save(model, path)        writes the file
    list_ways(model)         returns the ways to score a matrix by name: functions of the matrix that return the probability of
                             the second class
    to_onnx(model, path)     returns the model in ONNX, which takes a matrix of 32-bit numbers; it may write files beside path

onnxruntime scores the same matrix in 32 bits, where the conversion is right.

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
import onnx
import onnxruntime

library = importlib.import_module(sys.argv[1])
model = None
rows = None
session = None


def make_data(row_count, width, seed):
    """Numbers, some of them missing, and a label that depends on some of them."""
    random = numpy.random.default_rng(seed)
    x = random.normal(size=(row_count, width))
    x[random.random(x.shape) < 0.05] = numpy.nan
    known = numpy.nan_to_num(x)
    margin = known[:, 0] + known[:, 1] * known[:, 2] + numpy.sin(3 * known[:, 3]) + random.normal(size=row_count)
    return x, (margin > 0).astype(int)


def open_zip_map(onnx_model):
    """Lets the graph return the matrix of probabilities, instead of a map per row."""
    for node in [node for node in onnx_model.graph.node if node.op_type == "ZipMap"]:
        output = next(output for output in onnx_model.graph.output if output.name == node.output[0])
        output.name = node.input[0]
        output.type.CopyFrom(onnx.helper.make_tensor_type_proto(onnx.TensorProto.FLOAT, [None, None]))
        onnx_model.graph.node.remove(node)
    return onnx_model


def start_session(path):
    """The model in onnxruntime, on one thread; None if it cannot be converted, or not without changing scores."""
    try:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        content = open_zip_map(library.to_onnx(model, path)).SerializeToString()
        made = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        expected = next(iter(library.list_ways(model).values()))(rows)
        # A cell that is 32 bits away from a threshold may take the other branch.
        different = (numpy.abs(run_session(made, rows.astype(numpy.float32)) - expected) > 1e-4).mean()
        print("%s in onnxruntime: %.2f %% of the scores differ" % (sys.argv[1], 100 * different), file=sys.stderr)
        return made if different <= 0.02 else None
    except Exception as error:
        print("%s in onnxruntime: %s" % (sys.argv[1], error), file=sys.stderr)
        return None


def run_session(made, matrix):
    return made.run([made.get_outputs()[-1].name], {made.get_inputs()[0].name: matrix})[0][:, 1]


def prepare(task):
    """Trains and saves a model. Answers the rows to score, and their probabilities."""
    global model, rows, session
    x, y = make_data(task["trainingRows"], task["width"], 1)
    model = library.train(x, y, task["trees"])
    library.save(model, os.path.join(task["folder"], library.FILE))
    rows, _ = make_data(task["rows"], task["width"], 2)
    cells = [[None if numpy.isnan(cell) else cell for cell in row] for row in rows.tolist()]
    scores = [next(iter(library.list_ways(model).values()))(rows[:100])]
    session = start_session(os.path.join(task["folder"], "model.onnx"))
    return {"file": library.FILE, "cells": cells, "probabilities": numpy.asarray(scores[0], dtype=float).tolist()}


def measure(task):
    """Answers the seconds per call of each way to score, and those of onnxruntime."""
    matrix = numpy.ascontiguousarray(rows[: task["rows"]])
    single = matrix.astype(numpy.float32)
    ways = library.list_ways(model)
    if session:
        ways["onnxruntime"] = lambda _: run_session(session, single)
    seconds = {}
    for name, score in ways.items():
        score(matrix)
        start = time.process_time()
        for _ in range(task["runs"]):
            score(matrix)
        seconds[name] = (time.process_time() - start) / task["runs"]
    return seconds


for line in sys.stdin:
    task = json.loads(line)
    print(json.dumps(prepare(task) if "trees" in task else measure(task)), flush=True)
