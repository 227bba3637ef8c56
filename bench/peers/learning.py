"""The tables and the peers of the benchmark of learning: one task per line on standard input, one result per line on standard output.

{"tables": true} lists the tables. {"split": table, "seed", "train", "test"} writes its two parts as CSV. {"peer", "train", "test",
"problem", "seed"} learns one with a library's defaults, as a notebook would, and returns its loss on the other, and the time.
"""
import json
import os
import sys
import time
import warnings

# One thread, also for what has no option for it; before the libraries are loaded.
os.environ["OMP_NUM_THREADS"] = "1"

import numpy
import pandas
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import log_loss, root_mean_squared_error
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import LabelEncoder, OneHotEncoder, OrdinalEncoder, StandardScaler
from xgboost import XGBClassifier, XGBRegressor

import learning_tables

# What one-hot encoding is for; of more, a notebook takes the numbers of the categories.
FEW = 50
# HistGradientBoosting has no more in a column.
MAX_NATIVE = 255

warnings.filterwarnings("ignore")


def split(task):
    problem, table = learning_tables.load(task["split"], task["seed"])
    counts = table.label.value_counts()
    strata = table.label if problem != "regression" and counts.min() > 1 else None
    size = learning_tables.TEST_ROWS.get(task["split"], 0.25)
    parts = train_test_split(table, test_size=size, random_state=task["seed"], stratify=strata)
    for part, name in zip(parts, ("train", "test")):
        part.to_csv(task[name], index=False)
    return {"problem": problem, "rows": len(parts[0]), "columns": table.shape[1] - 1}


def to_categories(train, test):
    """Texts as pandas' categories, those of the training rows."""
    train, test = train.copy(), test.copy()
    for name in train.columns:
        if not pandas.api.types.is_numeric_dtype(train[name]) or train[name].dtype == bool:
            train[name] = train[name].astype("str").where(train[name].notna()).astype("category")
            test[name] = test[name].astype("str").where(test[name].notna()).astype(train[name].dtype)
    return train, test


def to_numbers(columns):
    return make_pipeline(OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), SimpleImputer(strategy="constant", fill_value=-2))


def build(peer, train, regression, seed):
    texts = [name for name in train.columns if train[name].dtype == "category"]
    numbers = [name for name in train.columns if name not in texts]
    if peer == "LightGBM":
        return (LGBMRegressor if regression else LGBMClassifier)(random_state=seed, n_jobs=1, verbose=-1)
    if peer == "XGBoost":
        return (XGBRegressor if regression else XGBClassifier)(random_state=seed, n_jobs=1, enable_categorical=True)
    if peer == "HistGradientBoosting":
        many = [name for name in texts if train[name].nunique() > MAX_NATIVE]
        model = (HistGradientBoostingRegressor if regression else HistGradientBoostingClassifier)(random_state=seed)
        encode = ColumnTransformer([("many", to_numbers(many), many)], remainder="passthrough", verbose_feature_names_out=False)
        return make_pipeline(encode.set_output(transform="pandas"), model)
    if peer == "scikit-learn forest":
        few = [name for name in texts if train[name].nunique() <= FEW]
        many = [name for name in texts if name not in few]
        encode = ColumnTransformer(
            [("few", OneHotEncoder(handle_unknown="ignore", sparse_output=False), few), ("many", to_numbers(many), many)],
            remainder=SimpleImputer(strategy="median"),
        )
        return make_pipeline(encode, (RandomForestRegressor if regression else RandomForestClassifier)(random_state=seed, n_jobs=1))
    encode = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), numbers),
            ("texts", OneHotEncoder(handle_unknown="ignore"), texts),
        ]
    )
    return make_pipeline(encode, Ridge() if regression else LogisticRegression(max_iter=1000))


def compare(task):
    regression = task["problem"] == "regression"
    train, test = pandas.read_csv(task["train"]), pandas.read_csv(task["test"])
    features, rows = to_categories(train.drop(columns="label"), test.drop(columns="label"))
    start = time.perf_counter()
    model = build(task["peer"], features, regression, task["seed"])
    if regression:
        loss = root_mean_squared_error(test.label, model.fit(features, train.label).predict(rows))
    else:
        encoder = LabelEncoder().fit(train.label)
        probabilities = model.fit(features, encoder.transform(train.label)).predict_proba(rows)
        loss = log_loss(encoder.transform(test.label), numpy.asarray(probabilities, float), labels=numpy.arange(len(encoder.classes_)))
    return {"loss": float(loss), "seconds": time.perf_counter() - start}


for line in sys.stdin:
    task = json.loads(line)
    if "tables" in task:
        answer = {"public": list(learning_tables.PUBLIC), "made": list(learning_tables.MADE)}
    else:
        answer = split(task) if "split" in task else compare(task)
    print(json.dumps(answer), flush=True)
