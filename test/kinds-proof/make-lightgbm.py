"""Trains LightGBM models of every objective, boosting type and kind of feature, and writes them as cases (model_case.py)."""

import json
import os
import re

import lightgbm as lgb
import numpy as np
import pandas as pd

from model_case import parse_arguments, to_columns, write_case

FOLDER, SMALL = parse_arguments()
VERSION = tuple(int(part) for part in lgb.__version__.split(".")[:2])
BASE = {"verbose": -1, "num_threads": 1, "seed": 7, "min_data_in_leaf": 5, "num_leaves": 5 if SMALL else 15}
TRAINING_ROWS = 300 if SMALL else 800
ROWS = 10 if SMALL else 400
TREES = 3 if SMALL else 20

# The cases that are committed, of the newest and the oldest version.
SMALL_CASES = """
    objective-regression-sqrt objective-poisson objective-cross_entropy objective-cross_entropy_lambda objective-binary-0.7
    objective-multiclass-3 objective-multiclassova-3 objective-lambdarank objective-own dart-binary rf-multiclass rf-regression
    early-stopping linear-binary linear-multiclass linear-categories missing-zero missing-none missing-nan sparse-zero
    categories-many-vs-many categories-binary categories-ordered categories-integers categories-integers-listed
    one-leaf-regression one-leaf-of-a-class names no-names threshold-1e-36 threshold--1e-36 wrapper-classifier refused-json
    refused-own-classes
""".split()
if VERSION < (3, 0):
    SMALL_CASES = ["objective-cross_entropy", "objective-multiclassova-3", "missing-zero", "categories-binary"]


def is_wanted(name):
    """Whether a case is to be written."""
    return not SMALL or name in SMALL_CASES


def make_table(seed=1, count=TRAINING_ROWS):
    """Numbers with missing values, zeros, numbers near zero and those that only a float of 32 bits has."""
    random = np.random.RandomState(seed)
    table = pd.DataFrame(
        {
            "amount": random.randn(count) * 10,
            "age of applicant": random.randint(18, 80, count).astype(float),
            "sparse": np.where(random.rand(count) < 0.5, 0.0, random.randn(count)),
            "single": random.randn(count).astype(np.float32).astype(float),
        }
    )
    table.loc[random.rand(count) < 0.2, "amount"] = np.nan
    table.loc[random.rand(count) < 0.1, "sparse"] = np.nan
    return table


def make_target(table):
    """A number that depends on all columns of make_table."""
    random = np.random.RandomState(2)
    total = table["amount"].fillna(3) + table["age of applicant"] / 10 + 4 * table["sparse"].fillna(1) + 3 * table["single"]
    return (total + random.randn(len(table))).to_numpy()


def to_classes(target, count):
    """The quantiles of a target."""
    edges = np.quantile(target, np.linspace(0, 1, count + 1)[1:-1])
    return np.searchsorted(edges, target)


def list_thresholds(booster):
    """The thresholds of a model by the index of their feature."""
    thresholds = {}
    for tree in re.split(r"\nTree=", booster.model_to_string())[1:]:
        values = dict(line.split("=", 1) for line in tree.splitlines() if "=" in line)
        for feature, threshold, decision in zip(
            values["split_feature"].split(), values["threshold"].split(), values["decision_type"].split()
        ):
            if int(decision) % 2 == 0:
                thresholds.setdefault(int(feature), []).append(float(threshold))
    return thresholds


def make_rows(table, booster, seed=3):
    """Rows of the table, some with values on a threshold, beside it, near zero, or missing."""
    random = np.random.RandomState(seed)
    rows = table.iloc[random.randint(0, len(table), ROWS)].reset_index(drop=True).copy()
    thresholds = list_thresholds(booster)
    near_zero = [0.0, -0.0, 1e-36, -1e-36, 1e-35, -1e-35, 1.0000000180025095e-35, -1.0000000180025095e-35, 2e-35, -2e-35]
    for position, name in enumerate(rows.columns):
        if rows[name].dtype.kind != "f":
            continue
        values = rows[name].to_numpy().copy()
        for row in range(len(values)):
            choice = random.rand()
            if choice < 0.25 and position in thresholds:
                threshold = thresholds[position][random.randint(len(thresholds[position]))]
                values[row] = [threshold, np.nextafter(threshold, np.inf), np.nextafter(threshold, -np.inf), np.float32(threshold)][
                    random.randint(4)
                ]
            elif choice < 0.35:
                values[row] = near_zero[random.randint(len(near_zero))]
            elif choice < 0.42:
                values[row] = np.nan
        rows[name] = values
    # A threshold for missing values is greater than any number that JSON should hold.
    return rows.replace([np.inf, -np.inf], np.nan)


def write(name, booster, rows, classes=None, types=None, categories=None, settings=None, text=None, normalized=False, **keys):
    """Writes a case with the scores of the model as LightGBM loads it from the file."""
    if not is_wanted(name):
        return
    path = os.path.join(FOLDER, name + ".txt")
    if text is None:
        booster.save_model(path)
    else:
        with open(path, "w") as file:
            file.write(text)
    booster = lgb.Booster(model_file=path)
    scores = booster.predict(rows)
    names = [str(column) for column in rows.columns] if hasattr(rows, "columns") else [f"x{i}" for i in range(rows.shape[1])]
    predictions = scores
    probabilities = None
    if classes is not None:
        probabilities = np.stack([1 - scores, scores], axis=1) if scores.ndim == 1 else scores
        predictions = [classes[index] for index in probabilities.argmax(axis=1)]
        if normalized:
            probabilities = probabilities / probabilities.sum(axis=1, keepdims=True)
    cells = rows.astype(object).to_numpy() if hasattr(rows, "columns") else rows
    write_case(
        FOLDER,
        name,
        "lightgbm",
        lambda folder: os.rename(path, os.path.join(folder, "model.txt")),
        to_columns(names, types, categories),
        cells.tolist(),
        predictions,
        probabilities,
        classes,
        settings,
        tolerance=1e-12,
        **keys,
    )


def train(parameters, table, target, trees=TREES, **keys):
    """Trains a model; keys are those of the Dataset."""
    return lgb.train({**BASE, **parameters}, lgb.Dataset(table, target, **keys), trees)


def write_objectives():
    table = make_table()
    target = make_target(table)
    positive = np.exp(target / 20)
    regressions = {
        "regression": target,
        "regression_l1": target,
        "huber": target,
        "fair": target,
        "quantile": target,
        "mape": target,
        "poisson": np.round(positive),
        "gamma": positive,
        "tweedie": np.where(positive < 1, 0, positive),
        "cross_entropy": 1 / (1 + np.exp(-target / 5)),
        "cross_entropy_lambda": 1 / (1 + np.exp(-target / 5)),
    }
    for objective, values in regressions.items():
        booster = train({"objective": objective}, table, values)
        write("objective-" + objective, booster, make_rows(table, booster))
    for objective in ["regression", "regression_l1", "fair", "quantile", "mape"]:
        booster = train({"objective": objective, "reg_sqrt": True}, table, target)
        write(f"objective-{objective}-sqrt", booster, make_rows(table, booster))
    for sigmoid in [1, 0.7]:
        booster = train({"objective": "binary", "sigmoid": sigmoid}, table, to_classes(target, 2))
        write(f"objective-binary-{sigmoid}", booster, make_rows(table, booster), ["no", "yes"])
    for count in [2, 3, 7]:
        classes = [f"class {index}" for index in range(count)]
        booster = train({"objective": "multiclass", "num_class": count}, table, to_classes(target, count))
        write(f"objective-multiclass-{count}", booster, make_rows(table, booster), classes)
        parameters = {"objective": "multiclassova", "num_class": count, "sigmoid": 0.7}
        booster = train(parameters, table, to_classes(target, count))
        write(f"objective-multiclassova-{count}", booster, make_rows(table, booster), classes, normalized=True)
    for objective in ["lambdarank", "rank_xendcg"]:
        if objective == "rank_xendcg" and VERSION < (3, 0):
            continue
        group = [len(table) // 5] * 5
        booster = train({"objective": objective}, table, to_classes(target, 4), group=group)
        write("objective-" + objective, booster, make_rows(table, booster))
    squares = lambda scores, data: (scores - data.get_label(), np.ones(len(scores)))
    if VERSION >= (4, 0):
        booster = train({"objective": squares}, table, target)
    else:
        booster = lgb.train({**BASE, "objective": "none"}, lgb.Dataset(table, target), TREES, fobj=squares)
    write("objective-own", booster, make_rows(table, booster))


def write_boostings():
    table = make_table()
    target = make_target(table)
    for boosting, parameters in {
        "dart": {"drop_rate": 0.5, "skip_drop": 0.0},
        "rf": {"bagging_freq": 1, "bagging_fraction": 0.6, "feature_fraction": 0.6},
        "goss": {},
    }.items():
        parameters = {"boosting": boosting, **parameters}
        booster = train({"objective": "regression", **parameters}, table, target)
        write(f"{boosting}-regression", booster, make_rows(table, booster))
        booster = train({"objective": "binary", **parameters}, table, to_classes(target, 2))
        write(f"{boosting}-binary", booster, make_rows(table, booster), ["no", "yes"])
        booster = train({"objective": "multiclass", "num_class": 3, **parameters}, table, to_classes(target, 3))
        write(f"{boosting}-multiclass", booster, make_rows(table, booster), ["a", "b", "c"])
    booster = train({"objective": "poisson", "boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.6}, table, np.abs(target))
    write("rf-poisson", booster, make_rows(table, booster))
    training = lgb.Dataset(table, to_classes(target, 2))
    holdout = make_table(seed=9)
    validation = lgb.Dataset(holdout, to_classes(make_target(holdout), 2), reference=training)
    parameters = {**BASE, "objective": "binary", "metric": "binary_logloss", "early_stopping_round": 3, "learning_rate": 0.5}
    booster = lgb.train(parameters, training, 60, valid_sets=[validation])
    write("early-stopping", booster, make_rows(table, booster), ["no", "yes"])


def write_linear_trees():
    if VERSION < (3, 2):
        return
    table = make_table()
    target = make_target(table)
    parameters = {"linear_tree": True, "num_leaves": 6}
    booster = train({"objective": "regression", **parameters}, table, target)
    write("linear-regression", booster, make_rows(table, booster))
    booster = train({"objective": "binary", **parameters}, table, to_classes(target, 2))
    write("linear-binary", booster, make_rows(table, booster), ["no", "yes"])
    booster = train({"objective": "multiclass", "num_class": 3, **parameters}, table, to_classes(target, 3))
    write("linear-multiclass", booster, make_rows(table, booster), ["a", "b", "c"])
    booster = train({"objective": "poisson", **parameters}, table, np.abs(target))
    write("linear-poisson", booster, make_rows(table, booster))
    filled = table.fillna(0)
    booster = train({"objective": "regression", **parameters}, filled, target)
    write("linear-no-missing", booster, make_rows(filled, booster))
    categories, types, lists, target = make_categories()
    booster = train({"objective": "regression", **parameters}, categories, target)
    write("linear-categories", booster, make_category_rows(categories, booster), types=types, categories=lists)
    booster = train({"objective": "regression", **parameters}, table, target * 0 + 3)
    write("linear-one-leaf", booster, make_rows(table, booster))


def write_missing():
    table = make_table()
    target = make_target(table)
    settings = {
        "zero": {"zero_as_missing": True},
        "none": {"use_missing": False},
        "nan": {},
    }
    for name, parameters in settings.items():
        booster = train({"objective": "regression", **parameters}, table, target)
        write("missing-" + name, booster, make_rows(table, booster))
    filled = table.fillna(1)
    booster = train({"objective": "regression"}, filled, target)
    write("missing-only-in-scoring", booster, make_rows(filled, booster))
    # Most of the rows are 0, and the model splits them from numbers on both sides.
    sparse = pd.DataFrame({"x": np.where(np.arange(len(table)) % 3 == 0, table["single"], 0.0), "y": table["sparse"]})
    for name, parameters in settings.items():
        booster = train({"objective": "regression", **parameters}, sparse, sparse["x"].to_numpy() ** 2 + table["single"].to_numpy() / 10)
        write("sparse-" + name, booster, make_rows(sparse, booster))


def make_categories(seed=4, count=TRAINING_ROWS):
    """A table with categories of text, of integers and booleans, their types and lists, and a target."""
    random = np.random.RandomState(seed)
    job = random.choice(["clerk", "none", "cook", "pilot", "tailor", "judge"], count)
    code = random.choice([5, 7, 11, 1300], count)
    table = pd.DataFrame(
        {
            "job": pd.Categorical(job),
            "amount": random.randn(count),
            "code": pd.Categorical(code),
            "flag": (random.rand(count) < 0.5).astype(bool if VERSION >= (4, 0) else float),
            "town": pd.Categorical([f"town {index:03}" for index in random.randint(0, 90, count)]),
        }
    )
    table.loc[random.rand(count) < 0.1, "job"] = np.nan
    table.loc[random.rand(count) < 0.1, "amount"] = np.nan
    weights = {name: index for index, name in enumerate(["cook", "clerk", "judge", "none", "tailor", "pilot"])}
    target = table["job"].map(weights).astype(float).fillna(2.5) + (code == 7) * 3 - (code == 1300) * 2
    target = target + table["amount"].fillna(0) + table["flag"] + table["town"].cat.codes % 5 + random.randn(count) / 3
    # Before version 4, a table with booleans and numbers is converted to floats of 32 bits, whatever the model.
    types = {"job": "string", "code": "integer", "flag": table["flag"].dtype == bool and "boolean" or "double", "town": "string"}
    lists = {name: list(table[name].cat.categories) for name in ["job", "code", "town"]}
    return table, types, lists, target.to_numpy()


def make_category_rows(table, booster, seed=5):
    """Rows with categories that are missing, or that the training data did not have."""
    random = np.random.RandomState(seed)
    rows = make_rows(table, booster, seed)
    for name, unseen in {"job": "astronaut", "code": 6, "town": "town 999"}.items():
        values = rows[name].astype(object).to_numpy().copy()
        values[random.rand(len(rows)) < 0.1] = unseen
        values[random.rand(len(rows)) < 0.1] = None
        seen = [value for value in pd.unique(values) if value is not None and value == value]
        rows[name] = pd.Categorical(values, categories=sorted(seen))
    return rows


def write_categories():
    table, types, lists, target = make_categories()
    small = {"min_data_per_group": 5, "cat_smooth": 1}
    for name, parameters in {
        "many-vs-many": {"max_cat_to_onehot": 1},
        "one-vs-rest": {"max_cat_to_onehot": 200},
        "no-missing-type": {"use_missing": False},
        "zero-as-missing": {"zero_as_missing": True},
    }.items():
        booster = train({"objective": "regression", **small, **parameters}, table, target)
        write("categories-" + name, booster, make_category_rows(table, booster), types=types, categories=lists)
    booster = train({"objective": "binary", **small}, table, to_classes(target, 2))
    write("categories-binary", booster, make_category_rows(table, booster), ["no", "yes"], types=types, categories=lists)
    booster = train({"objective": "multiclassova", "num_class": 3, **small}, table, to_classes(target, 3))
    write("categories-ova", booster, make_category_rows(table, booster), ["a", "b", "c"], types, lists, normalized=True)
    parameters = {"objective": "regression", "boosting": "dart", "drop_rate": 0.5, "skip_drop": 0.0, **small}
    booster = train(parameters, table, target)
    write("categories-dart", booster, make_category_rows(table, booster), types=types, categories=lists)

    # An ordered column: numbers to LightGBM. The file does not say which columns its lists of categories belong to.
    ordered = table.copy()
    ordered["job"] = pd.Categorical(table["job"], categories=lists["job"], ordered=True)
    booster = train({"objective": "regression", **small}, ordered, target)
    encoding = [{"column": name, "codes": list(range(len(lists[name])))} if name in lists else {"column": name} for name in table]
    rows = make_category_rows(ordered, booster)
    write("categories-ordered", booster, rows, types=types, categories=lists, settings={"encoding": encoding})

    # Integers that are codes themselves, with and without a list in the deployment.
    codes = pd.DataFrame({"amount": table["amount"], "code": table["code"].astype(float), "town": table["town"].cat.codes.astype(float)})
    booster = train({"objective": "regression", **small}, codes, target, categorical_feature=["code", "town"])
    rows = make_rows(codes.drop(columns=["code", "town"]), booster)
    random = np.random.RandomState(8)
    rows["code"] = random.choice([5, 7, 11, 1300, 6, 1299, 100000, -1, 0, np.nan], len(rows))
    rows["town"] = random.choice(list(range(95)) + [np.nan], len(rows))
    write("categories-integers", booster, rows)
    known = sorted(codes["code"].unique())
    seen = sorted(codes["town"].unique())
    encoding = [{"column": "amount"}, {"column": "code", "codes": known}, {"column": "town", "codes": seen}]
    write("categories-integers-listed", booster, rows, categories={"code": known, "town": seen}, settings={"encoding": encoding})


def write_shapes():
    table = make_table()
    target = make_target(table)
    booster = train({"objective": "regression"}, table, target * 0 + 2.5)
    write("one-leaf-regression", booster, make_rows(table, booster))
    booster = train({"objective": "binary"}, table, target * 0 + 1)
    write("one-leaf-binary", booster, make_rows(table, booster), ["no", "yes"])
    # A class that no row has: its trees have one leaf.
    booster = train({"objective": "multiclass", "num_class": 4}, table, to_classes(target, 3))
    write("one-leaf-of-a-class", booster, make_rows(table, booster), ["a", "b", "c", "d"])
    booster = train({"objective": "regression", "num_leaves": 2}, table, target)
    write("stumps", booster, make_rows(table, booster))
    few = train({"objective": "regression", "min_data_in_leaf": 60}, table, target)
    write("trees-that-end-early", few, make_rows(table, few))
    table32 = table.astype(np.float32)
    booster = train({"objective": "regression"}, table32, target)
    write("single-precision", booster, make_rows(table, booster))
    booster = train({"objective": "regression", "monotone_constraints": [1, 0, 0, -1]}, table, target)
    write("monotone", booster, make_rows(table, booster))
    huge = table * 1e300
    booster = train({"objective": "regression"}, huge, target)
    write("huge-numbers", booster, make_rows(huge, booster))
    tiny = table * 1e-34
    booster = train({"objective": "regression"}, tiny, target)
    write("tiny-numbers", booster, make_rows(tiny, booster))
    booster = train({"objective": "regression"}, table.to_numpy(), target)
    write("no-names", booster, make_rows(table, booster).to_numpy())
    names = {"amount": "Betrag (€)", "age of applicant": "возраст", "sparse": "a=b", "single": "年"}
    renamed = table.rename(columns={**names, "sparse": "a-b"})
    try:
        booster = train({"objective": "regression"}, renamed, target)
        write("names", booster, make_rows(renamed, booster))
    except lgb.basic.LightGBMError:
        print("names: this version takes ASCII only")
    # Thresholds that LightGBM does not write, among numbers that it takes for 0.
    booster = train({"objective": "regression", "num_leaves": 8}, table, target, trees=2)
    text = booster.model_to_string()
    for near in ["1e-36", "-1e-36", "0", "-0", "1.0000000180025095e-35", "-1.0000000180025095e-35"]:
        edited = re.sub(r"(?m)^threshold=\S+ \S+", f"threshold={near} {near}", text)
        # Sizes that differ from those of the trees would be obeyed.
        edited = re.sub(r"(?m)^tree_sizes=.*\n", "", edited)
        write("threshold-" + near, None, make_rows(table, booster), text=edited)
    if SMALL:
        return
    booster = train({"objective": "binary", "num_leaves": 300, "min_data_in_leaf": 1, "max_depth": -1}, table, to_classes(target, 2), 100)
    write("deep", booster, make_rows(table, booster), ["no", "yes"])
    booster = train({"objective": "regression", "num_leaves": 31, "learning_rate": 0.02}, table, target, 1000)
    write("many-trees", booster, make_rows(table, booster))
    random = np.random.RandomState(6)
    wide = pd.DataFrame(random.randn(400, 900), columns=[f"f{index}" for index in range(900)])
    booster = train({"objective": "regression", "feature_fraction": 0.3}, wide, wide.to_numpy()[:, :50].sum(axis=1), 50)
    write("wide", booster, make_rows(wide, booster))
    classes = [f"c{index}" for index in range(40)]
    booster = train({"objective": "multiclass", "num_class": 40, "num_leaves": 5}, table, to_classes(target, 40), 10)
    write("many-classes", booster, make_rows(table, booster), classes)
    chain = pd.DataFrame({"x": np.arange(2000.0)})
    booster = train({"objective": "regression", "num_leaves": 1500, "min_data_in_leaf": 1}, chain, 1.5 ** (chain["x"] / 10), 3)
    write("chain", booster, make_rows(chain, booster))


def write_wrappers():
    table = make_table()
    target = make_target(table)
    labels = np.array(["bad", "fair", "good"])[to_classes(target, 3)]
    model = lgb.LGBMClassifier(n_estimators=TREES, num_leaves=7, verbose=-1, n_jobs=1).fit(table, labels)
    write("wrapper-classifier", model.booster_, make_rows(table, model.booster_), list(model.classes_))
    model = lgb.LGBMRegressor(n_estimators=TREES, num_leaves=7, verbose=-1, n_jobs=1).fit(table, target)
    write("wrapper-regressor", model.booster_, make_rows(table, model.booster_))
    first = train({"objective": "regression"}, table, target)
    booster = lgb.train({**BASE, "objective": "regression"}, lgb.Dataset(table, target), TREES, init_model=first)
    write("continued", booster, make_rows(table, booster))
    booster = first.refit(table.fillna(0) if VERSION < (3, 0) else table, target + 1)
    write("refitted", booster, make_rows(table, booster))


def write_refusals():
    if SMALL and VERSION < (3, 0):
        return
    table = make_table()
    target = make_target(table)
    columns = to_columns(table.columns)
    rows = make_rows(table, train({"objective": "regression"}, table, target)).to_numpy().tolist()
    booster = train({"objective": "regression"}, table, target, 2)

    def save_json(folder):
        with open(os.path.join(folder, "model.txt"), "w") as file:
            json.dump(booster.dump_model(), file)

    write_case(FOLDER, "refused-json", "lightgbm", save_json, columns, rows[:2], refused='booster.save_model("model.txt")')

    classes = to_classes(target, 3)

    def softmax(scores, data):
        margins = np.asarray(scores)
        margins = margins if margins.ndim == 2 else margins.reshape(3, -1).T
        exps = np.exp(margins - margins.max(axis=1, keepdims=True))
        shares = exps / exps.sum(axis=1, keepdims=True)
        gradient = shares - np.eye(3)[classes]
        hessian = 2 * shares * (1 - shares)
        return (gradient, hessian) if VERSION >= (4, 0) else (gradient.T.reshape(-1), hessian.T.reshape(-1))

    parameters = {**BASE, "num_class": 3}
    if VERSION >= (4, 0):
        own = lgb.train({**parameters, "objective": softmax}, lgb.Dataset(table, classes), 2)
    else:
        own = lgb.train({**parameters, "objective": "none"}, lgb.Dataset(table, classes), 2, fobj=softmax)
    save = lambda folder: own.save_model(os.path.join(folder, "model.txt"))
    write_case(
        FOLDER, "refused-own-classes", "lightgbm", save, columns, rows[:2], classes=["a", "b", "c"], refused="no probabilities"
    )


write_objectives()
write_boostings()
write_linear_trees()
write_missing()
write_categories()
write_shapes()
write_wrappers()
write_refusals()
