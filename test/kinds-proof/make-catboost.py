"""Trains CatBoost models of every loss function, kind of tree and kind of feature, and writes them as cases (model_case.py)."""

import json
import os
import warnings

import catboost
import numpy as np
import pandas as pd
from catboost import CatBoost, CatBoostClassifier, CatBoostRegressor, Pool

from model_case import parse_arguments, to_columns, write_case

warnings.filterwarnings("ignore")
FOLDER, SMALL = parse_arguments()
TRAINING_ROWS = 300 if SMALL else 800
ROWS = 10 if SMALL else 400
BASE = {
    "iterations": 3 if SMALL else 25,
    "depth": 2 if SMALL else 5,
    "verbose": 0,
    "thread_count": 1,
    "allow_writing_files": False,
    "random_seed": 7,
    "one_hot_max_size": 200,
}
SMALL_CASES = """
    loss-RMSE loss-Poisson loss-YetiRank loss-Logloss loss-MultiClassOneVsAll-3 depthwise-multiclass lossguide-categories
    categories-binary categories-multiclass nan-Min nan-Max nan-only-in-scoring class-names-boolean no-names scaled
    refused-without-pool refused-threshold
""".split()


def is_wanted(name):
    """Whether a case is to be written."""
    return not SMALL or name in SMALL_CASES


def make_table(seed=1, count=TRAINING_ROWS):
    """Numbers, some of them missing."""
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
    return table


def make_target(table):
    """A number that depends on all columns of make_table."""
    random = np.random.RandomState(2)
    total = table["amount"].fillna(3) + table["age of applicant"] / 10 + 4 * table["sparse"] + 3 * table["single"]
    return (total + random.randn(len(table))).to_numpy()


def to_classes(target, count):
    """The quantiles of a target."""
    edges = np.quantile(target, np.linspace(0, 1, count + 1)[1:-1])
    return np.searchsorted(edges, target)


def make_rows(table, model, seed=3):
    """Rows of the table, some with values on a border, beside it as floats and as doubles, near zero, or missing."""
    random = np.random.RandomState(seed)
    rows = table.iloc[random.randint(0, len(table), ROWS)].reset_index(drop=True).copy()
    borders = model.get_borders()
    for position, name in enumerate(rows.columns):
        if rows[name].dtype.kind != "f":
            continue
        values = rows[name].to_numpy().copy()
        for row in range(len(values)):
            choice = random.rand()
            if choice < 0.3 and borders.get(position):
                border = np.float32(borders[position][random.randint(len(borders[position]))])
                below, above = np.nextafter(border, np.float32(-np.inf)), np.nextafter(border, np.float32(np.inf))
                nearest = np.nextafter(float(border), np.inf), np.nextafter(float(border), -np.inf)
                half = (float(border) + float(above)) / 2
                values[row] = [border, below, above, *nearest, half, np.nextafter(half, np.inf)][random.randint(7)]
            elif choice < 0.38:
                values[row] = [0.0, -0.0, 1e-36, -1e-36, 1e-45, -1e-45, 1e39, -1e39][random.randint(8)]
            elif choice < 0.45:
                values[row] = np.nan
        # CatBoost 1.2 does not convert numbers beyond the floats of 32 bits.
        rows[name] = np.clip(values, -3e38, 3e38)
    return rows


def write(name, model, rows, classes=None, types=None, categories=None, pool=None, normalized=False, exponent=False):
    """Writes a case with the scores of the model."""
    if not is_wanted(name):
        return
    predictions = None
    probabilities = None
    if classes is None:
        predictions = model.predict(rows, prediction_type="Exponent" if exponent else "RawFormulaVal")
    else:
        probabilities = model.predict(rows, prediction_type="Probability")
        predictions = [classes[index] for index in probabilities.argmax(axis=1)]
        labels = np.ravel(model.predict(rows, prediction_type="Class"))
        assert [str(label) for label in labels] == [str(label) for label in predictions], (labels, predictions)
        if normalized:
            probabilities = probabilities / probabilities.sum(axis=1, keepdims=True)
    names = [str(column) for column in rows.columns] if hasattr(rows, "columns") else [f"x{i}" for i in range(rows.shape[1])]
    columns = to_columns(names, types, categories)
    for column in columns:
        column["nullable"] = "categories" not in column
    cells = rows.astype(object).to_numpy() if hasattr(rows, "columns") else rows
    write_case(
        FOLDER, name, "catboost", save_with(model, pool), columns, cells.tolist(), predictions, probabilities, classes, tolerance=1e-12
    )


def save_with(model, pool=None):
    """Returns what saves a model as JSON."""
    return lambda folder: model.save_model(os.path.join(folder, "model.json"), format="json", pool=pool)


def write_losses():
    table = make_table()
    target = make_target(table)
    positive = np.abs(target)
    for loss in [
        "RMSE",
        "MAE",
        "MAPE",
        "Quantile:alpha=0.3",
        "LogLinQuantile",
        "Lq:q=3",
        "Huber:delta=1",
        "Expectile:alpha=0.3",
        "LogCosh",
        "Cox",
        "Poisson",
        "Tweedie:variance_power=1.5",
    ]:
        model = CatBoostRegressor(loss_function=loss, **BASE).fit(table, target if loss in ["RMSE", "MAE"] else positive)
        is_exponent = loss.startswith(("Poisson", "Tweedie"))
        rows = make_rows(table, model)
        if is_exponent:
            assert np.array_equal(model.predict(rows), model.predict(rows, prediction_type="Exponent"))
        write("loss-" + loss.split(":")[0], model, rows, exponent=is_exponent)
    survival = CatBoostRegressor(loss_function="SurvivalAft", **BASE).fit(table, np.stack([positive, positive + 1], axis=1))
    write("loss-SurvivalAft", survival, make_rows(table, survival))
    groups = np.repeat(range(len(table) // 10), 10)
    for loss in ["YetiRank", "YetiRankPairwise", "QueryRMSE", "QuerySoftMax", "PairLogit", "StochasticRank:metric=NDCG", "LambdaMart:metric=NDCG"]:
        if loss.startswith("LambdaMart") and catboost.__version__ < "1.2.2":
            continue
        pool = Pool(table, np.round(positive / 10), group_id=groups)
        model = CatBoost({**BASE, "loss_function": loss}).fit(pool)
        write("loss-" + loss.split(":")[0], model, make_rows(table, model))
    labels = to_classes(target, 2)
    for loss in ["Logloss", "CrossEntropy", "Focal:focal_alpha=0.5;focal_gamma=2"]:
        model = CatBoostClassifier(loss_function=loss, **BASE).fit(table, labels)
        write("loss-" + loss.split(":")[0], model, make_rows(table, model), [0, 1])
    for count in [2, 3, 7]:
        names = np.array([f"class {index}" for index in range(count)])
        for loss in ["MultiClass", "MultiClassOneVsAll"]:
            model = CatBoostClassifier(loss_function=loss, **BASE).fit(table, names[to_classes(target, count)])
            rows = make_rows(table, model)
            write(f"loss-{loss}-{count}", model, rows, list(model.classes_), normalized=loss == "MultiClassOneVsAll")

    class Squares:
        def calc_ders_range(self, approxes, targets, weights):
            return [(target - approx, -1.0) for approx, target in zip(approxes, targets)]

    model = CatBoostRegressor(**{**BASE, "loss_function": Squares(), "eval_metric": "RMSE"}).fit(table, target)
    write("loss-own", model, make_rows(table, model))


def write_classes():
    table = make_table()
    target = make_target(table)
    kinds = {"boolean": [False, True], "float": [0.5, 1.5], "integer": [7, 3], "string": ["yes", "no"]}
    for name, values in kinds.items():
        labels = np.array(values)[to_classes(target, 2)]
        model = CatBoostClassifier(**BASE).fit(table, labels)
        classes = [str(label) for label in model.classes_] if name == "boolean" else list(model.classes_)
        write("class-names-" + name, model, make_rows(table, model), classes)
    labels = np.array(["c", "a", "b"])[to_classes(target, 3)]
    model = CatBoostClassifier(class_names=["b", "c", "a"], loss_function="MultiClass", **BASE).fit(table, labels)
    write("class-names-in-order", model, make_rows(table, model), ["b", "c", "a"])
    model = CatBoostClassifier(auto_class_weights="Balanced", **BASE).fit(table, to_classes(target, 2))
    write("class-weights", model, make_rows(table, model), [0, 1])


def write_trees():
    table = make_table()
    target = make_target(table)
    for policy in ["Depthwise", "Lossguide"]:
        parameters = {**BASE, "grow_policy": policy, **({"max_leaves": 12} if policy == "Lossguide" else {})}
        name = policy.lower()
        model = CatBoostRegressor(**parameters).fit(table, target)
        write(name + "-regression", model, make_rows(table, model))
        model = CatBoostClassifier(**parameters).fit(table, to_classes(target, 2))
        write(name + "-binary", model, make_rows(table, model), [0, 1])
        model = CatBoostClassifier(loss_function="MultiClass", **parameters).fit(table, to_classes(target, 3))
        write(name + "-multiclass", model, make_rows(table, model), [0, 1, 2])
        categories, types, lists, goal = make_categories()
        model = CatBoostRegressor(cat_features=list(types), **parameters).fit(categories, goal)
        write_categorical(name + "-categories", model, categories, types, lists)
    for mode in ["Min", "Max"]:
        model = CatBoostRegressor(nan_mode=mode, **BASE).fit(table, target)
        write("nan-" + mode, model, make_rows(table, model))
        model = CatBoostRegressor(nan_mode=mode, grow_policy="Depthwise", **BASE).fit(table, target)
        write("depthwise-nan-" + mode, model, make_rows(table, model))
    filled = table.fillna(1)
    model = CatBoostRegressor(**BASE).fit(filled, target)
    write("nan-only-in-scoring", model, make_rows(filled, model))
    for border_type in ["Uniform", "UniformAndQuantiles", "MinEntropy"]:
        model = CatBoostRegressor(feature_border_type=border_type, border_count=20, **BASE).fit(table, target)
        write("borders-" + border_type, model, make_rows(table, model))
    model = CatBoostRegressor(boosting_type="Ordered", **BASE).fit(table, target)
    write("ordered", model, make_rows(table, model))
    holdout = make_table(9)
    model = CatBoostRegressor(**{**BASE, "iterations": 300, "learning_rate": 0.5}, early_stopping_rounds=5).fit(
        table, target, eval_set=(holdout, make_target(holdout))
    )
    write("early-stopping", model, make_rows(table, model))
    model = CatBoostRegressor(**BASE).fit(table.to_numpy(), target)
    write("no-names", model, make_rows(table, model).to_numpy())
    model = CatBoostRegressor(ignored_features=[1], **BASE).fit(table, target)
    write("ignored-feature", model, make_rows(table, model))
    model = CatBoostRegressor(**{**BASE, "depth": 1}).fit(table, target)
    write("stumps", model, make_rows(table, model))
    first = CatBoostRegressor(**BASE).fit(table, target)
    second = CatBoostRegressor(**BASE).fit(table, target, init_model=first)
    write("continued", second, make_rows(table, second))
    both = catboost.sum_models([first, CatBoostRegressor(**BASE).fit(table, target**2)], weights=[0.3, 0.7])
    write("sum-of-models", both, make_rows(table, both))
    scaled = first.copy()
    scaled.set_scale_and_bias(0.37, 2.5)
    write("scaled", scaled, make_rows(table, scaled))
    renamed = table.rename(columns={"amount": "Betrag (€)", "sparse": 'a"b'[:1] + "\\b", "single": "年"})
    model = CatBoostRegressor(**BASE).fit(renamed, target)
    write("names", model, make_rows(renamed, model))
    if SMALL:
        return
    model = CatBoostRegressor(**{**BASE, "depth": 10, "iterations": 50}).fit(table, target)
    write("deep", model, make_rows(table, model))
    model = CatBoostRegressor(**{**BASE, "depth": 16, "iterations": 3, "grow_policy": "Depthwise"}).fit(table, target)
    write("depthwise-deep", model, make_rows(table, model))
    model = CatBoostRegressor(**{**BASE, "iterations": 1000, "depth": 6}).fit(table, target)
    write("many-trees", model, make_rows(table, model))
    random = np.random.RandomState(6)
    wide = pd.DataFrame(random.randn(300, 900), columns=[f"f{index}" for index in range(900)])
    model = CatBoostRegressor(**BASE).fit(wide, wide.to_numpy()[:, :50].sum(axis=1))
    write("wide", model, make_rows(wide, model))
    model = CatBoostClassifier(**{**BASE, "iterations": 10}, loss_function="MultiClass").fit(table, to_classes(target, 40))
    write("many-classes", model, make_rows(table, model), list(range(40)))


def make_categories(seed=4, count=TRAINING_ROWS):
    """A table with categories of text, of integers and booleans, their types and lists, and a target."""
    random = np.random.RandomState(seed)
    table = pd.DataFrame(
        {
            "job": random.choice(["clerk", "none", "cook", "pilot", "élève", "judge"], count),
            "amount": random.randn(count),
            "code": random.choice([5, 7, 11, -1300], count),
            "flag": random.rand(count) < 0.5,
            "town": [f"town {index:03}" for index in random.randint(0, 12 if SMALL else 90, count)],
        }
    )
    weights = {name: index for index, name in enumerate(["cook", "clerk", "judge", "none", "élève", "pilot"])}
    target = table["job"].map(weights) + (table["code"] == 7) * 3 - (table["code"] == -1300) * 2 + table["amount"] + table["flag"]
    target = target + table["town"].str[-1].astype(int) % 5 + random.randn(count) / 3
    types = {"job": "string", "code": "integer", "flag": "boolean", "town": "string"}
    lists = {name: sorted(table[name].unique().tolist()) for name in types}
    return table, types, lists, target.to_numpy()


def write_categorical(name, model, table, types, lists, classes=None, **keys):
    """Writes a case with unseen categories. A column lists the categories that the model tests first, as the file does."""
    if not is_wanted(name):
        return
    pool = Pool(table, cat_features=list(types))
    path = os.path.join(FOLDER, "model.json")
    model.save_model(path, format="json", pool=pool)
    with open(path) as file:
        info = json.load(file)["features_info"]
    os.remove(path)
    texts = {entry["hash"]: entry["value"] for entry in info["cat_features_hash"]}
    ordered = {}
    for feature in info["categorical_features"]:
        column = feature["feature_name"]
        by_text = {str(int(value)) if isinstance(value, bool) else str(value): value for value in lists[column]}
        tested = [by_text[texts[value % 2**32]] for value in feature.get("values", [])]
        ordered[column] = tested + [value for value in lists[column] if value not in tested]
    rows = make_rows(table, model)
    random = np.random.RandomState(5)
    for column, unseen in {"job": "astronaut", "code": 6, "town": "town 999"}.items():
        if column in types:
            rows.loc[random.rand(len(rows)) < 0.15, column] = unseen
    write(name, model, rows, classes, types, ordered, pool, **keys)


def write_categories():
    table, types, lists, target = make_categories()
    features = list(types)
    model = CatBoostRegressor(cat_features=features, **BASE).fit(table, target)
    write_categorical("categories", model, table, types, lists)
    model = CatBoostClassifier(cat_features=features, **BASE).fit(table, to_classes(target, 2))
    write_categorical("categories-binary", model, table, types, lists, [0, 1])
    model = CatBoostClassifier(cat_features=features, loss_function="MultiClass", **BASE).fit(table, to_classes(target, 3))
    write_categorical("categories-multiclass", model, table, types, lists, [0, 1, 2])
    only = table[["job", "code"]]
    model = CatBoostRegressor(cat_features=["job", "code"], **BASE).fit(only, target)
    write_categorical("categories-only", model, only, {"job": "string", "code": "integer"}, lists)


def write_refusals():
    table = make_table()
    target = make_target(table)
    categories, types, lists, goal = make_categories()

    def refuse(name, model, frame, refused, classes=None, pool=None, kinds=None, values=None, save=None):
        if is_wanted(name):
            columns = to_columns(list(frame.columns), kinds, values)
            for column in columns:
                column["nullable"] = "categories" not in column
            rows = frame.head(2).astype(object).to_numpy().tolist()
            write_case(FOLDER, name, "catboost", save or save_with(model, pool), columns, rows, classes=classes, refused=refused)

    model = CatBoostRegressor(**{**BASE, "one_hot_max_size": 2}, cat_features=list(types)).fit(categories, goal)
    pool = Pool(categories, cat_features=list(types))
    refuse("refused-statistics", model, categories, "one_hot_max_size", pool=pool, kinds=types, values=lists)
    model = CatBoostRegressor(**BASE, cat_features=list(types)).fit(categories, goal)
    refuse("refused-without-pool", model, categories, "pool=Pool(X", kinds=types, values=lists)
    save = lambda folder: model.save_model(os.path.join(folder, "model.json"))
    refuse("refused-binary", model, categories, "binary format", kinds=types, values=lists, save=save)
    model = CatBoostClassifier(**BASE).fit(table, to_classes(target, 2))
    model.set_probability_threshold(0.3)
    refuse("refused-threshold", model, table, "set_probability_threshold(None)", classes=[0, 1])
    both = np.stack([target, -target], axis=1)
    model = CatBoostRegressor(**BASE, loss_function="MultiRMSE").fit(table, both)
    refuse("refused-targets", model, table, "one score per row")
    model = CatBoostRegressor(**BASE, loss_function="RMSEWithUncertainty").fit(table, target)
    refuse("refused-uncertainty", model, table, "one score per row")
    model = CatBoostRegressor(**BASE, loss_function="MultiQuantile:alpha=0.1,0.9").fit(table, target)
    refuse("refused-quantiles", model, table, "one score per row")
    model = CatBoostClassifier(**BASE, loss_function="MultiLogloss").fit(table, (both > 0) * 1)
    refuse("refused-labels", model, table, "one score per row", classes=[0, 1])
    model = CatBoostClassifier(**BASE, loss_function="MultiClass", classes_count=4).fit(table, to_classes(target, 3))
    refuse("refused-empty-class", model, table, "train without classes_count", classes=[0, 1, 2, 3])


write_losses()
write_classes()
write_trees()
write_categories()
write_refusals()
