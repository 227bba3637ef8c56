"""Fits models of scikit-learn, exports them with export.py as a user does, and writes cases for the proof of kinds.

The rows of a case are not those that export.py scores: they include missing cells, categories that the model has not seen,
and numbers that are exactly on thresholds.
"""

import csv
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import warnings

# On a busy machine, threads of OpenMP wait for each other; set before NumPy is loaded.
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import joblib
import numpy as np
import pandas as pd
import sklearn
from model_case import parse_arguments, write_case
from sklearn import (
    calibration, compose, decomposition, discriminant_analysis, dummy, ensemble, feature_selection, impute, isotonic,
    linear_model, model_selection, naive_bayes, neighbors, neural_network, pipeline, preprocessing, svm, tree,
)  # fmt: skip

warnings.simplefilter("ignore")
VERSION = tuple(int(part) for part in sklearn.__version__.split(".")[:2])
FOLDER, SMALL = parse_arguments()

spec = importlib.util.spec_from_file_location(
    "export", os.path.join(os.path.dirname(__file__), "../../models/kinds/scikit-learn/export.py")
)
export = importlib.util.module_from_spec(spec)
spec.loader.exec_module(export)

rng = np.random.RandomState(20261126)
COUNT = 120 if SMALL else 600
TEST = 14 if SMALL else 160


def make_frame(count):
    amount = np.round(np.exp(rng.normal(7.5, 0.8, count)), 2)
    frame = pd.DataFrame(
        {
            "age": rng.randint(18, 80, count).astype(float),
            "amount": amount,
            "duration": rng.randint(4, 72, count),
            "ratio": rng.normal(0, 1, count),
            "history": rng.choice(["good", "paid", "delayed", "none", "critical"], count, p=[0.4, 0.3, 0.15, 0.1, 0.05]),
            "purpose": rng.choice(["car", "house", "tv", "boat", "été", "a,b"], count, p=[0.4, 0.3, 0.2, 0.05, 0.03, 0.02]),
            "region": rng.choice([3, 7, 11, 20], count),
            "foreign": rng.choice([True, False], count),
        }
    )
    for column in ("history", "purpose"):
        frame[column] = frame[column].astype(object)
    return frame


TRAIN = make_frame(COUNT)
SCORE = make_frame(TEST)
# Numbers of the training data, so that neighbours are at distance 0, and extreme ones.
SCORE.iloc[: TEST // 4, :] = TRAIN.iloc[: TEST // 4, :].values
SCORE["foreign"] = SCORE["foreign"].astype(bool)
for _name in ("age", "amount", "ratio"):
    SCORE[_name] = SCORE[_name].astype(float)
for _name in ("duration", "region"):
    SCORE[_name] = SCORE[_name].astype(int)
SCORE.loc[TEST - 1, ["amount", "ratio"]] = [1e6, -0.0]
SCORE.loc[TEST - 2, ["amount", "ratio"]] = [0.1, 1e-36]

SIGNAL = (
    (TRAIN["duration"] - 36) / 20
    + (TRAIN["amount"] > 2500) * 0.8
    - (TRAIN["age"] - 45) / 30
    + TRAIN["history"].map({"good": -0.5, "paid": -0.2, "delayed": 0.5, "none": 0, "critical": 1.2})
    + TRAIN["ratio"] * 0.7
    + rng.normal(0, 0.6, COUNT)
)
BINARY = np.where(SIGNAL > 0.3, "bad", "good")
THREE = np.where(SIGNAL > 1, "high", np.where(SIGNAL > -0.3, "middle", "low"))
TARGET = np.asarray(SIGNAL * 10 + 50)
POSITIVE = np.exp(np.asarray(SIGNAL))

NUMBERS = ["age", "amount", "duration", "ratio"]
TEXTS = ["history", "purpose"]


def with_missing(frame, columns=("age", "ratio", "history"), share=0.15):
    frame = frame.copy()
    chance = np.random.RandomState(7)
    for column in columns:
        frame.loc[chance.rand(len(frame)) < share, column] = np.nan
    return frame


def with_unknown(frame, column="purpose"):
    frame = frame.copy()
    frame.loc[frame.index[::7], column] = "spaceship"
    return frame


def one_hot(**options):
    sparse = options.pop("sparse", False)
    return preprocessing.OneHotEncoder(**{"sparse_output" if VERSION >= (1, 2) else "sparse": sparse, **options})


def prepare(numbers=None, texts=None, remainder="drop", names=TEXTS, number_names=NUMBERS):
    numbers = numbers or pipeline.make_pipeline(impute.SimpleImputer(strategy="median"), preprocessing.StandardScaler())
    texts = texts or pipeline.make_pipeline(
        impute.SimpleImputer(strategy="most_frequent"), one_hot(handle_unknown="ignore")
    )
    return compose.ColumnTransformer([("num", numbers, list(number_names)), ("cat", texts, list(names))], remainder=remainder)


def piped(*steps):
    return pipeline.make_pipeline(*steps)


made = 0
# Of the small cases, these are committed for each version, and each of the others for one.
ALWAYS = {"pipeline-random-forest-small", "gradient-boosting-small", "hist-boosting-categories-small", "logistic-three", "one-hot-numbers", "array"}
# Committed for one version, because each has a step or a setting that no other small case has.
DISTINCT = {
    "ada-boost-real", "ada-boost-real-three", "ada-boost-regression", "bernoulli-bayes", "bins-uniform-ordinal",
    "calibrated-fitted", "calibrated-one", "complement-bayes", "decision-tree-regression", "functions-validated",
    "gradient-boosting-quantile", "hist-boosting-codes", "hist-boosting-from-dtype", "hist-boosting-poisson", "isotonic",
    "lightgbm", "lightgbm-regression", "logistic-multinomial-binary", "logistic-ovr", "mlp-logistic-three",
    "mlp-regression", "neighbors-ball", "neighbors-chebyshev", "neighbors-distance", "neighbors-manhattan",
    "neighbors-minkowski", "neighbors-sparse", "one-hot-drop-first", "one-leaf", "poisson", "random-forest-missing",
    "search", "sgd-huber", "stacking-fitted", "stacking-passthrough", "svc-linear", "svc-ovo", "svc-poly", "svc-sigmoid",
    "svc-ties", "target-log", "target-scaled", "thresholds-gradient-boosting", "union", "voting-hard", "xgboost",
    "xgboost-sparse", "xgboost-calibrated", "lightgbm-ova", "lightgbm-categories", "catboost", "catboost-ova",
    "catboost-regression", "polynomial", "power", "power-box-cox", "quantiles-uniform", "quantiles-normal", "normalizer",
    "pca-whiten", "weights-union", "missing-indicator", "target-power", "target-box-cox", "target-quantiles",
    "target-quantiles-uniform", "target-encoder-three", "target-encoder-regression",
}
TURN = 0 if VERSION < (1, 4) else 1 if VERSION < (1, 7) else 2
seen = 0


def is_wanted(name, small):
    global seen
    if SMALL and name in DISTINCT and TURN == 1:
        return True
    if not SMALL or not small or name in ALWAYS:
        return small or not SMALL
    seen += 1
    return seen % 3 == TURN


def to_columns(document, frame, names):
    columns = []
    for column in document["columns"]:
        if column.get("used", True):
            cells = frame[names.index(column["name"])] if isinstance(frame, list) else None
            item = {"name": column["name"], "type": column["type"], "nullable": any(cell is None for cell in cells)}
            if "categories" in column:
                item["categories"] = column["categories"]
            columns.append(item)
    return columns


def case(name, model, train, target, score=None, small=False, tolerance=1e-12, most_probable=False, label="target", normalize=False, fit=None):
    """Fits, exports and writes a case. `score` defaults to SCORE; arrays are models without names."""
    global made
    if not is_wanted(name, small):
        return
    score = SCORE[list(train.columns)] if score is None else score
    if isinstance(model, list):  # already fitted
        model = model[0]
    else:
        model.fit(train, target, **(fit or {}))
    is_frame = isinstance(train, pd.DataFrame)
    names = [str(name) for name in train.columns] if is_frame else ["f%d" % at for at in range(train.shape[1])]
    with tempfile.TemporaryDirectory() as folder:
        joblib.dump(model, os.path.join(folder, "model.joblib"))
        sample = train.iloc[: 6 if SMALL else 300] if is_frame else train[: 6 if SMALL else 300]
        with open(os.path.join(folder, "rows.csv"), "w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(names + [label])
            for row, outcome in zip(sample.values if is_frame else sample, target):
                writer.writerow(["" if cell is None or cell != cell else cell for cell in row] + [outcome])
        out = os.path.join(folder, "model.json")
        sys.argv = ["export.py", os.path.join(folder, "model.joblib"), "--rows", os.path.join(folder, "rows.csv"),
                    "--label", label, "--out", out]  # fmt: skip
        stdout, sys.stdout = sys.stdout, open(os.devnull, "w")
        try:
            export.main()
        finally:
            sys.stdout = stdout
        with open(out, encoding="utf-8") as file:
            text = file.read()
    document = json.loads(text)
    cells = [[None if cell is None or cell != cell else cell for cell in row] for row in (score.values.tolist() if is_frame else score.tolist())]
    used = [names.index(column["name"]) for column in document["columns"] if column.get("used", True)]
    rows = [[row[at] for at in used] for row in cells]
    classes = None
    probabilities = None
    predictions = np.asarray(model.predict(score)).ravel()  # CatBoost's are a column
    if "classes" in document:
        classes = document["classes"]
        if hasattr(model, "predict_proba"):
            probabilities = model.predict_proba(score)
        if normalize:  # a reply must have probabilities that sum to 1
            probabilities = probabilities / probabilities.sum(axis=1, keepdims=True)
        predictions = [export.to_class(value, "") for value in predictions]
    settings = {}
    if most_probable == "no":
        probabilities = None
    elif most_probable:
        settings["probabilities"] = True
        predictions = [classes[at] for at in np.argmax(probabilities, axis=1)]
    columns = to_columns(document, [[row[at] for row in cells] for at in range(len(names))], names)
    write_case(
        FOLDER, name, "scikit-learn", lambda path: open(os.path.join(path, "model.json"), "w", encoding="utf-8").write(text),
        columns, rows, np.asarray(predictions).tolist(), probabilities, classes, settings, tolerance,
    )  # fmt: skip
    made += 1


MISSING_TRAIN, MISSING_SCORE = with_missing(TRAIN), with_unknown(with_missing(SCORE))
FEATURES = NUMBERS + TEXTS
few = 3 if SMALL else 100

# Pipelines with forests
case("pipeline-random-forest", piped(prepare(), ensemble.RandomForestClassifier(few, random_state=1)), MISSING_TRAIN[FEATURES], BINARY, MISSING_SCORE[FEATURES])
case("pipeline-random-forest-small", piped(prepare(), ensemble.RandomForestClassifier(5, max_depth=4, random_state=1)), MISSING_TRAIN[FEATURES], BINARY, MISSING_SCORE[FEATURES], small=True)
case("pipeline-random-forest-three", piped(prepare(), ensemble.RandomForestClassifier(few, random_state=1, class_weight="balanced")), MISSING_TRAIN[FEATURES], THREE, MISSING_SCORE[FEATURES])
case("pipeline-random-forest-regression", piped(prepare(), ensemble.RandomForestRegressor(few, random_state=1)), MISSING_TRAIN[FEATURES], TARGET, MISSING_SCORE[FEATURES])
case("extra-trees", piped(prepare(), ensemble.ExtraTreesClassifier(50, random_state=2)), MISSING_TRAIN[FEATURES], THREE, MISSING_SCORE[FEATURES])
case("extra-trees-regression", piped(prepare(), ensemble.ExtraTreesRegressor(50, random_state=2)), MISSING_TRAIN[FEATURES], TARGET, MISSING_SCORE[FEATURES])
case("decision-tree", piped(prepare(), tree.DecisionTreeClassifier(random_state=1)), MISSING_TRAIN[FEATURES], THREE, MISSING_SCORE[FEATURES])
case("decision-tree-best-first", piped(prepare(), tree.DecisionTreeClassifier(max_leaf_nodes=17, random_state=1)), MISSING_TRAIN[FEATURES], BINARY, MISSING_SCORE[FEATURES], small=True)
case("decision-tree-regression", tree.DecisionTreeRegressor(max_depth=6), TRAIN[NUMBERS], TARGET)
case("one-leaf", tree.DecisionTreeClassifier(max_depth=1, min_samples_leaf=0.5), TRAIN[["ratio"]], BINARY)
case("single-leaf-forest", ensemble.RandomForestRegressor(5, min_samples_leaf=COUNT), TRAIN[NUMBERS], TARGET, small=True)

# Values on thresholds, in 32 bits and between two numbers of 32 bits
GRID = np.round(rng.normal(0, 1, (COUNT, 4)), 1)
GRID[:, 3] = (GRID[:, 3] * 1e-36).astype(np.float32)
EDGE = np.vstack([GRID[: TEST // 2], (GRID[: TEST - TEST // 2] + GRID[1 : TEST - TEST // 2 + 1]) / 2])
EDGE[:, 1] = np.nextafter(EDGE[:, 1].astype(np.float32), np.float32(9)).astype(float)
EDGE[::5, 2] = -0.0
CLASS = (GRID[:, 0] + GRID[:, 1] * GRID[:, 2] > 0.1).astype(int)
fitted = ensemble.RandomForestClassifier(few, random_state=3).fit(GRID, CLASS)
ON = EDGE.copy()
for at in range(TEST):
    each = fitted.estimators_[at % len(fitted.estimators_)].tree_
    inner = np.flatnonzero(each.children_left >= 0)
    for node in inner[:4]:
        ON[at, each.feature[node]] = each.threshold[node] if at % 2 else np.nextafter(each.threshold[node], 9)
case("thresholds-random-forest", [fitted], GRID, CLASS, ON)
case("thresholds-gradient-boosting", ensemble.GradientBoostingClassifier(n_estimators=few, random_state=3), GRID, CLASS, ON)
case("thresholds-hist", ensemble.HistGradientBoostingClassifier(max_iter=few, random_state=3), GRID, CLASS, ON)

# Boosting
case("gradient-boosting", piped(prepare(), ensemble.GradientBoostingClassifier(random_state=1)), MISSING_TRAIN[FEATURES], BINARY, MISSING_SCORE[FEATURES])
case("gradient-boosting-small", piped(prepare(), ensemble.GradientBoostingClassifier(n_estimators=4, random_state=1)), MISSING_TRAIN[FEATURES], BINARY, MISSING_SCORE[FEATURES], small=True)
case("gradient-boosting-three", piped(prepare(), ensemble.GradientBoostingClassifier(n_estimators=40, subsample=0.7, random_state=1)), MISSING_TRAIN[FEATURES], THREE, MISSING_SCORE[FEATURES])
case("gradient-boosting-exponential", piped(prepare(), ensemble.GradientBoostingClassifier(loss="exponential", random_state=1)), MISSING_TRAIN[FEATURES], BINARY, MISSING_SCORE[FEATURES])
case("gradient-boosting-zero", ensemble.GradientBoostingClassifier(init="zero", n_estimators=20, random_state=1), TRAIN[NUMBERS], THREE)
case("gradient-boosting-early", ensemble.GradientBoostingClassifier(n_iter_no_change=3, n_estimators=500, random_state=1), TRAIN[NUMBERS], BINARY)
for _loss in ("squared_error", "absolute_error", "huber", "quantile"):
    case("gradient-boosting-" + _loss, ensemble.GradientBoostingRegressor(loss=_loss, n_estimators=30, random_state=1), TRAIN[NUMBERS], TARGET)

ordinal = lambda: preprocessing.OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan if VERSION >= (1, 1) else -1)  # noqa: E731
codes = compose.ColumnTransformer([("cat", ordinal(), TEXTS), ("num", "passthrough", NUMBERS)])
filled = compose.ColumnTransformer([("cat", piped(impute.SimpleImputer(strategy="constant", fill_value="missing"), ordinal()), TEXTS), ("num", "passthrough", NUMBERS)])
case("hist-boosting", piped(filled, ensemble.HistGradientBoostingClassifier(random_state=1)), MISSING_TRAIN[FEATURES], BINARY, MISSING_SCORE[FEATURES])
case("hist-boosting-small", piped(filled, ensemble.HistGradientBoostingClassifier(max_iter=4, max_leaf_nodes=6, random_state=1)), MISSING_TRAIN[FEATURES], BINARY, MISSING_SCORE[FEATURES], small=True)
case("hist-boosting-categories", piped(filled, ensemble.HistGradientBoostingClassifier(max_iter=60, random_state=1, categorical_features=[0, 1])), MISSING_TRAIN[FEATURES], THREE, MISSING_SCORE[FEATURES])
case("hist-boosting-categories-small", piped(filled, ensemble.HistGradientBoostingClassifier(max_iter=3, max_leaf_nodes=6, random_state=1, categorical_features=[0, 1])), MISSING_TRAIN[FEATURES], BINARY, MISSING_SCORE[FEATURES], small=True)
case("hist-boosting-codes", ensemble.HistGradientBoostingRegressor(max_iter=60, random_state=1, categorical_features=[False, True]), TRAIN[["ratio", "region"]], TARGET, SCORE[["ratio", "region"]].assign(region=lambda f: np.where(np.arange(TEST) % 5 == 0, 12, f["region"])))
for _loss in ("squared_error", "poisson", "absolute_error"):
    case("hist-boosting-" + _loss, ensemble.HistGradientBoostingRegressor(loss=_loss, max_iter=40, random_state=1), MISSING_TRAIN[NUMBERS], POSITIVE, MISSING_SCORE[NUMBERS])
case("hist-boosting-early", ensemble.HistGradientBoostingClassifier(max_iter=300, early_stopping=True, n_iter_no_change=3, random_state=1), MISSING_TRAIN[NUMBERS], THREE, MISSING_SCORE[NUMBERS])
case("hist-boosting-monotonic", ensemble.HistGradientBoostingRegressor(max_iter=30, monotonic_cst=[1, 0, -1, 0]), MISSING_TRAIN[NUMBERS], TARGET, MISSING_SCORE[NUMBERS])
if VERSION >= (1, 4):
    frame, score = MISSING_TRAIN[FEATURES].copy(), MISSING_SCORE[FEATURES].copy()
    for column in TEXTS:
        frame[column] = frame[column].astype("category")
    case("hist-boosting-from-dtype", ensemble.HistGradientBoostingClassifier(categorical_features="from_dtype", max_iter=60, random_state=1), frame, BINARY, score)
    case("hist-boosting-gamma", ensemble.HistGradientBoostingRegressor(loss="gamma", max_iter=40), TRAIN[NUMBERS], POSITIVE)
    case("random-forest-missing", ensemble.RandomForestClassifier(few, random_state=1), MISSING_TRAIN[NUMBERS], BINARY, MISSING_SCORE[NUMBERS])
    case("decision-tree-missing", tree.DecisionTreeRegressor(max_depth=7), MISSING_TRAIN[NUMBERS], TARGET, MISSING_SCORE[NUMBERS])
    case("random-forest-missing-unseen", ensemble.RandomForestClassifier(few, random_state=1), TRAIN[NUMBERS], BINARY, MISSING_SCORE[NUMBERS])

# Linear models
logistic = linear_model.LogisticRegression
case("logistic", piped(prepare(), logistic(max_iter=500)), MISSING_TRAIN[FEATURES], BINARY, MISSING_SCORE[FEATURES], small=True)
case("logistic-three", piped(prepare(), logistic(max_iter=500)), MISSING_TRAIN[FEATURES], THREE, MISSING_SCORE[FEATURES], small=True)
case("logistic-saga-l1", piped(prepare(), logistic(penalty="l1", solver="saga", max_iter=300)), MISSING_TRAIN[FEATURES], THREE, MISSING_SCORE[FEATURES])
case("logistic-elastic-net", piped(prepare(), logistic(penalty="elasticnet", l1_ratio=0.4, solver="saga", max_iter=300)), MISSING_TRAIN[FEATURES], BINARY, MISSING_SCORE[FEATURES])
case("logistic-liblinear", piped(prepare(), logistic(solver="liblinear")), MISSING_TRAIN[FEATURES], BINARY, MISSING_SCORE[FEATURES])
case("logistic-cv", piped(prepare(), linear_model.LogisticRegressionCV(Cs=3, cv=3, max_iter=300)), MISSING_TRAIN[FEATURES], THREE, MISSING_SCORE[FEATURES])
if VERSION < (1, 8):
    case("logistic-ovr", piped(prepare(), logistic(multi_class="ovr", max_iter=300)), MISSING_TRAIN[FEATURES], THREE, MISSING_SCORE[FEATURES])
    case("logistic-multinomial-binary", piped(prepare(), logistic(multi_class="multinomial", max_iter=300)), MISSING_TRAIN[FEATURES], BINARY, MISSING_SCORE[FEATURES])
if VERSION < (1, 8):
    case("logistic-liblinear-three", piped(prepare(), logistic(solver="liblinear")), MISSING_TRAIN[FEATURES], THREE, MISSING_SCORE[FEATURES])
for _name, _model in {
    "linear": linear_model.LinearRegression(), "ridge": linear_model.Ridge(), "lasso": linear_model.Lasso(0.1),
    "elastic-net": linear_model.ElasticNet(0.1), "sgd-regression": linear_model.SGDRegressor(random_state=1),
    "linear-svr": svm.LinearSVR(random_state=1), "huber": linear_model.HuberRegressor(),
    "bayesian-ridge": linear_model.BayesianRidge(), "svr": svm.SVR(C=10), "svr-linear": svm.SVR(kernel="linear"),
    "mlp-regression": neural_network.MLPRegressor(hidden_layer_sizes=(12, 5), activation="tanh", max_iter=60, random_state=1),
    "ada-boost-regression": ensemble.AdaBoostRegressor(n_estimators=20, random_state=1),
    "neighbors-regression": neighbors.KNeighborsRegressor(7), "neighbors-regression-distance": neighbors.KNeighborsRegressor(7, weights="distance"),
    "voting-regression": ensemble.VotingRegressor([("a", linear_model.Ridge()), ("b", tree.DecisionTreeRegressor(max_depth=5))], weights=[2, 1]),
    "stacking-regression": ensemble.StackingRegressor([("a", linear_model.Ridge()), ("b", tree.DecisionTreeRegressor(max_depth=5))]),
    "bagging-regression": ensemble.BaggingRegressor(n_estimators=6, max_features=0.6, random_state=1),
    "target-log": compose.TransformedTargetRegressor(linear_model.Ridge(), func=np.log1p, inverse_func=np.expm1),
    "target-scaled": compose.TransformedTargetRegressor(linear_model.Ridge(), transformer=preprocessing.StandardScaler()),
}.items():  # fmt: skip
    case(_name, piped(prepare(), _model), MISSING_TRAIN[FEATURES], TARGET, MISSING_SCORE[FEATURES], small=_name == "ridge")
case("poisson", piped(prepare(), linear_model.PoissonRegressor()), MISSING_TRAIN[FEATURES], POSITIVE, MISSING_SCORE[FEATURES])

log_loss = "log_loss" if VERSION >= (1, 1) else "log"
for _name, _model in {
    "sgd-log": linear_model.SGDClassifier(loss=log_loss, random_state=1), "sgd-huber": linear_model.SGDClassifier(loss="modified_huber", random_state=1),
    "sgd-hinge": linear_model.SGDClassifier(random_state=1), "linear-svc": svm.LinearSVC(random_state=1),
    "ridge-classifier": linear_model.RidgeClassifier(), "perceptron": linear_model.Perceptron(random_state=1),
    "calibrated-sigmoid": calibration.CalibratedClassifierCV(svm.LinearSVC(random_state=1), cv=3),
    "calibrated-isotonic": calibration.CalibratedClassifierCV(svm.LinearSVC(random_state=1), method="isotonic", cv=3),
    "calibrated-forest": calibration.CalibratedClassifierCV(ensemble.RandomForestClassifier(10, random_state=1), method="isotonic", cv=2),
    "calibrated-one": calibration.CalibratedClassifierCV(naive_bayes.GaussianNB(), cv=3, ensemble=False),
    "lda": discriminant_analysis.LinearDiscriminantAnalysis(),
    "gaussian-bayes": naive_bayes.GaussianNB(), "bernoulli-bayes": naive_bayes.BernoulliNB(),
    "neighbors": neighbors.KNeighborsClassifier(5), "neighbors-distance": neighbors.KNeighborsClassifier(9, weights="distance"),
    "neighbors-manhattan": neighbors.KNeighborsClassifier(5, p=1), "neighbors-ball": neighbors.KNeighborsClassifier(6, algorithm="ball_tree", leaf_size=11),
    "neighbors-kd": neighbors.KNeighborsClassifier(6, algorithm="kd_tree", leaf_size=5), "neighbors-brute": neighbors.KNeighborsClassifier(4, algorithm="brute"),
    "neighbors-minkowski": neighbors.KNeighborsClassifier(5, p=3, algorithm="kd_tree"), "neighbors-chebyshev": neighbors.KNeighborsClassifier(5, metric="chebyshev"),
    "mlp": neural_network.MLPClassifier(hidden_layer_sizes=(15,), max_iter=60, random_state=1), "mlp-logistic": neural_network.MLPClassifier(hidden_layer_sizes=(8, 6), activation="logistic", max_iter=60, random_state=1),
    "ada-boost": ensemble.AdaBoostClassifier(n_estimators=20, random_state=1, **({} if VERSION >= (1, 6) else {"algorithm": "SAMME"})),
    "ada-boost-deep": ensemble.AdaBoostClassifier(tree.DecisionTreeClassifier(max_depth=3), n_estimators=15, random_state=1, **({} if VERSION >= (1, 6) else {"algorithm": "SAMME"})),
    "voting-soft": ensemble.VotingClassifier([("a", logistic(max_iter=300)), ("b", tree.DecisionTreeClassifier(max_depth=5))], voting="soft", weights=[2, 1.5]),
    "voting-hard": ensemble.VotingClassifier([("a", logistic(max_iter=300)), ("b", tree.DecisionTreeClassifier(max_depth=5)), ("c", naive_bayes.GaussianNB())]),
    "stacking": ensemble.StackingClassifier([("a", svm.LinearSVC(random_state=1)), ("b", ensemble.RandomForestClassifier(10, random_state=1))], logistic(max_iter=300)),
    "stacking-passthrough": ensemble.StackingClassifier([("a", logistic(max_iter=300)), ("b", neighbors.KNeighborsClassifier(9))], ensemble.GradientBoostingClassifier(n_estimators=10, random_state=1), passthrough=True),
    "bagging": ensemble.BaggingClassifier(n_estimators=8, max_features=0.7, random_state=1),
    "bagging-logistic": ensemble.BaggingClassifier(logistic(max_iter=300), n_estimators=4, random_state=1),
}.items():  # fmt: skip
    small = _name in ("calibrated-isotonic", "stacking", "mlp", "voting-soft")
    case(_name, piped(prepare(), _model), MISSING_TRAIN[FEATURES], BINARY, MISSING_SCORE[FEATURES], small=small)
    case(_name + "-three", piped(prepare(), sklearn.base.clone(_model)), MISSING_TRAIN[FEATURES], THREE, MISSING_SCORE[FEATURES], small=_name == "gaussian-bayes")
if VERSION < (1, 6):
    case("ada-boost-real", piped(prepare(), ensemble.AdaBoostClassifier(n_estimators=20, random_state=1)), MISSING_TRAIN[FEATURES], BINARY, MISSING_SCORE[FEATURES])
    case("ada-boost-real-three", piped(prepare(), ensemble.AdaBoostClassifier(n_estimators=20, random_state=1)), MISSING_TRAIN[FEATURES], THREE, MISSING_SCORE[FEATURES])

positive = prepare(numbers=piped(impute.SimpleImputer(), preprocessing.MinMaxScaler(clip=True)))
case("multinomial-bayes", piped(positive, naive_bayes.MultinomialNB()), MISSING_TRAIN[FEATURES], THREE, MISSING_SCORE[FEATURES])
case("complement-bayes", piped(positive, naive_bayes.ComplementNB()), MISSING_TRAIN[FEATURES], BINARY, MISSING_SCORE[FEATURES])

# Support vector machines
for _name, _model in {
    "svc": svm.SVC(), "svc-linear": svm.SVC(kernel="linear"), "svc-poly": svm.SVC(kernel="poly", coef0=0.5), "svc-sigmoid": svm.SVC(kernel="sigmoid", gamma=0.05),
    "svc-ovo": svm.SVC(decision_function_shape="ovo"), "svc-ties": svm.SVC(break_ties=True), "nu-svc": svm.NuSVC(nu=0.2),
}.items():  # fmt: skip
    case(_name, piped(prepare(), _model), MISSING_TRAIN[FEATURES], BINARY, MISSING_SCORE[FEATURES], small=_name == "svc")
    case(_name + "-three", piped(prepare(), sklearn.base.clone(_model)), MISSING_TRAIN[FEATURES], THREE, MISSING_SCORE[FEATURES])
for _target, _suffix in ((BINARY, ""), (THREE, "-three")):
    case("svc-predicted" + _suffix, piped(prepare(), svm.SVC(probability=True, random_state=1)), MISSING_TRAIN[FEATURES], _target, MISSING_SCORE[FEATURES], most_probable="no")
    case("svc-probable" + _suffix, piped(prepare(), svm.SVC(probability=True, random_state=1)), MISSING_TRAIN[FEATURES], _target, MISSING_SCORE[FEATURES], most_probable=True, small=_suffix != "")
case("voting-svc", piped(prepare(), ensemble.VotingClassifier([("a", svm.SVC(probability=True, random_state=1)), ("b", logistic())], voting="soft")), MISSING_TRAIN[FEATURES], THREE, MISSING_SCORE[FEATURES])
case("stacking-svc", piped(prepare(), ensemble.StackingClassifier([("a", svm.SVC()), ("b", logistic())], cv=3)), MISSING_TRAIN[FEATURES], THREE, MISSING_SCORE[FEATURES])
case("calibrated-svc", piped(prepare(), calibration.CalibratedClassifierCV(svm.SVC(), cv=3)), MISSING_TRAIN[FEATURES], THREE, MISSING_SCORE[FEATURES])
case("isotonic", isotonic.IsotonicRegression(out_of_bounds="clip"), TRAIN["ratio"].values.reshape(-1, 1), TARGET, SCORE["ratio"].values.reshape(-1, 1))

# Preparation
plain = logistic(max_iter=300)
known = SCORE[FEATURES]
for _name, _encoder, _score in (
    ("drop-first", one_hot(drop="first"), known),
    ("drop-binary", one_hot(drop="if_binary"), known),
    ("sparse", one_hot(sparse=True, handle_unknown="ignore"), with_unknown(known)),
    ("drop-ignore", one_hot(drop="first", handle_unknown="ignore"), with_unknown(known)),
    ("given-categories", one_hot(categories=[["none", "good", "paid", "delayed", "critical"], sorted(set(TRAIN["purpose"]))]), known),
):
    case("one-hot-" + _name, piped(prepare(texts=_encoder), plain), TRAIN[FEATURES], BINARY, _score, small=_name == "drop-ignore")
case("one-hot-missing", piped(prepare(texts=one_hot(handle_unknown="ignore")), plain), MISSING_TRAIN[FEATURES], BINARY, MISSING_SCORE[FEATURES])
if VERSION >= (1, 1):
    for _name, _encoder in (
        ("infrequent", one_hot(min_frequency=0.1, handle_unknown="infrequent_if_exist")),
        ("infrequent-drop", one_hot(max_categories=3, drop="first", handle_unknown="infrequent_if_exist")),
        ("infrequent-ignore", one_hot(min_frequency=20, handle_unknown="ignore")),
    ):
        case("one-hot-" + _name, piped(prepare(texts=_encoder), plain), MISSING_TRAIN[FEATURES], BINARY, MISSING_SCORE[FEATURES], small=_name == "infrequent-drop")
mixed = ["region", "foreign", "history"]
case("one-hot-numbers", piped(prepare(texts=one_hot(handle_unknown="ignore"), names=mixed), ensemble.RandomForestClassifier(few // 5 + 3, random_state=1)), MISSING_TRAIN[NUMBERS + mixed], BINARY,
     MISSING_SCORE[NUMBERS + mixed].assign(region=lambda f: np.where(np.arange(TEST) % 6 == 0, 4, f["region"])), small=True)
case("ordinal", piped(prepare(texts=preprocessing.OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)), ensemble.RandomForestClassifier(few // 5 + 3, random_state=1)), TRAIN[FEATURES], BINARY, with_unknown(known), small=True)
if VERSION >= (1, 1):
    case("ordinal-missing", piped(prepare(texts=preprocessing.OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-2, encoded_missing_value=-1)), ensemble.ExtraTreesClassifier(20, random_state=1)), MISSING_TRAIN[FEATURES], BINARY, MISSING_SCORE[FEATURES])
if VERSION >= (1, 3):
    case("ordinal-infrequent", piped(prepare(texts=preprocessing.OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-2, encoded_missing_value=-1, min_frequency=30)), ensemble.ExtraTreesClassifier(20, random_state=1)), MISSING_TRAIN[FEATURES], BINARY, MISSING_SCORE[FEATURES])
for _strategy in ("uniform", "quantile", "kmeans"):
    for _encode in ("onehot", "ordinal"):
        edges = SCORE[NUMBERS].copy()
        bins = preprocessing.KBinsDiscretizer(5, encode=_encode, strategy=_strategy).fit(TRAIN[NUMBERS])
        edges.loc[:, "ratio"] = np.resize(bins.bin_edges_[3], TEST) * np.resize([1, 1 - 1e-7, 1 + 1e-7, 1 - 1e-4], TEST)
        edges["age"] = np.resize(bins.bin_edges_[0], TEST)
        case("bins-%s-%s" % (_strategy, _encode), piped(preprocessing.KBinsDiscretizer(5, encode=_encode, strategy=_strategy), plain), TRAIN[NUMBERS], BINARY, edges, small=_strategy == "quantile" and _encode == "onehot")
logs = compose.ColumnTransformer([("log", preprocessing.FunctionTransformer(np.log1p), ["amount"]), ("root", piped(preprocessing.FunctionTransformer(np.sqrt), preprocessing.RobustScaler()), ["duration"])], remainder="passthrough")
case("functions", piped(logs, preprocessing.StandardScaler(), plain), TRAIN[NUMBERS], BINARY, small=True)
case("functions-forest", piped(logs, ensemble.RandomForestRegressor(20, random_state=1)), TRAIN[NUMBERS], TARGET)
case("scalers", piped(compose.ColumnTransformer([("a", preprocessing.MinMaxScaler(clip=True), ["age", "amount"]), ("b", preprocessing.RobustScaler(quantile_range=(10, 90)), ["duration"]), ("c", preprocessing.MaxAbsScaler(), ["ratio"])]), ensemble.RandomForestClassifier(few // 5 + 3, random_state=1)), TRAIN[NUMBERS], BINARY, small=True)
case("scaler-missing", piped(preprocessing.StandardScaler(), ensemble.HistGradientBoostingClassifier(max_iter=20)), MISSING_TRAIN[NUMBERS], BINARY, MISSING_SCORE[NUMBERS])
case("imputer-indicator", piped(impute.SimpleImputer(add_indicator=True), plain), MISSING_TRAIN[NUMBERS], BINARY, MISSING_SCORE[NUMBERS], small=True)
marked, marked_score = MISSING_TRAIN[NUMBERS].fillna(-999), MISSING_SCORE[NUMBERS].fillna(-999)
case("imputer-marked", piped(impute.SimpleImputer(missing_values=-999, strategy="median", add_indicator=True), plain), marked, BINARY, marked_score)
empty = MISSING_TRAIN[NUMBERS].assign(ratio=np.nan)
case("imputer-empty", piped(impute.SimpleImputer(), plain), empty, BINARY, MISSING_SCORE[NUMBERS])
case("remainder", piped(compose.ColumnTransformer([("cat", one_hot(handle_unknown="ignore"), TEXTS), ("no", "drop", ["region"])], remainder="passthrough"), ensemble.RandomForestClassifier(20, random_state=1)), TRAIN, BINARY, with_unknown(SCORE))
case("nested", piped(compose.ColumnTransformer([("all", prepare(), FEATURES), ("again", "passthrough", [2]), ("by", preprocessing.StandardScaler(), compose.make_column_selector(dtype_include=float))]), preprocessing.StandardScaler(with_mean=False), plain), TRAIN, BINARY)
case("union", piped(impute.SimpleImputer(), pipeline.FeatureUnion([("a", preprocessing.StandardScaler()), ("b", decomposition.PCA(2))]), plain), MISSING_TRAIN[NUMBERS], BINARY, MISSING_SCORE[NUMBERS])
case("selection", piped(prepare(), feature_selection.SelectKBest(k=5), feature_selection.SelectFromModel(ensemble.ExtraTreesClassifier(10, random_state=1)), plain), MISSING_TRAIN[FEATURES], BINARY, MISSING_SCORE[FEATURES])
case("search", model_selection.GridSearchCV(piped(prepare(), logistic(max_iter=300)), {"logisticregression__C": [0.1, 1]}, cv=2), MISSING_TRAIN[FEATURES], BINARY, MISSING_SCORE[FEATURES])
case("array", logistic(max_iter=300), TRAIN[["ratio", "age"]].values, TARGET > 50, SCORE[["ratio", "age"]].values, small=True)
case("array-integers", piped(preprocessing.StandardScaler(), ensemble.GradientBoostingClassifier(n_estimators=10, random_state=1)), TRAIN[["ratio", "age"]].values, np.where(SIGNAL > 0.5, 2, 5), SCORE[["ratio", "age"]].values)
case("wide", ensemble.RandomForestClassifier(20, random_state=1), rng.normal(0, 1, (COUNT, 400)), CLASS, rng.normal(0, 1, (TEST, 400)))

# Less common ways
case("functions-validated", piped(impute.SimpleImputer(), preprocessing.FunctionTransformer(np.abs, validate=True), preprocessing.FunctionTransformer(np.log1p), plain), MISSING_TRAIN[NUMBERS], BINARY, MISSING_SCORE[NUMBERS])
members = [("a", tree.DecisionTreeClassifier(max_depth=4)), ("b", linear_model.RidgeClassifier())]
case("stacking-predict", piped(prepare(), ensemble.StackingClassifier(members, plain, stack_method="predict", cv=3)), MISSING_TRAIN[FEATURES], THREE, MISSING_SCORE[FEATURES])
if VERSION >= (1, 1):
    matrix, numbered = TRAIN[NUMBERS].values, np.where(SIGNAL > 0.5, 7, np.where(SIGNAL > 0, 3, 4))
    fitted_members = [(name, sklearn.base.clone(member).fit(matrix, numbered)) for name, member in members]
    case("stacking-fitted", ensemble.StackingClassifier(fitted_members, plain, stack_method="predict", cv="prefit"), matrix, numbered, SCORE[NUMBERS].values)
none_train, none_score = MISSING_TRAIN[FEATURES].copy(), MISSING_SCORE[FEATURES].copy()
for frame in (none_train, none_score):
    cells = [None if cell is None or cell != cell else cell for cell in frame["history"]]
    frame["history"] = pd.Series(cells, index=frame.index, dtype=object)
nothing = piped(impute.SimpleImputer(missing_values=None, strategy="constant", fill_value="nothing"), one_hot(handle_unknown="ignore"))
if int(pd.__version__.split(".")[0]) < 3:  # pandas 3 makes NaN of None
    case("imputer-none", piped(prepare(texts=nothing), plain), none_train, BINARY, none_score)
case("one-hot-none", piped(prepare(texts=one_hot(handle_unknown="ignore")), plain), none_train, BINARY, none_score)
case("svc-sparse", piped(compose.ColumnTransformer([("cat", one_hot(sparse=True, handle_unknown="ignore"), TEXTS), ("num", preprocessing.MinMaxScaler(), ["ratio"])], sparse_threshold=1.0), svm.SVC()), TRAIN[FEATURES], THREE, with_unknown(known))
case("neighbors-sparse", piped(one_hot(sparse=True, handle_unknown="ignore"), neighbors.KNeighborsClassifier(1)), TRAIN[TEXTS].drop_duplicates(), BINARY[TRAIN[TEXTS].drop_duplicates().index], known[TEXTS])
case("bagging-features", piped(prepare(), ensemble.BaggingRegressor(linear_model.Ridge(), n_estimators=4, bootstrap_features=True, random_state=1)), MISSING_TRAIN[FEATURES], TARGET, MISSING_SCORE[FEATURES])
if VERSION >= (1, 6):
    case("extra-trees-missing", ensemble.ExtraTreesClassifier(few, random_state=1), MISSING_TRAIN[NUMBERS], THREE, MISSING_SCORE[NUMBERS])
if VERSION >= (1, 6):
    from sklearn.frozen import FrozenEstimator

    frozen = FrozenEstimator(ensemble.RandomForestClassifier(20, random_state=1).fit(TRAIN[NUMBERS][: COUNT // 2], THREE[: COUNT // 2]))
    case("calibrated-frozen", calibration.CalibratedClassifierCV(frozen), TRAIN[NUMBERS], THREE)
else:
    fitted_forest = ensemble.RandomForestClassifier(20, random_state=1).fit(TRAIN[NUMBERS][: COUNT // 2], THREE[: COUNT // 2])
    case("calibrated-fitted", calibration.CalibratedClassifierCV(fitted_forest, cv="prefit"), TRAIN[NUMBERS], THREE)
case("forest-weights", ensemble.RandomForestClassifier(few, random_state=1, class_weight={"low": 0.1, "middle": 3.3, "high": 1}), TRAIN[NUMBERS], THREE)
case("tree-entropy-pruned", tree.DecisionTreeClassifier(criterion="entropy", ccp_alpha=0.003), TRAIN[NUMBERS], THREE)
case("regression-poisson-forest", ensemble.RandomForestRegressor(30, criterion="poisson", random_state=1), TRAIN[NUMBERS], POSITIVE)
case("table-numbers-as-text", piped(prepare(texts=one_hot(handle_unknown="ignore"), names=["region"]), plain), TRAIN[NUMBERS + ["region"]].assign(region=TRAIN["region"].astype(str).astype(object)), BINARY, SCORE[NUMBERS + ["region"]].assign(region=SCORE["region"].astype(str).astype(object)))

# Other libraries inside a pipeline
import lightgbm  # noqa: E402
import xgboost  # noqa: E402

NUMBERED = np.unique(THREE, return_inverse=True)[1]
for _name, _model, _target in (
    ("xgboost", xgboost.XGBClassifier(n_estimators=3 if SMALL else 40, max_depth=4), (BINARY == "bad").astype(int)),
    ("xgboost-three", xgboost.XGBClassifier(n_estimators=30), NUMBERED),
    ("xgboost-regression", xgboost.XGBRegressor(n_estimators=30), TARGET),
    ("xgboost-random-forest", xgboost.XGBRFClassifier(n_estimators=30), NUMBERED),
):
    case(_name, piped(codes if _name.endswith("regression") else prepare(), _model), TRAIN[FEATURES] if _name.endswith("regression") else MISSING_TRAIN[FEATURES], _target,
         SCORE[FEATURES] if _name.endswith("regression") else MISSING_SCORE[FEATURES], tolerance=1e-6, small=_name == "xgboost")
for _name, _model, _target in (
    ("lightgbm", lightgbm.LGBMClassifier(n_estimators=3 if SMALL else 40, verbose=-1), BINARY),
    ("lightgbm-three", lightgbm.LGBMClassifier(n_estimators=30, verbose=-1), THREE),
    ("lightgbm-regression", lightgbm.LGBMRegressor(n_estimators=30, verbose=-1), TARGET),
):
    case(_name, piped(prepare(), _model), MISSING_TRAIN[FEATURES], _target, MISSING_SCORE[FEATURES], small=_name == "lightgbm")
case("voting-libraries", piped(prepare(), ensemble.VotingClassifier([("a", xgboost.XGBClassifier(n_estimators=10)), ("b", lightgbm.LGBMClassifier(n_estimators=10, verbose=-1)), ("c", logistic(max_iter=300))], voting="soft")), MISSING_TRAIN[FEATURES], NUMBERED, MISSING_SCORE[FEATURES], tolerance=1e-6)
case("stacking-libraries", piped(prepare(), ensemble.StackingClassifier([("a", xgboost.XGBClassifier(n_estimators=10)), ("b", lightgbm.LGBMClassifier(n_estimators=10, verbose=-1))], cv=2)), MISSING_TRAIN[FEATURES], NUMBERED, MISSING_SCORE[FEATURES], tolerance=1e-6)

# What an encoder passes to XGBoost is a sparse matrix, unless it is told otherwise: the zeros that it leaves out are missing.
sparse = compose.ColumnTransformer([("cat", one_hot(sparse=True, handle_unknown="ignore"), TEXTS), ("num", preprocessing.MaxAbsScaler(), ["ratio"])], sparse_threshold=1.0)
case("xgboost-sparse", piped(sparse, xgboost.XGBClassifier(n_estimators=3 if SMALL else 30, max_depth=3)), TRAIN[FEATURES], NUMBERED, with_unknown(known), tolerance=1e-6, small=True)
case("xgboost-sparse-union", piped(pipeline.FeatureUnion([("a", one_hot(sparse=True, handle_unknown="ignore")), ("b", one_hot(sparse=False, handle_unknown="ignore"))]), preprocessing.StandardScaler(with_mean=False), xgboost.XGBClassifier(n_estimators=30)), TRAIN[TEXTS], NUMBERED, with_unknown(known[TEXTS]), tolerance=1e-6)
case("xgboost-sparse-stacking", piped(sparse, ensemble.StackingClassifier([("a", plain)], xgboost.XGBClassifier(n_estimators=10), passthrough=True, cv=2)), TRAIN[FEATURES], NUMBERED, with_unknown(known), tolerance=1e-6)
case("xgboost-bins", piped(preprocessing.KBinsDiscretizer(5), xgboost.XGBRegressor(n_estimators=10)), TRAIN[NUMBERS], TARGET, tolerance=1e-6)
case("xgboost-dart", piped(prepare(), xgboost.XGBClassifier(n_estimators=20, booster="dart", rate_drop=0.4)), MISSING_TRAIN[FEATURES], NUMBERED, MISSING_SCORE[FEATURES], tolerance=1e-6)
case("xgboost-calibrated", piped(prepare(), calibration.CalibratedClassifierCV(xgboost.XGBClassifier(n_estimators=5), method="isotonic", cv=2)), MISSING_TRAIN[FEATURES], NUMBERED, MISSING_SCORE[FEATURES], tolerance=1e-6, small=True)
case("lightgbm-sparse", piped(sparse, lightgbm.LGBMClassifier(n_estimators=20, verbose=-1)), TRAIN[FEATURES], THREE, with_unknown(known))
own_each = lightgbm.LGBMClassifier(n_estimators=3 if SMALL else 20, num_leaves=4, objective="multiclassova", verbose=-1)
case("lightgbm-ova", piped(prepare(), own_each), MISSING_TRAIN[FEATURES], THREE, MISSING_SCORE[FEATURES], small=True, normalize=True)
case("lightgbm-ova-voting", piped(prepare(), ensemble.VotingClassifier([("a", own_each), ("b", logistic(max_iter=300))], voting="soft")), MISSING_TRAIN[FEATURES], THREE, MISSING_SCORE[FEATURES], normalize=True)
case("lightgbm-ova-stacking", piped(prepare(), ensemble.StackingClassifier([("a", own_each), ("b", plain)], plain, cv=2)), MISSING_TRAIN[FEATURES], THREE, MISSING_SCORE[FEATURES])
if VERSION >= (1, 3):
    coded = preprocessing.OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    categories = [("cat", coded, TEXTS), ("num", "passthrough", NUMBERS)]
    case("lightgbm-categories", piped(compose.ColumnTransformer(categories), lightgbm.LGBMClassifier(n_estimators=5 if SMALL else 30, verbose=-1, min_child_samples=3, cat_smooth=0, min_data_per_group=1)), TRAIN[FEATURES], THREE, with_unknown(known), small=True, fit={"lgbmclassifier__categorical_feature": [0, 1]})
    case("xgboost-categories", piped(compose.ColumnTransformer(categories), xgboost.XGBClassifier(n_estimators=10, enable_categorical=True, tree_method="hist", feature_types=["c", "c", "q", "q", "q", "q"])), TRAIN[FEATURES], NUMBERED, tolerance=1e-6)

import catboost  # noqa: E402

boosted = dict(iterations=3 if SMALL else 30, depth=3, verbose=0, thread_count=1, allow_writing_files=False, random_seed=1)
for _name, _model, _target, _more in (
    ("catboost", catboost.CatBoostClassifier(**boosted), BINARY, {"small": True}),
    ("catboost-three", catboost.CatBoostClassifier(**boosted), THREE, {}),
    ("catboost-ova", catboost.CatBoostClassifier(loss_function="MultiClassOneVsAll", **boosted), THREE, {"normalize": True, "small": True}),
    ("catboost-lossguide", catboost.CatBoostClassifier(grow_policy="Lossguide", nan_mode="Max", **boosted), NUMBERED, {}),
    ("catboost-regression", catboost.CatBoostRegressor(**boosted), TARGET, {"small": True}),
    ("catboost-poisson", catboost.CatBoostRegressor(loss_function="Poisson", **boosted), POSITIVE, {}),
    ("catboost-calibrated", calibration.CalibratedClassifierCV(catboost.CatBoostClassifier(**boosted), cv=2), THREE, {}),
    ("catboost-voting", ensemble.VotingClassifier([("a", catboost.CatBoostClassifier(**boosted)), ("b", logistic(max_iter=300))], voting="soft"), BINARY, {}),
    ("catboost-target", compose.TransformedTargetRegressor(catboost.CatBoostRegressor(**boosted), func=np.log, inverse_func=np.exp), POSITIVE, {}),
):
    case(_name, piped(prepare(), _model), MISSING_TRAIN[FEATURES], _target, MISSING_SCORE[FEATURES], **_more)
gaps = compose.ColumnTransformer([("num", "passthrough", NUMBERS), ("cat", one_hot(handle_unknown="ignore"), TEXTS)])
case("catboost-missing", piped(gaps, catboost.CatBoostClassifier(**boosted)), MISSING_TRAIN[FEATURES].assign(history=TRAIN["history"]), THREE, MISSING_SCORE[FEATURES].assign(history=SCORE["history"]))
case("catboost-alone", catboost.CatBoostClassifier(**boosted), MISSING_TRAIN[NUMBERS], BINARY, MISSING_SCORE[NUMBERS])

# More ways to prepare numbers
EXTREME = SCORE[NUMBERS].copy()
EXTREME.iloc[0] = [150, 9e6, 99, 40]
EXTREME.iloc[1] = [-3, 0.001, 0, -40]
EXTREME.iloc[2], EXTREME.iloc[3] = TRAIN[NUMBERS].min(), TRAIN[NUMBERS].max()
for _column in ("duration",):
    EXTREME[_column] = EXTREME[_column].astype(int)
TIED = TRAIN[NUMBERS].assign(ratio=TRAIN["ratio"].round())
for _name, _step, _more in (
    ("polynomial", preprocessing.PolynomialFeatures(2), {"small": True}),
    ("polynomial-interactions", preprocessing.PolynomialFeatures(3, interaction_only=True, include_bias=False), {}),
    ("power", preprocessing.PowerTransformer(), {"small": True}),
    ("power-plain", preprocessing.PowerTransformer(standardize=False), {}),
    ("quantiles-uniform", preprocessing.QuantileTransformer(n_quantiles=5 if SMALL else 50), {"small": True}),
    ("quantiles-normal", preprocessing.QuantileTransformer(n_quantiles=5 if SMALL else 50, output_distribution="normal"), {"small": True}),
    ("normalizer", preprocessing.Normalizer(), {"small": True}),
    ("normalizer-l1", preprocessing.Normalizer("l1"), {}),
    ("normalizer-max", preprocessing.Normalizer("max"), {}),
    ("pca-whiten", decomposition.PCA(2, whiten=True), {"small": True}),
    ("pca-incremental", decomposition.IncrementalPCA(2, whiten=True), {}),
    ("svd", decomposition.TruncatedSVD(2), {}),
    ("select-generic", feature_selection.GenericUnivariateSelect(mode="k_best", param=2), {}),
):
    scaled = [preprocessing.RobustScaler()] if _name.startswith(("polynomial", "power")) else []
    case(_name, piped(*scaled, _step, linear_model.Ridge()), TIED, TARGET, EXTREME, tolerance=1e-11, **_more)
case("power-box-cox", piped(preprocessing.PowerTransformer("box-cox"), linear_model.Ridge()), TRAIN[["amount", "duration"]], TARGET, SCORE[["amount", "duration"]], small=True)
gapped = piped(preprocessing.QuantileTransformer(n_quantiles=20, output_distribution="normal"), preprocessing.PowerTransformer(), impute.SimpleImputer(), linear_model.Ridge())
case("distributions-missing", gapped, MISSING_TRAIN[NUMBERS], TARGET, MISSING_SCORE[NUMBERS], tolerance=1e-11)
weights = {"a": 3.5, "b": 0.25}
case("weights-union", piped(pipeline.FeatureUnion([("a", preprocessing.StandardScaler()), ("b", preprocessing.MinMaxScaler())], transformer_weights=weights), plain), TRAIN[NUMBERS], BINARY, small=True)
case("weights-columns", piped(compose.ColumnTransformer([("a", preprocessing.StandardScaler(), NUMBERS), ("b", one_hot(sparse=True, handle_unknown="ignore"), TEXTS)], transformer_weights=weights, sparse_threshold=1.0), xgboost.XGBClassifier(n_estimators=10)), TRAIN[FEATURES], NUMBERED, with_unknown(known), tolerance=1e-6)
case("missing-indicator", piped(pipeline.FeatureUnion([("a", impute.SimpleImputer()), ("b", impute.MissingIndicator(features="all"))]), plain), MISSING_TRAIN[NUMBERS], BINARY, MISSING_SCORE[NUMBERS], small=True)
case("ransac", piped(prepare(), linear_model.RANSACRegressor(random_state=1)), TRAIN[FEATURES], TARGET)
for _name, _transformer in (
    ("min-max", preprocessing.MinMaxScaler()),
    ("robust", preprocessing.RobustScaler()),
    ("max-abs", preprocessing.MaxAbsScaler()),
    ("power", preprocessing.PowerTransformer()),
    ("box-cox", preprocessing.PowerTransformer("box-cox", standardize=False)),
    ("quantiles", preprocessing.QuantileTransformer(n_quantiles=20, output_distribution="normal")),
    ("quantiles-uniform", preprocessing.QuantileTransformer(n_quantiles=5)),
    ("pipeline", piped(preprocessing.FunctionTransformer(np.log, np.exp), preprocessing.StandardScaler())),
):
    # A linear model would predict numbers that have no inverse.
    _model = tree.DecisionTreeRegressor(max_depth=3) if _name in ("power", "box-cox") else linear_model.Ridge()
    case("target-" + _name, piped(prepare(), compose.TransformedTargetRegressor(_model, transformer=_transformer)), MISSING_TRAIN[FEATURES], POSITIVE, MISSING_SCORE[FEATURES], tolerance=1e-11, small=_name in ("power", "quantiles", "quantiles-uniform", "box-cox"))
if VERSION >= (1, 3):
    for _name, _target, _more in (("binary", BINARY, {}), ("three", THREE, {"small": True}), ("regression", TARGET, {"small": True})):
        encoded = prepare(texts=preprocessing.TargetEncoder(random_state=1))
        last = linear_model.Ridge() if _name == "regression" else plain
        case("target-encoder-" + _name, piped(encoded, last), MISSING_TRAIN[FEATURES], _target, with_unknown(MISSING_SCORE[FEATURES]), **_more)
    case("target-encoder-new-gaps", piped(prepare(texts=preprocessing.TargetEncoder(random_state=1)), plain), TRAIN[FEATURES], BINARY, MISSING_SCORE[FEATURES])


# What is not exported: the place, and the reason.
class Mine(preprocessing.StandardScaler):
    pass


REFUSED = {
    "step 'mine' (Mine): this transformer is not known": piped(Mine(), plain),
    "the function '<lambda>' is not known": piped(preprocessing.FunctionTransformer(lambda x: x), plain),
    "the kernel <function": piped(svm.SVC(kernel=lambda a, b: a @ b.T)),
    "init=": ensemble.GradientBoostingClassifier(init=plain, n_estimators=3),
    "of LogisticRegression; only decision trees": ensemble.AdaBoostClassifier(plain, n_estimators=3, **({} if VERSION >= (1, 6) else {"algorithm": "SAMME"})),
    "(KernelPCA): this transformer is not known": piped(decomposition.KernelPCA(2), plain),
    "(DummyClassifier): this estimator is not known": dummy.DummyClassifier(),
    "missing=-999": xgboost.XGBClassifier(n_estimators=2, missing=-999.0),
    "kw_args are not supported": piped(preprocessing.FunctionTransformer(np.clip, kw_args={"a_min": 0, "a_max": 9}), plain),
    "the metric 'cosine' is not supported": neighbors.KNeighborsClassifier(metric="cosine"),
}  # fmt: skip
if not SMALL:
    for reason, model in REFUSED.items():
        model.fit(TRAIN[NUMBERS], CLASS)
        try:
            export.export(model, NUMBERS, TRAIN[NUMBERS].head(3).astype(str).values.tolist(), [], "")
        except export.Unsupported as problem:
            if reason not in str(problem):
                sys.exit("The export says %s, and not %s" % (problem, reason))
        else:
            sys.exit("The export does not say: %s" % reason)
    several = ensemble.RandomForestClassifier(3).fit(TRAIN[NUMBERS], np.column_stack([CLASS, NUMBERED]))
    try:
        export.export(several, NUMBERS, [], [], "")
        sys.exit("A model of several targets was exported")
    except export.Unsupported as problem:
        assert "several targets" in str(problem), problem


# The command line: what it says, and that it writes nothing if it fails.
def run_export(folder, *arguments):
    """The exit code and the message of the script, run as users run it."""
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../models/kinds/scikit-learn/export.py")
    done = subprocess.run([sys.executable, script, *arguments], cwd=folder, capture_output=True, text=True)
    return done.returncode, (done.stdout if done.returncode == 0 else done.stderr).strip()


if not SMALL:
    with tempfile.TemporaryDirectory() as folder:
        def write(name, content):
            with open(os.path.join(folder, name), "wb") as file:
                file.write(content)

        kept = TRAIN[["age", "ratio"]].head(4).assign(when="2026-11-26", risk="bad")
        drops = compose.ColumnTransformer([("keep", preprocessing.StandardScaler(), ["age", "ratio"]), ("drop", "drop", ["when"])])
        good = piped(drops, logistic()).fit(TRAIN[["age", "ratio"]].assign(when="x"), BINARY)
        joblib.dump(good, os.path.join(folder, "good.joblib"))
        joblib.dump(logistic().fit(TRAIN[["age", "ratio"]].values, BINARY), os.path.join(folder, "array.joblib"))
        joblib.dump(piped(preprocessing.StandardScaler(), logistic()), os.path.join(folder, "unfitted.joblib"))
        joblib.dump(dummy.DummyClassifier().fit(TRAIN[NUMBERS], BINARY), os.path.join(folder, "dummy.joblib"))
        joblib.dump(model_selection.GridSearchCV(logistic(), {"C": [1, 2]}, refit=False).fit(TRAIN[NUMBERS], BINARY), os.path.join(folder, "search.joblib"))
        kept.to_csv(os.path.join(folder, "rows.csv"), index=False)
        kept.to_csv(os.path.join(folder, "index.csv"))
        TRAIN[NUMBERS].head(3).to_csv(os.path.join(folder, "numbers.csv"), index=False)
        write("text.joblib", b"no pickle")
        write("empty.csv", b"")
        write("header.csv", b"age,ratio,when\n")
        write("ragged.csv", b"age,ratio,when\n1,2\n")
        write("words.csv", b"age,ratio,when\n1,two,x\n")
        write("latin.csv", "age,ratio,when\n1,2,\xfc\n".encode("latin-1"))
        write("other.csv", b"age,when\n1,x\n")
        write("gaps.csv", b"age,ratio,when\n1,,x\n")
        write("rows.json", b'{"fields": ["age", "ratio", "when"], "values": [[1, 2, "x"], [3, 4.5, null]]}')
        write("list.json", b"[1, 2]")
        write("broken.json", b"{")
        for model, rows, expected in (
            ("good.joblib", "rows.csv", "Wrote out.json: Pipeline, scikit-learn %s, 4 scored rows." % sklearn.__version__),
            ("good.joblib", "index.csv", "4 scored rows."),
            ("good.joblib", "rows.json", "2 scored rows."),
            ("nowhere.joblib", "rows.csv", "the model: the file cannot be read (No such file or directory)."),
            ("text.joblib", "rows.csv", "the model: the file cannot be loaded ("),
            ("unfitted.joblib", "numbers.csv", "was it fitted, with this version of scikit-learn?"),
            ("dummy.joblib", "numbers.csv", "Cannot export the model (DummyClassifier): this estimator is not known to the export.\ndocs/importing.md"),
            ("search.joblib", "numbers.csv", "Cannot export the model (GridSearchCV): it has no best estimator: fit it, with refit=True."),
            ("array.joblib", "numbers.csv", "--rows: the model has 2 columns without names, and the file 4; leave only these, and tell the target with --label."),
            ("good.joblib", "nowhere.csv", "--rows: the file cannot be read (No such file or directory)."),
            ("good.joblib", "empty.csv", "--rows: the file is empty."),
            ("good.joblib", "header.csv", "--rows: the file has a header and no rows."),
            ("good.joblib", "ragged.csv", "--rows, line 2: expected 3 cells, as in the header, not 2."),
            ("good.joblib", "words.csv", "--rows, line 2: column 'ratio': expected a number, as the model takes it."),
            ("good.joblib", "latin.csv", "--rows: expected a file in UTF-8; save it in this encoding."),
            ("good.joblib", "other.csv", "--rows: columns that the model has are missing: ratio."),
            ("good.joblib", "gaps.csv", "--rows: the model cannot score these rows (ValueError: "),
            ("good.joblib", "list.json", '--rows: expected {"fields": [...], "values": [[...]]}.'),
            ("good.joblib", "broken.json", "--rows: the file cannot be read: "),
        ):
            status, message = run_export(folder, model, "--rows", rows, "--label", "risk", "--out", "out.json")
            written = os.path.join(folder, "out.json")
            fails = not expected.endswith("scored rows.")
            assert status == int(fails) and expected in message and "Traceback" not in message, (model, rows, status, message)
            assert os.path.exists(written) != fails, (model, rows, "out.json")
            if not fails:
                with open(written, encoding="utf-8") as file:
                    document = json.load(file)
                assert document["label"] == "risk" and document["classes"] == ["bad", "good"], document
                assert [column.get("used", True) for column in document["columns"]] == [True, True, False], document
                assert document["rows"]["fields"] == ["age", "ratio"], document["rows"]["fields"]
                os.remove(written)
        status, message = run_export(folder, "good.joblib", "--rows", "rows.csv", "--out", "no/folder/out.json")
        assert status == 1 and message == "--out: the file cannot be written (No such file or directory).", message
        status, message = run_export(folder, "good.joblib")
        assert status == 2 and "--rows" in message, message
print("%d cases with scikit-learn %s" % (made, sklearn.__version__))
