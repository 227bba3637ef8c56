"""Trains models with XGBoost, and writes them with the scores that XGBoost computes: cases of test/kinds-proof/run.sh xgboost.

Runs with XGBoost 1.0 to 3.4. What a version does not have is left out.
"""

import json
import os
import warnings

# On a busy machine, the threads of OpenMP wait for each other most of the time.
os.environ["OMP_NUM_THREADS"] = "1"

import numpy
import pandas
import xgboost

from model_case import parse_arguments, to_columns, write_case

warnings.filterwarnings("ignore")
xgboost.set_config(verbosity=0) if hasattr(xgboost, "set_config") else None

FOLDER, SMALL = parse_arguments()
VERSION = tuple(int(part) for part in xgboost.__version__.split(".")[:2])
FILE = "model.json"
ROWS = 20 if SMALL else 1000
ROUNDS = 3 if SMALL else 20
random = numpy.random.default_rng(15)

# The cases that are committed, by version.
SMALL_CASES = {
    (1, 0): "logistic logitraw softprob dart linear early-stopping refused-binary",
    (1, 7): "logistic categories categories-ubjson early-stopping-forest refused-binary",
    (2, 1): "softprob categories early-stopping-all refused-binary",
    (3, 2): "squared-error reg-logistic poisson logitraw logistic logistic-all-positive hinge softprob softmax dart linear "
    "linear-ubjson early-stopping early-stopping-forest early-stopping-all categories categories-ubjson names "
    "refused-dump refused-json-dump refused-configuration refused-targets",
    (3, 4): "logistic dart dart-ubjson expectile",
}


def is_wanted(name):
    return not SMALL or name in SMALL_CASES[VERSION].split()


def make_numbers(row_count=1500, width=5):
    """Numbers of several sizes, some missing, some that only 64 bits tell apart, some tiny, some negative zeros."""
    x = random.normal(size=(row_count, width))
    x[:, 1] = numpy.round(x[:, 1] * 3)
    x[:, 2] *= 1e-3
    if width > 3:
        x[:, 3] = numpy.exp(x[:, 3] * 3)
    x[random.random(x.shape) < 0.05] = numpy.nan
    x[random.random(x.shape) < 0.02] = -0.0
    x[random.random(x.shape) < 0.02] = 1e-36
    x[random.random(x.shape) < 0.02] = -1e-36
    return x


X = make_numbers()
FILLED = numpy.nan_to_num(X)
SIGNAL = FILLED[:, 0] + 0.5 * FILLED[:, 1] - 200 * FILLED[:, 2] + numpy.log1p(FILLED[:, 3].clip(0))
NOISE = random.normal(size=len(X))
BINARY = (SIGNAL + NOISE > 1).astype(int)
POSITIVE = numpy.exp(0.3 * SIGNAL + 0.2 * NOISE) + 0.01
COUNTS = random.poisson(POSITIVE)


def to_classes(count):
    return pandas.qcut(SIGNAL + NOISE, count, labels=False)


def list_trees(path):
    """The trees of a saved model, or none."""
    if not path.endswith("json"):
        return []
    with open(path) as file:
        booster = json.load(file)["learner"]["gradient_booster"]
    return booster.get("gbtree", booster).get("model", {}).get("trees", [])


def probe(rows, path):
    """Replaces cells by thresholds of the model, by their neighbours with 32 and 64 bits, and by what rounds to them."""
    rows = numpy.array(rows[:ROWS], dtype=float)
    thresholds = []
    for tree in list_trees(path):
        types = tree.get("split_type") or [0] * len(tree["left_children"])
        for left, feature, condition, kind in zip(
            tree["left_children"], tree["split_indices"], tree["split_conditions"], types
        ):
            if left >= 0 and not kind:
                thresholds.append((feature, numpy.float32(condition)))
    if not thresholds:
        return rows
    for row in range(0, len(rows), 2):
        feature, threshold = thresholds[random.integers(len(thresholds))]
        above = numpy.nextafter(threshold, numpy.float32(numpy.inf))
        below = numpy.nextafter(threshold, numpy.float32(-numpy.inf))
        half = (float(threshold) + float(below)) / 2
        cells = [
            float(threshold),
            float(above),
            float(below),
            half,
            numpy.nextafter(half, numpy.inf),
            numpy.nextafter(half, -numpy.inf),
            (float(threshold) + float(above)) / 2,
        ]
        rows[row, feature] = cells[random.integers(len(cells))]
    return rows


def save_with(booster, file=FILE):
    return lambda path: booster.save_model(os.path.join(path, file))


def to_names(width):
    return ["f%d" % index for index in range(width)]


def write_booster(
    name, parameters, label, rows=None, rounds=None, file=FILE, classes=None, train=None, names=None, **options
):
    """Trains with xgboost.train, and writes what Booster.predict returns."""
    if not is_wanted(name):
        return
    rows = X if rows is None else rows
    matrix = xgboost.DMatrix(rows, label, feature_names=names)
    for key, value in (train or {}).items():
        matrix.set_group(value) if key == "group" else matrix.set_float_info(key, value)
    parameters = {"max_depth": 3 if SMALL else 5, "tree_method": "hist", "nthread": 1, **parameters}
    if parameters.get("booster") == "gblinear":
        parameters = {key: value for key, value in parameters.items() if key not in ("max_depth", "tree_method")}
        parameters["updater"] = "coord_descent"
    booster = xgboost.train(parameters, matrix, rounds or ROUNDS)
    booster.save_model(os.path.join(FOLDER, "probe.json"))
    rows = probe(rows, os.path.join(FOLDER, "probe.json"))
    os.remove(os.path.join(FOLDER, "probe.json"))
    write_predictions(name, booster, rows, xgboost.DMatrix(rows, feature_names=names), file, classes, names, **options)


def write_predictions(name, booster, rows, matrix, file=FILE, classes=None, names=None, settings=None, **options):
    if not is_wanted(name):
        return
    scores = booster.predict(matrix, **options)
    probabilities = None
    if classes is None:
        predictions = scores
    elif scores.ndim == 2:
        predictions = [classes[index] for index in scores.argmax(axis=1)]
        probabilities = scores
    elif len(classes) == 2:
        predictions = [classes[int(score > 0.5)] for score in scores]
        probabilities = numpy.stack([1 - scores, scores], axis=1)
    else:
        predictions = [classes[int(score)] for score in scores]
    write_case(
        FOLDER,
        name,
        "xgboost",
        save_with(booster, file),
        to_columns(names or to_names(rows.shape[1])),
        rows,
        predictions,
        probabilities,
        classes,
        settings={**({} if file == FILE else {"file": file}), **(settings or {})},
    )


def write_wrapper(name, model, classes, rows=None, settings=None, file=FILE):
    """Writes what a fitted model of the scikit-learn interface predicts."""
    if not is_wanted(name):
        return
    path = os.path.join(FOLDER, "probe.json")
    model.save_model(path)
    rows = probe(X if rows is None else rows, path)
    os.remove(path)
    predictions = model.predict(rows)
    probabilities = None
    if classes is not None:
        # The labels that were fitted are 0, 1, …, or the classes themselves where XGBoost keeps them.
        predictions = [value if value in classes else classes[int(value)] for value in predictions.tolist()]
        probabilities = model.predict_proba(rows)
    write_case(
        FOLDER,
        name,
        "xgboost",
        save_with(model, file),
        to_columns(to_names(rows.shape[1])),
        rows,
        predictions,
        probabilities,
        classes,
        settings={**({} if file == FILE else {"file": file}), **(settings or {})},
    )


def write_refused(name, save, refused, file=FILE, width=5):
    if not is_wanted(name):
        return
    settings = {} if file == FILE else {"file": file}
    columns = to_columns(to_names(width))
    write_case(FOLDER, name, "xgboost", save, columns, [[0.0] * width], settings=settings, refused=refused)


def write_numbers():
    """Objectives whose predictions are numbers."""
    write_booster("squared-error", {"objective": "reg:squarederror"}, SIGNAL)
    write_booster("reg-logistic", {"objective": "reg:logistic"}, BINARY)
    write_booster("poisson", {"objective": "count:poisson"}, COUNTS)
    write_booster("squared-error-base-score", {"objective": "reg:squarederror", "base_score": -3.3}, SIGNAL)
    write_booster("squared-log-error", {"objective": "reg:squaredlogerror"}, POSITIVE)
    write_booster("gamma", {"objective": "reg:gamma"}, POSITIVE)
    write_booster("gamma-base-score", {"objective": "reg:gamma", "base_score": 2.3}, POSITIVE)
    write_booster("tweedie", {"objective": "reg:tweedie", "tweedie_variance_power": 1.3}, POSITIVE)
    write_booster("poisson-base-score", {"objective": "count:poisson", "base_score": 7}, COUNTS)
    write_booster("logitraw", {"objective": "binary:logitraw"}, BINARY)
    write_booster("logitraw-base-score", {"objective": "binary:logitraw", "base_score": 0.42}, BINARY)
    if VERSION >= (1, 1):
        write_booster("pseudo-huber", {"objective": "reg:pseudohubererror"}, SIGNAL)
    if VERSION >= (1, 7):
        write_booster("absolute-error", {"objective": "reg:absoluteerror"}, SIGNAL)
    if VERSION >= (2, 0):
        write_booster("quantile", {"objective": "reg:quantileerror", "quantile_alpha": 0.8}, SIGNAL)
    if VERSION >= (3, 4):
        write_booster("expectile", {"objective": "reg:expectileerror", "expectile_alpha": 0.8}, SIGNAL)
    groups = [50] * (len(X) // 50)
    for objective in ("pairwise", "ndcg", "map"):
        label = BINARY if objective == "map" else to_classes(4)
        write_booster("rank-" + objective, {"objective": "rank:" + objective}, label, train={"group": groups})
    times = numpy.where(BINARY == 1, POSITIVE, -POSITIVE)
    write_booster("cox", {"objective": "survival:cox"}, times)
    write_booster("cox-base-score", {"objective": "survival:cox", "base_score": 1.7}, times)
    if VERSION >= (1, 2):
        bounds = {
            "label_lower_bound": POSITIVE.astype("float32"),
            "label_upper_bound": numpy.where(BINARY, POSITIVE, numpy.inf).astype("float32"),
        }
        write_booster("aft", {"objective": "survival:aft"}, None, train=bounds)
        write_booster("aft-base-score", {"objective": "survival:aft", "base_score": 0.8}, None, train=bounds)


def write_classes():
    """Objectives whose predictions are classes."""
    pair = ["no", "yes"]
    write_booster("logistic", {"objective": "binary:logistic"}, BINARY, classes=pair)
    write_booster("hinge", {"objective": "binary:hinge"}, BINARY, classes=[0, 1])
    write_booster("softprob", {"objective": "multi:softprob", "num_class": 3}, to_classes(3), classes=["a", "b", "c"])
    for score in (0.3, 0.001, 0.999):
        parameters = {"objective": "binary:logistic", "base_score": score}
        write_booster("logistic-base-score-%s" % score, parameters, BINARY, classes=pair)
    write_booster("logistic-all-positive", {"objective": "binary:logistic"}, numpy.ones(len(X)), classes=pair)
    # Leaves that cancel out: margins near 0, which 32 bits do not tell from it.
    balanced = numpy.arange(len(X)) % 2
    parameters = {"objective": "binary:logistic", "eta": 1e-7, "base_score": 0.5}
    write_booster("logistic-near-a-half", parameters, balanced, classes=pair)
    parameters = {"objective": "multi:softprob", "num_class": 4, "eta": 1e-7}
    write_booster("softprob-near-ties", parameters, to_classes(4), classes=[1, 2, 3, 4])
    write_booster("softmax", {"objective": "multi:softmax", "num_class": 4}, to_classes(4), classes=[5, 6, 7, 8])
    parameters = {"objective": "multi:softprob", "num_class": 2}
    write_booster("softprob-two-classes", parameters, BINARY, classes=pair)
    parameters = {"objective": "multi:softprob", "num_class": 3, "base_score": 0.9}
    write_booster("softprob-base-score", parameters, to_classes(3), classes=["a", "b", "c"])
    parameters = {"objective": "multi:softprob", "num_class": 12, "num_parallel_tree": 2, "subsample": 0.7}
    write_booster("softprob-12-classes", parameters, to_classes(12), classes=list(range(12)), rounds=5)


def write_boosters():
    """Boosters, and shapes of trees."""
    pair = ["no", "yes"]
    dart = {"booster": "dart", "rate_drop": 0.4, "one_drop": 1, "objective": "binary:logistic"}
    linear = {"booster": "gblinear"}
    write_booster("dart", dart, BINARY, classes=pair)
    write_booster("linear", {**linear, "objective": "reg:squarederror"}, SIGNAL)
    several = {**dart, "objective": "multi:softprob", "num_class": 3, "normalize_type": "forest"}
    write_booster("dart-softprob", several, to_classes(3), classes=[0, 1, 2])
    write_booster("dart-poisson", {**dart, "objective": "count:poisson", "num_parallel_tree": 2}, COUNTS)
    write_booster("linear-logistic", {**linear, "objective": "binary:logistic"}, BINARY, classes=pair)
    parameters = {**linear, "objective": "multi:softprob", "num_class": 3}
    write_booster("linear-softprob", parameters, to_classes(3), classes=["a", "b", "c"])
    write_booster("linear-poisson", {**linear, "objective": "count:poisson"}, COUNTS)
    write_booster("one-leaf", {"gamma": 1e9}, SIGNAL)
    write_booster("stumps", {"max_depth": 1}, SIGNAL)
    write_booster("deep", {"max_depth": 30, "min_child_weight": 0, "lambda": 0}, SIGNAL, rounds=10)
    leafwise = {"max_depth": 0, "max_leaves": 200, "grow_policy": "lossguide"}
    write_booster("leafwise", leafwise, SIGNAL)
    write_booster("exact", {"tree_method": "exact"}, SIGNAL)
    write_booster("approximate", {"tree_method": "approx"}, SIGNAL)
    # Pruned nodes stay in the file and lead nowhere.
    write_booster("pruned", {"tree_method": "exact", "gamma": 20, "max_depth": 8}, SIGNAL)
    write_booster("forest", {"num_parallel_tree": 30, "subsample": 0.6, "eta": 1}, SIGNAL, rounds=1)
    write_booster("one-feature", {}, SIGNAL, rows=X[:, :1])
    write_booster("300-features", {}, SIGNAL, rows=make_numbers(width=300))
    write_booster("200-trees", {"objective": "binary:logistic"}, BINARY, classes=pair, rounds=200)
    names = ["größe", "a b", "x_1", "名前", "q"]
    write_booster("names", {}, SIGNAL, names=names)
    if VERSION >= (1, 6):
        write_booster("dart-ubjson", several, to_classes(3), classes=[0, 1, 2], file="model.ubj")
        write_booster("linear-ubjson", {**linear, "objective": "reg:gamma"}, POSITIVE, file="model.ubj")
        write_booster("names-ubjson", {}, SIGNAL, names=names, file="model.ubj")


def write_wrappers():
    """The scikit-learn interface, early stopping, and files without an ending."""
    parameters = {"n_estimators": 60, "max_depth": 3 if SMALL else 6, "learning_rate": 0.8, "n_jobs": 1}
    if SMALL:
        parameters = {**parameters, "n_estimators": 7, "max_depth": 2}
    split = len(X) // 2
    labels = numpy.where(random.random(len(X)) < 0.25, 1 - BINARY, BINARY)
    fitting = {"eval_set": [(X[split:], labels[split:])], "verbose": False}
    for name, extra in (("early-stopping", {}), ("early-stopping-forest", {"num_parallel_tree": 3, "subsample": 0.5})):
        if VERSION >= (1, 6):
            model = xgboost.XGBClassifier(early_stopping_rounds=3, **parameters, **extra)
            model.fit(X[:split], labels[:split], **fitting)
        else:
            model = xgboost.XGBClassifier(**parameters, **extra)
            model.fit(X[:split], labels[:split], early_stopping_rounds=3, **fitting)
        if VERSION < (1, 4) and extra:
            continue  # XGBoost 1.0 takes one tree in three.
        write_wrapper(name, model, [0, 1])
    if VERSION >= (1, 4):
        rows = X[:ROWS]
        booster = model.get_booster()
        all_rounds = {"iteration_range": (0, booster.num_boosted_rounds())} if hasattr(booster, "num_boosted_rounds") else {}
        write_predictions(
            "early-stopping-all", booster, rows, xgboost.DMatrix(rows), classes=[0, 1], settings={"iterations": "all"}, **all_rounds
        )
    model = xgboost.XGBRegressor(**parameters).fit(X, SIGNAL)
    write_wrapper("regressor", model, None)
    model = xgboost.XGBRFClassifier(n_estimators=40, max_depth=6).fit(X, BINARY)
    write_wrapper("forest-classifier", model, [0, 1])
    model = xgboost.XGBRFRegressor(n_estimators=40, max_depth=6).fit(X, SIGNAL)
    write_wrapper("forest-regressor", model, None)
    if VERSION < (1, 6):
        model = xgboost.XGBClassifier(**parameters).fit(X, numpy.where(BINARY, "good", "bad"))
        write_wrapper("classifier-with-names", model, ["bad", "good"])
    else:
        model = xgboost.XGBClassifier(**parameters).fit(X, to_classes(5))
        write_wrapper("classifier", model, [0, 1, 2, 3, 4], file="model.ubj")
    if VERSION >= (2, 1):
        model = xgboost.XGBRegressor(**parameters).fit(X, SIGNAL)
        write_wrapper("without-ending", model, None, file="model")


def write_categories():
    """Categorical features, in columns of pandas: split by one category, and by sets of them."""
    if VERSION < (1, 7):
        return
    count = ROWS if SMALL else 1500
    colors = ["blue", "green", "rot", "żółty"]
    places = ["p%03d" % index for index in range(6 if SMALL else 90)]
    frame = pandas.DataFrame(
        {
            "color": pandas.Categorical(random.choice(colors, len(X)), categories=colors),
            "place": pandas.Categorical(random.choice(places, len(X)), categories=places),
            "size": pandas.Categorical(random.choice([10, 20, 35], len(X)), categories=[10, 20, 35]),
            "amount": X[:, 0],
            "flag": random.random(len(X)) < 0.5,
            "number": random.integers(0, 9, len(X)),
        }
    )
    for name in ("color", "place"):
        frame.loc[random.random(len(X)) < 0.1, name] = None
    effects = dict(zip(places, random.normal(size=len(places))))
    label = SIGNAL + frame["place"].map(effects).astype(float).fillna(0.3) + 2 * (frame["color"] == "rot")
    categories = {name: list(frame[name].cat.categories) for name in ("color", "place", "size")}
    types = {"color": "string", "place": "string", "size": "integer", "flag": "boolean", "number": "integer"}
    columns = to_columns(list(frame.columns), types, categories)
    for name, parameters, file in (
        ("categories", {"max_cat_to_onehot": 1}, FILE),
        ("categories-one-hot", {"max_cat_to_onehot": 200}, FILE),
        ("categories-approximate", {"max_cat_to_onehot": 5, "tree_method": "approx"}, FILE),
        ("categories-ubjson", {"max_cat_to_onehot": 5, "booster": "dart", "rate_drop": 0.3}, "model.ubj"),
    ):
        if not is_wanted(name):
            continue
        matrix = xgboost.DMatrix(frame, label, enable_categorical=True)
        parameters = {"max_depth": 3 if SMALL else 6, "tree_method": "hist", "nthread": 1, **parameters}
        booster = xgboost.train(parameters, matrix, 4 if SMALL else 20)
        some = frame[:count]
        predictions = list(booster.predict(xgboost.DMatrix(some, enable_categorical=True)))
        rows = some.astype(object).values.tolist()
        # A category that the model has never seen: XGBoost 3.1 refuses texts, so it is given a code beyond all others.
        codes = some.copy()
        for column in categories:
            codes[column] = some[column].cat.codes.astype(float).replace(-1, numpy.nan)
        codes = codes.astype(float).to_numpy()
        for column in (0, 1):
            unseen = codes[: ROWS // 4].copy()
            unseen[:, column] = 5000
            kinds = ["c", "c", "c", "float", "i", "int"]
            matrix = xgboost.DMatrix(unseen, feature_names=list(frame.columns), feature_types=kinds)
            predictions += list(booster.predict(matrix))
            for row in rows[: ROWS // 4]:
                rows.append(row[:column] + ["never seen"] + row[column + 1 :])
        settings = {} if file == FILE else {"file": file}
        save = save_with(booster, file)
        write_case(FOLDER, name, "xgboost", save, columns, rows, predictions, settings=settings)


def write_refusals():
    """Files that are not served."""
    matrix = xgboost.DMatrix(X, SIGNAL)
    booster = xgboost.train({"max_depth": 2}, matrix, 2)
    old = {(1, 0): "model.bin", (1, 7): "model.bin", (2, 1): "model.deprecated"}.get(VERSION)
    if old:
        write_refused("refused-binary", save_with(booster, old), "the old binary format", file=old)

    def dump(path, **options):
        booster.dump_model(os.path.join(path, FILE), **options)

    def save_config(path):
        with open(os.path.join(path, FILE), "w") as file:
            file.write(booster.save_config())

    write_refused("refused-dump", dump, "it is a dump")
    write_refused("refused-json-dump", lambda path: dump(path, dump_format="json"), "it is a dump")
    write_refused("refused-configuration", save_config, "the configuration only")
    if VERSION >= (1, 6):
        both = xgboost.DMatrix(X, numpy.stack([SIGNAL, NOISE], axis=1))
        targets = xgboost.train({"tree_method": "hist"}, both, 2)
        write_refused("refused-targets", save_with(targets), "several targets")
    if VERSION >= (2, 0):
        vectors = xgboost.train({"tree_method": "hist", "multi_strategy": "multi_output_tree"}, both, 2)
        write_refused("refused-vector-leaves", save_with(vectors), "several targets")
        quantiles = {"objective": "reg:quantileerror", "quantile_alpha": [0.1, 0.9]}
        write_refused("refused-quantiles", save_with(xgboost.train(quantiles, matrix, 2)), "train one model per")


write_numbers()
write_classes()
write_boosters()
write_wrappers()
write_categories()
write_refusals()
