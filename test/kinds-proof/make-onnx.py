"""Makes models in ONNX format, and scores them with onnxruntime and with the library that trained them.

Each model is a case against onnxruntime in Python, which must be equal, and where the conversion is exact also one against the
library, which computes in 64 bits while most graphs compute in 32. The models are those of the libraries that are installed:
one environment has scikit-learn and skl2onnx, another Keras. PyTorch's wheels bring CUDA along, so graphs as its exporter writes
them are made with the package onnx.
"""

import importlib.util
import os

import numpy as np
import onnx
import onnxruntime
from model_case import parse_arguments, to_columns, write_case

FOLDER, SMALL = parse_arguments()
ROWS = 6 if SMALL else 500
generator = np.random.default_rng(15)


def run(graph, feeds):
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, feeds)


def write(name, graph, columns, rows, feeds, classes=None, library=None, settings=None, tolerance=1e-6, small=True, scores=None):
    """Writes the cases of a graph. `library` is a pair (predictions, probabilities); `scores` makes one of the graph's outputs."""
    if SMALL and not small:
        return
    save = lambda path: onnx.save(graph, os.path.join(path, "model.onnx"))
    predictions, probabilities = (scores or to_scores)(run(graph, feeds), classes)
    common = dict(classes=classes, settings=settings)
    write_case(
        FOLDER, f"{name}/onnxruntime" if not SMALL else name, "onnx", save, columns, rows, predictions, probabilities,
        tolerance=tolerance, **common,
    )
    if library and not SMALL:
        write_case(FOLDER, f"{name}/library", "onnx", save, columns, rows, *library, tolerance=tolerance, **common)


def to_scores(outputs, classes):
    """From the outputs of a graph: labels and probabilities, perhaps as a list of maps, or numbers."""
    if classes is None:
        return np.asarray(outputs[0]).ravel(), None
    probabilities = outputs[-1]
    if isinstance(probabilities, list):
        probabilities = [[row[label] for label in classes] for row in probabilities]
    return to_classes(np.asarray(probabilities, dtype=np.float64), classes)


def to_classes(probabilities, classes):
    """The probabilities of all classes, each row summing to 1, and the most probable classes."""
    if probabilities.ndim == 1 or probabilities.shape[1] == 1:
        positive = probabilities.reshape(-1, 1)
        probabilities = np.hstack([1 - positive, positive])
    probabilities = probabilities / probabilities.sum(axis=1, keepdims=True)
    return [classes[index] for index in probabilities.argmax(axis=1)], probabilities


def to_softmax(values):
    powers = np.exp(values - values.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def to_sigmoid(values):
    return 1 / (1 + np.exp(-np.asarray(values, dtype=np.float64)))


def make_numbers(count, width=5):
    """Numbers that 32 bits hold exactly, and what depends on them."""
    features = np.round(generator.normal(size=(count, width)) * 3, 3).astype(np.float32)
    signal = features[:, 0] + np.sin(features[:, 1]) * 2 - features[:, 2] * (features[:, 3] > 0)
    return features, signal + generator.normal(size=count) * 0.3


def make_sklearn():
    from sklearn.compose import ColumnTransformer
    from sklearn.ensemble import (
        AdaBoostClassifier, ExtraTreesClassifier, GradientBoostingClassifier, GradientBoostingRegressor,
        RandomForestClassifier, RandomForestRegressor, StackingClassifier, VotingClassifier,
    )
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge, SGDClassifier
    from sklearn.naive_bayes import GaussianNB
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, StandardScaler
    from sklearn.svm import SVC, SVR, LinearSVC
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
    from skl2onnx import to_onnx
    from skl2onnx.common.data_types import (
        BooleanTensorType, DoubleTensorType, FloatTensorType, Int64TensorType, StringTensorType,
    )

    features, signal = make_numbers(1000)
    names = [f"x{index}" for index in range(features.shape[1])]
    rows = features[:ROWS]
    binary = np.where(signal > 0, "yes", "no")
    three = np.digitize(signal, [-1.5, 1.5])
    four = np.array(["d", "b", "a", "c"])[np.digitize(signal, [-2, 0, 2])]
    columns = to_columns(names)
    matrix = [("X", FloatTensorType([None, len(names)]))]

    def classify(name, model, labels, options=None, library=True, small=False, settings=None, **keys):
        model.fit(features, labels)
        graph = to_onnx(model, initial_types=matrix, options=options and {id(model): options}, target_opset=21)
        classes = model.classes_.tolist()
        ours = (model.predict(rows).tolist(), model.predict_proba(rows)) if library else None
        write(name, graph, columns, rows.tolist(), {"X": rows}, classes, ours, settings, small=small, **keys)

    def regress(name, model, settings=None, small=False, **keys):
        model.fit(features, signal)
        graph = to_onnx(model, initial_types=matrix, target_opset=21)
        ours = (model.predict(rows).ravel(), None)
        write(name, graph, columns, rows.tolist(), {"X": rows}, None, ours, settings, small=small, **keys)

    classify("logistic-zipmap-texts", LogisticRegression(), binary, small=True)
    classify("logistic-zipmap-integers", LogisticRegression(), three, small=True)
    classify("logistic-without-zipmap", LogisticRegression(), four, {"zipmap": False}, small=True)
    classify("logistic-zipmap-columns", LogisticRegression(), three - 1, {"zipmap": False})
    classify("tree", DecisionTreeClassifier(max_depth=4), binary, small=True)
    classify("forest", RandomForestClassifier(60), four)
    classify("forest-binary", RandomForestClassifier(60, max_depth=6), binary, {"zipmap": False})
    classify("extra-trees", ExtraTreesClassifier(50, max_depth=7), three)
    classify("boosting", GradientBoostingClassifier(n_estimators=60), binary)
    classify("boosting-three", GradientBoostingClassifier(n_estimators=40), three)
    classify("ada-boost", AdaBoostClassifier(n_estimators=20), three)
    classify("naive-bayes", GaussianNB(), three)
    classify("neighbours", KNeighborsClassifier(7), binary)
    classify("network", MLPClassifier(hidden_layer_sizes=(16, 8), max_iter=400), three, {"zipmap": False})
    classify("network-zipmap", MLPClassifier(hidden_layer_sizes=(16,), max_iter=400), binary)
    classify("calibrated", CalibratedClassifierCV(LinearSVC(), cv=3), binary)
    classify("sgd", SGDClassifier(loss="log_loss"), four)
    classify("scaled-logistic", make_pipeline(StandardScaler(), LogisticRegression()), four)
    classify("voting", VotingClassifier([("one", LogisticRegression()), ("two", GaussianNB())], voting="soft", flatten_transform=False), binary)
    classify("stacking", StackingClassifier([("one", LogisticRegression()), ("two", DecisionTreeClassifier(max_depth=4))]), binary)
    # The scaler's division becomes a multiplication of 32 bits, so that rows cross thresholds: equal to onnxruntime only.
    classify("scaled-forest", make_pipeline(StandardScaler(), RandomForestClassifier(40)), binary, library=False)

    machine = SVC(probability=True).fit(features, three)
    graph = to_onnx(machine, initial_types=matrix, options={id(machine): {"zipmap": False}}, target_opset=21)
    classes = machine.classes_.tolist()
    label, probability = [output.name for output in graph.graph.output]
    arguments = (columns, rows.tolist(), {"X": rows}, classes)
    write("svm-probabilities", graph, *arguments, settings={"output": {"probabilities": probability}}, small=False)
    if not SMALL:
        write_case(
            FOLDER, "svm-labels", "onnx", lambda path: onnx.save(graph, os.path.join(path, "model.onnx")), columns,
            rows.tolist(), machine.predict(rows).tolist(), None, classes, {"output": {"labels": label}},
        )
        write_case(
            FOLDER, "svm-unclear", "onnx", lambda path: onnx.save(graph, os.path.join(path, "model.onnx")), columns,
            rows.tolist(), classes=classes, refused="is not always its most probable class",
        )

    regress("linear", LinearRegression(), small=True)
    regress("ridge", Ridge())
    regress("tree-regression", DecisionTreeRegressor(max_depth=6))
    regress("forest-regression", RandomForestRegressor(50))
    regress("boosting-regression", GradientBoostingRegressor(n_estimators=60))
    chosen = {"output": {"prediction": "variable"}}
    # Sums of hundreds of kernels in 32 bits.
    regress("svm-regression", SVR(), tolerance=1e-5)
    regress("network-regression", MLPRegressor(hidden_layer_sizes=(12,), max_iter=400), settings=chosen, tolerance=1e-5)
    regress("scaled-linear", make_pipeline(MinMaxScaler(), LinearRegression()))

    # 64-bit inputs; a forest given texts, numbers and missing cells, one input per column.
    double = LogisticRegression().fit(features, three)
    graph = to_onnx(double, initial_types=[("X", DoubleTensorType([None, 5]))], options={id(double): {"zipmap": False}}, target_opset=21)
    wide = rows.astype(np.float64) + 1e-9
    library = (double.predict(wide).tolist(), double.predict_proba(wide))
    write("double-input", graph, columns, wide.tolist(), {"X": wide}, [0, 1, 2], library, small=False)

    import pandas as pd

    frame = pd.DataFrame({
        "amount": features[:, 0], "rate": features[:, 1], "count": (features[:, 2] * 3).astype(np.int64),
        "purpose": np.array(["car", "house", "a b"])[generator.integers(0, 3, len(features))],
        "known": features[:, 3] > 0,
    })
    frame.loc[::7, "amount"] = np.nan
    labels = np.where(signal + (frame["purpose"] == "car") * 2 > 0, "good", "bad")
    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    encode = lambda: ColumnTransformer([
        ("numbers", numbers, ["amount", "rate"]), ("texts", OneHotEncoder(handle_unknown="ignore"), ["purpose"]),
        ("rest", "passthrough", ["count"]),
    ])
    types = [
        ("amount", FloatTensorType([None, 1])), ("rate", FloatTensorType([None, 1])),
        ("count", Int64TensorType([None, 1])), ("purpose", StringTensorType([None, 1])),
    ]
    used = ["amount", "rate", "count", "purpose"]
    shown = frame[used].head(ROWS).copy()
    if not SMALL:
        shown.loc[3, "purpose"] = "never seen"
    kinds = {"count": "long", "purpose": "string"}
    feeds = {
        name: shown[[name]].to_numpy().astype({"count": np.int64, "purpose": object}.get(name, np.float32)) for name in used
    }
    mixed = to_columns(used, kinds)
    mixed[2]["nullable"] = False
    for name, model in [("columns-logistic", LogisticRegression()), ("columns-tree", DecisionTreeClassifier(max_depth=5))]:
        pipeline = make_pipeline(encode(), model).fit(frame[used], labels)
        graph = to_onnx(pipeline, initial_types=types, target_opset=21)
        library = (pipeline.predict(shown).tolist(), pipeline.predict_proba(shown))
        write(name, graph, mixed, shown.to_numpy().tolist(), feeds, ["bad", "good"], library, small=name == "columns-logistic")


def make_graphs():
    """Graphs as exporters of neural networks write them."""
    from onnx import TensorProto, helper, numpy_helper

    width, hidden = 4, 8
    weights = [generator.normal(size=shape).astype(np.float32) for shape in [(hidden, width), (hidden,), (3, hidden), (3,)]]
    constants = [numpy_helper.from_array(value, name) for value, name in zip(weights, ["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"])]
    one = [numpy_helper.from_array(weights[2][:1], "fc2.weight"), numpy_helper.from_array(weights[3][:1], "fc2.bias")]
    layers = [
        helper.make_node("Gemm", ["input", "fc1.weight", "fc1.bias"], ["h"], transB=1),
        helper.make_node("Relu", ["h"], ["r"]),
        helper.make_node("Gemm", ["r", "fc2.weight", "fc2.bias"], ["logits"], transB=1),
    ]
    rows = np.round(generator.normal(size=(ROWS, width)), 3).astype(np.float32)
    columns = to_columns([f"x{index}" for index in range(width)])
    classes = ["a", "b", "c"]
    first = rows.astype(np.float64) @ weights[0].T + weights[1]
    logits = np.maximum(first, 0) @ weights[2].T.astype(np.float64) + weights[3]

    def build(nodes, output, shape, constants=constants, batch="batch"):
        graph = helper.make_graph(
            nodes, "main_graph", [helper.make_tensor_value_info("input", TensorProto.FLOAT, [batch, width])],
            [helper.make_tensor_value_info(output, TensorProto.FLOAT, shape)], constants,
        )
        model = helper.make_model(graph, producer_name="pytorch", producer_version="2.9.0", opset_imports=[helper.make_opsetid("", 18)])
        model.ir_version = 10
        onnx.checker.check_model(model, full_check=True)
        return model

    binary = constants[:2] + one
    softmax = build(layers + [helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1)], "probabilities", ["batch", 3])
    write("torch-softmax", softmax, columns, rows.tolist(), {"input": rows}, classes, to_classes(to_softmax(logits), classes))
    chosen = {"output": {"logits": "logits"}}
    raw = build(layers, "logits", ["batch", 3])
    scores = lambda outputs, classes: to_classes(to_softmax(outputs[0].astype(np.float64)), classes)
    write("torch-logits", raw, columns, rows.tolist(), {"input": rows}, classes, to_classes(to_softmax(logits), classes), chosen, small=False, scores=scores)
    log = build(layers + [helper.make_node("LogSoftmax", ["logits"], ["log"], axis=1)], "log", ["batch", 3])
    write("torch-log-softmax", log, columns, rows.tolist(), {"input": rows}, classes, to_classes(to_softmax(logits), classes), small=False, scores=scores)
    positive = logits[:, :1]
    two = ["no", "yes"]
    sigmoid = build(layers + [helper.make_node("Sigmoid", ["logits"], ["p"])], "p", ["batch", 1], binary)
    settings = {"output": {"probabilities": "p"}}
    write("torch-sigmoid", sigmoid, columns, rows.tolist(), {"input": rows}, two, to_classes(to_sigmoid(positive), two), settings, small=False)
    logit = build(layers, "logits", ["batch", 1], binary)
    scores = lambda outputs, classes: to_classes(to_sigmoid(outputs[0]), classes)
    write("torch-logit", logit, columns, rows.tolist(), {"input": rows}, two, to_classes(to_sigmoid(positive), two), chosen, small=False, scores=scores)
    settings = {"output": {"prediction": "logits"}}
    write("torch-regression", logit, columns, rows.tolist(), {"input": rows}, None, (positive.ravel(), None), settings)
    flat = build(layers + [helper.make_node("Flatten", ["logits"], ["y"], axis=0)], "y", ["one", "n"], binary)
    single = build(layers, "logits", [1, 1], binary, batch=1)
    run_each = [run(single, {"input": rows[index : index + 1]})[0] for index in range(len(rows))]
    if not SMALL:
        save = lambda graph: lambda path: onnx.save(graph, os.path.join(path, "model.onnx"))
        write_case(FOLDER, "torch-batch-of-one", "onnx", save(single), columns, rows.tolist(), np.concatenate(run_each).ravel().tolist(), None, None, settings)
        for name, graph in [("unclear-number", logit), ("unclear-logits", raw), ("batch-of-eight", build(layers, "logits", [8, 3], batch=8))]:
            message = "dynamic first dimension" if name == "batch-of-eight" else "settings.output"
            count = graph.graph.output[0].type.tensor_type.shape.dim[1].dim_value
            write_case(FOLDER, f"refused-{name}", "onnx", save(graph), columns, rows.tolist(), classes=classes if count == 3 else None, refused=message)

    # Codes of categories beside numbers: an embedding as Keras has it.
    table = numpy_helper.from_array(generator.normal(size=(4, 3)).astype(np.float32), "table")
    graph = helper.make_graph(
        [
            helper.make_node("Gather", ["table", "colour"], ["embedded"]),
            helper.make_node("Concat", ["embedded", "numbers"], ["all"], axis=1),
            helper.make_node("MatMul", ["all", "w"], ["m"]), helper.make_node("Softmax", ["m"], ["p"], axis=1),
        ],
        "model",
        [helper.make_tensor_value_info("colour", TensorProto.INT64, [None]), helper.make_tensor_value_info("numbers", TensorProto.FLOAT, [None, 2])],
        [helper.make_tensor_value_info("p", TensorProto.FLOAT, [None, 2])],
        [table, numpy_helper.from_array(generator.normal(size=(5, 2)).astype(np.float32), "w")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])
    model.ir_version = 10
    colours = ["blue", "green", "red", "white"]
    codes = generator.integers(0, 4, ROWS)
    numbers = rows[:, :2]
    cells = [[colours[code], *values] for code, values in zip(codes, numbers.tolist())]
    columns = to_columns(["colour", "a", "b"], {"colour": "string"}, {"colour": colours})
    columns[0]["nullable"] = False
    settings = {"encoding": [{"column": "colour"}, {"column": "a"}, {"column": "b"}]}
    write("embedding", model, columns, cells, {"colour": codes, "numbers": numbers}, two, None, settings, small=False)


def make_keras():
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import keras
    import tempfile

    keras.utils.set_random_seed(15)
    features, signal = make_numbers(600, 4)
    rows = features[:ROWS]
    columns = to_columns([f"x{index}" for index in range(4)])
    three = np.digitize(signal, [-1.5, 1.5])

    def export(model):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "model.onnx")
            model.export(path, format="onnx", verbose=False)
            return onnx.load(path)

    def train(units, activation, loss, targets):
        layers = [keras.Input((4,)), keras.layers.Dense(12, activation="relu"), keras.layers.Dense(units, activation=activation)]
        model = keras.Sequential(layers)
        model.compile("adam", loss)
        model.fit(features, targets, epochs=4, verbose=0)
        graph = export(model)
        return graph, graph.graph.input[0].name, graph.graph.output[0].name, model.predict(rows, verbose=0).astype(np.float64)

    graph, feed, _, scores = train(3, "softmax", "sparse_categorical_crossentropy", three)
    write("keras-softmax", graph, columns, rows.tolist(), {feed: rows}, [0, 1, 2], to_classes(scores, [0, 1, 2]))
    graph, feed, output, scores = train(1, "sigmoid", "binary_crossentropy", signal > 0)
    settings = {"output": {"probabilities": output}}
    write("keras-sigmoid", graph, columns, rows.tolist(), {feed: rows}, ["no", "yes"], to_classes(scores, ["no", "yes"]), settings)
    graph, feed, output, scores = train(1, None, "mse", signal)
    settings = {"output": {"prediction": output}}
    write("keras-regression", graph, columns, rows.tolist(), {feed: rows}, None, (scores.ravel(), None), settings)


if importlib.util.find_spec("skl2onnx"):
    make_sklearn()
    make_graphs()
if importlib.util.find_spec("keras"):
    make_keras()
