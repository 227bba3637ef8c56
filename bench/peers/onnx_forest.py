"""onnxruntime for the kernel benchmark: one task per line on standard input, one result per line on standard output.

The first task names a model.json and the number of features; the forest becomes a TreeEnsembleClassifier that goes left if a
feature is less than the threshold. It computes in float32, so answers differ in the last digits, and a row may take the
other branch if its feature is that close to the threshold. The other tasks contain rows and our probabilities; only run()
is timed, on one thread.
"""
import json
import statistics
import sys
import time

import numpy as np
from onnx import TensorProto, helper
from onnxruntime import InferenceSession, SessionOptions


def list_nodes(root, index):
    """The nodes of a tree, children after parents: number, feature, threshold, number of the left child; or a leaf's shares."""
    pending = [(0, root)]
    count = 1
    while pending:
        number, node = pending.pop()
        if "distribution" in node:
            yield number, None, None, None, node["distribution"][0]
        else:
            yield number, index[node["splitColumn"]], node["splitValue"], count, None
            pending += [(count, node["left"]), (count + 1, node["right"])]
            count += 2


def build(path, width):
    with open(path, encoding="utf-8") as file:
        base = json.load(file)["baseModel"]
    keys = ["treeids", "nodeids", "featureids", "values", "modes", "truenodeids", "falsenodeids"]
    nodes = {key: [] for key in keys}
    leaves = {key: [] for key in ["treeids", "nodeids", "ids", "weights"]}
    trees = base["estimators"]
    for tree, (estimator, index) in enumerate(zip(trees, base["indexes"])):
        for number, feature, threshold, left, shares in list_nodes(estimator["root"], index):
            row = (
                [tree, number, 0, 0.0, "LEAF", 0, 0]
                if shares is not None
                else [tree, number, feature, threshold, "BRANCH_LT", left, left + 1]
            )
            for key, value in zip(keys, row):
                nodes[key].append(value)
            for place in range(2 if shares is not None else 0):
                share = shares[place] if place < len(shares) else 0.0
                for key, value in zip(leaves, [tree, number, place, share / len(trees)]):
                    leaves[key].append(value)
    operator = helper.make_node(
        "TreeEnsembleClassifier",
        ["rows"],
        ["label", "probabilities"],
        domain="ai.onnx.ml",
        classlabels_int64s=[0, 1],
        post_transform="NONE",
        **{f"nodes_{key}": value for key, value in nodes.items()},
        **{f"class_{key}": value for key, value in leaves.items()},
    )
    inputs = [helper.make_tensor_value_info("rows", TensorProto.FLOAT, [None, width])]
    outputs = [
        helper.make_tensor_value_info("label", TensorProto.INT64, [None]),
        helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [None, 2]),
    ]
    graph = helper.make_graph([operator], "forest", inputs, outputs)
    opsets = [helper.make_opsetid("ai.onnx.ml", 3), helper.make_opsetid("", 15)]
    options = SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    return InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def measure(session, rows, runs):
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        session.run(["probabilities"], {"rows": rows})
        times.append(time.perf_counter() - start)
    return statistics.median(times)


session = None
for line in sys.stdin:
    task = json.loads(line)
    if session is None:
        session = build(task["model"], task["width"])
        print("{}", flush=True)
        continue
    rows = np.array(task["rows"], dtype=np.float32).reshape(-1, task["width"])
    answer = session.run(["probabilities"], {"rows": rows})[0]
    ours = np.array(task["probabilities"]).reshape(-1, 2)
    different = int((np.abs(answer - ours).max(axis=1) > 1e-4).sum())
    print(json.dumps({"seconds": measure(session, rows, task["runs"]), "different": different}), flush=True)
