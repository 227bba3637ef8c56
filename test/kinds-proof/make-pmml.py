"""Trains pipelines with scikit-learn, XGBoost and LightGBM, writes them as PMML with sklearn2pmml, and with the scores that
the libraries compute; and random documents, with the scores of JPMML: cases of test/kinds-proof/run.sh pmml. Needs Java.
"""

import os
import re
import shutil
import warnings

import numpy
import pandas
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import (
    AdaBoostRegressor,
    BaggingClassifier,
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.linear_model import ElasticNet, GammaRegressor, LinearRegression, LogisticRegression, PoissonRegressor, Ridge
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import (
    Binarizer,
    KBinsDiscretizer,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
    TargetEncoder,
)
from sklearn.svm import SVC, SVR, LinearSVC, LinearSVR
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from sklearn2pmml import sklearn2pmml
from sklearn2pmml.pipeline import PMMLPipeline
from sklearn2pmml.preprocessing import ExpressionTransformer
from xgboost import XGBClassifier, XGBRegressor

from model_case import parse_arguments, to_columns, write_case
from pmml_documents import write_documents

warnings.filterwarnings("ignore")
FOLDER, SMALL = parse_arguments()
ROWS = 20 if SMALL else 1000
TREES = 3 if SMALL else 30
DEPTH = 3 if SMALL else 8
random = numpy.random.default_rng(15)
ANY = {"random_state": 1}

COUNT = 1500
NUMBERS = ["age", "income", "debt"]
TEXTS = ["job", "home"]
JOBS = ["clerk", "it's", "Ärztin & Co", "<none>", "no job"]
HOMES = ["own", "rent", "free"]
DATA = pandas.DataFrame(
    {
        "age": random.integers(18, 80, COUNT).astype(float),
        "income": numpy.round(numpy.exp(random.normal(8, 1, COUNT)), 2),
        "debt": random.normal(0, 1, COUNT),
        "job": random.choice(JOBS, COUNT),
        "home": random.choice(HOMES, COUNT),
    }
).astype({"job": object, "home": object})
DATA.loc[::50, "debt"] = -0.0
DATA.loc[1::50, "debt"] = 1e-36
SIGNAL = (
    (DATA["age"] - 50) / 20
    + numpy.log(DATA["income"])
    - 8
    + DATA["debt"] * (DATA["home"] == "rent")
    + (DATA["job"] == "clerk")
    + random.normal(0, 0.5, COUNT)
)
BINARY = numpy.where(SIGNAL > 0, "good", "bad")
THREE = pandas.qcut(SIGNAL, 3, labels=["low", "mid", "top"]).astype(object)
CODES = pandas.qcut(SIGNAL, 3, labels=False).astype(int)
NUMBER = SIGNAL.to_numpy()
POSITIVE = numpy.exp(0.2 * NUMBER)


def add_gaps(data, share=0.1):
    gaps = data.copy()
    for column in gaps.columns:
        gaps.loc[random.random(len(gaps)) < share, column] = numpy.nan
    return gaps


GAPS = add_gaps(DATA)
NUMERIC = DATA[NUMBERS]
NUMERIC_GAPS = add_gaps(NUMERIC)


def mixed(numeric=None, categorical=None):
    return ColumnTransformer(
        [
            ("numbers", numeric or StandardScaler(), NUMBERS),
            ("texts", categorical or OneHotEncoder(), TEXTS),
        ]
    )


def add(name, steps, data, target, tolerance=1e-12, verify=False, has_probabilities=True, scored=None):
    if SMALL and name not in SMALL_CASES:
        return
    pipeline = PMMLPipeline([(f"step{index}", step) for index, step in enumerate(steps)])
    pipeline.fit(data, pandas.Series(target, name="y"))
    if verify:
        pipeline.verify(data.iloc[:10].dropna(), precision=1e-9, zeroThreshold=1e-9)
    # The file has the columns that the model uses.
    file = os.path.join(FOLDER, "model.pmml")
    sklearn2pmml(pipeline, file)
    with open(file) as document:
        used = re.findall(r'<DataField name="(\w+)"', document.read())
    names = [column for column in data.columns if column in used]
    rows = (data if scored is None else scored).iloc[:ROWS]
    classes = getattr(pipeline, "classes_", None)
    predictions = pipeline.predict(rows)
    probabilities = None
    if classes is not None and has_probabilities and hasattr(steps[-1], "predict_proba"):
        probabilities = pipeline.predict_proba(rows)

    write_case(
        FOLDER,
        name,
        "pmml",
        lambda path: shutil.move(file, path),
        to_columns(names, {column: "string" for column in TEXTS}),
        rows[names].to_numpy(dtype=object),
        predictions,
        probabilities,
        classes,
        tolerance=tolerance,
    )


SMALL_CASES = ["logistic-mixed", "forest-classes", "boosting-xgboost", "boosting-lightgbm", "hist-classes", "mlp-classes", "svc", "bayes-gaussian"]

# Linear models
add("logistic-mixed", [mixed(), LogisticRegression()], DATA, BINARY, verify=True)
add("logistic-multinomial", [mixed(), LogisticRegression()], DATA, THREE, verify=True)
add("logistic-codes", [StandardScaler(), LogisticRegression()], NUMERIC, CODES)
add("linear", [mixed(), LinearRegression()], DATA, NUMBER, verify=True)
add("ridge-imputed", [ColumnTransformer([("n", make_pipeline(SimpleImputer(), StandardScaler()), NUMBERS), ("t", make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore")), TEXTS)]), Ridge()], GAPS, NUMBER)
add("elastic-robust", [mixed(RobustScaler()), ElasticNet(alpha=0.01)], DATA, NUMBER)
add("polynomial", [MinMaxScaler(), PolynomialFeatures(2), LinearRegression()], NUMERIC, NUMBER, tolerance=1e-11)
add("bins", [mixed(KBinsDiscretizer(5, encode="onehot", quantile_method="linear")), LogisticRegression()], DATA, BINARY)
add("gamma", [StandardScaler(), GammaRegressor()], NUMERIC, POSITIVE)
add("poisson", [StandardScaler(), PoissonRegressor()], NUMERIC, numpy.round(POSITIVE))
add("discriminant", [StandardScaler(), LinearDiscriminantAnalysis()], NUMERIC, THREE)
add("power", [PowerTransformer(), LinearRegression()], NUMERIC, NUMBER, tolerance=1e-10)

# Trees
add("tree-classes", [mixed(), DecisionTreeClassifier(max_depth=DEPTH, **ANY)], DATA, THREE, verify=True)
add("tree-number", [mixed("passthrough"), DecisionTreeRegressor(max_depth=DEPTH, **ANY)], DATA, NUMBER)
# sklearn2pmml leaves out where the trees of scikit-learn send missing values: JPMML and we have no prediction for these rows.
add("tree-gaps", [DecisionTreeClassifier(max_depth=DEPTH, **ANY)], NUMERIC_GAPS, BINARY, scored=NUMERIC)
add("forest-classes", [mixed(), RandomForestClassifier(TREES, max_depth=DEPTH, **ANY)], DATA, THREE, verify=True)
add("forest-number", [mixed(), RandomForestRegressor(TREES, **ANY)], DATA, NUMBER)
add("forest-gaps", [RandomForestClassifier(TREES, max_depth=DEPTH, **ANY)], NUMERIC_GAPS, THREE, scored=NUMERIC)
add("extra-classes", [mixed(), ExtraTreesClassifier(TREES, max_depth=DEPTH, **ANY)], DATA, BINARY)
add("extra-number", [mixed(), ExtraTreesRegressor(TREES, **ANY)], DATA, NUMBER)
add("bagging", [mixed(), BaggingClassifier(n_estimators=TREES, **ANY)], DATA, BINARY)
add("boosting-classes", [mixed(), GradientBoostingClassifier(n_estimators=TREES, **ANY)], DATA, BINARY)
add("boosting-three", [mixed(), GradientBoostingClassifier(n_estimators=TREES, **ANY)], DATA, THREE)
add("boosting-number", [mixed(), GradientBoostingRegressor(n_estimators=TREES, **ANY)], DATA, NUMBER)
add("ada-number", [StandardScaler(), AdaBoostRegressor(n_estimators=TREES, **ANY)], NUMERIC, NUMBER)
HIST = dict(max_iter=TREES, max_leaf_nodes=8, **ANY)
DENSE = ColumnTransformer([("n", "passthrough", NUMBERS), ("t", OneHotEncoder(sparse_output=False), TEXTS)])
add("hist-classes", [DENSE, HistGradientBoostingClassifier(**HIST)], DATA, BINARY)
add("hist-three", [DENSE, HistGradientBoostingClassifier(**HIST)], DATA, THREE)
add("hist-gaps", [HistGradientBoostingRegressor(**HIST)], NUMERIC_GAPS, NUMBER)
ORDINAL = ColumnTransformer([("n", "passthrough", NUMBERS), ("t", OrdinalEncoder(), TEXTS)])
add("hist-categories", [ORDINAL, HistGradientBoostingClassifier(categorical_features=[3, 4], **HIST)], DATA, BINARY)
BOOST = dict(n_estimators=TREES, max_depth=4, random_state=1)
add("boosting-xgboost", [mixed("passthrough", OneHotEncoder()), XGBClassifier(**BOOST)], DATA, CODES, tolerance=1e-6)
add("xgboost-binary", [XGBClassifier(**BOOST)], NUMERIC_GAPS, (NUMBER > 0).astype(int), tolerance=1e-6)
add("xgboost-number", [mixed("passthrough"), XGBRegressor(**BOOST)], DATA, NUMBER, tolerance=1e-6)
add("xgboost-gaps", [XGBRegressor(**BOOST)], NUMERIC_GAPS, NUMBER, tolerance=1e-6)
add("xgboost-poisson", [XGBRegressor(objective="count:poisson", **BOOST)], NUMERIC, numpy.round(POSITIVE), tolerance=1e-6)
LIGHT = dict(n_estimators=TREES, num_leaves=8, verbose=-1, **ANY)
add("boosting-lightgbm", [mixed("passthrough"), LGBMClassifier(**LIGHT)], DATA, BINARY)
add("lightgbm-three", [mixed("passthrough"), LGBMClassifier(**LIGHT)], DATA, THREE)
add("lightgbm-gaps", [LGBMRegressor(**LIGHT)], NUMERIC_GAPS, NUMBER)
add("lightgbm-tweedie", [LGBMRegressor(objective="tweedie", **LIGHT)], NUMERIC, POSITIVE)

# Others
add("mlp-classes", [mixed(), MLPClassifier((5,), max_iter=50, **ANY)], DATA, BINARY)
add("mlp-three", [mixed(), MLPClassifier((6, 4), activation="logistic", max_iter=50, **ANY)], DATA, THREE)
add("mlp-tanh", [StandardScaler(), MLPRegressor(hidden_layer_sizes=(5, 3), activation="tanh", max_iter=100, **ANY)], NUMERIC, NUMBER)
add("svc", [mixed(), SVC(max_iter=30 if SMALL else -1)], DATA.iloc[:60] if SMALL else DATA, BINARY[:60] if SMALL else BINARY)
add("svc-three", [mixed(), SVC()], DATA, THREE)
add("svc-poly", [StandardScaler(), SVC(kernel="poly", degree=2)], NUMERIC, THREE)
add("svc-sigmoid", [StandardScaler(), SVC(kernel="sigmoid")], NUMERIC, BINARY)
add("svr", [StandardScaler(), SVR()], NUMERIC, NUMBER)
add("linear-svc", [StandardScaler(), LinearSVC(**ANY)], NUMERIC, BINARY)
add("linear-svc-three", [StandardScaler(), LinearSVC(**ANY)], NUMERIC, THREE)
add("linear-svr", [StandardScaler(), LinearSVR(**ANY)], NUMERIC, NUMBER)
add("bayes-gaussian", [StandardScaler(), GaussianNB()], NUMERIC, THREE)
# Beside trees, sklearn2pmml gives linear models the numbers that it rounded to 32 bits for the trees.
ROUNDED = dict(tolerance=1e-7)
add("voting-classes", [mixed(), VotingClassifier([("a", LogisticRegression()), ("b", DecisionTreeClassifier(max_depth=3, **ANY))], voting="soft")], DATA, BINARY, **ROUNDED)
add("voting-hard", [mixed(), VotingClassifier([("a", LogisticRegression()), ("b", DecisionTreeClassifier(max_depth=3, **ANY)), ("c", RandomForestClassifier(3, **ANY))])], DATA, THREE, has_probabilities=False)
add("voting-number", [mixed(), VotingRegressor([("a", LinearRegression()), ("b", DecisionTreeRegressor(max_depth=3, **ANY))], weights=[0.3, 0.7])], DATA, NUMBER, **ROUNDED)
add("stacking", [mixed(), StackingRegressor([("a", LinearRegression()), ("b", DecisionTreeRegressor(max_depth=3, **ANY))], final_estimator=LinearRegression())], DATA, NUMBER, **ROUNDED)

# More steps and settings
IMPUTED = ColumnTransformer([("n", SimpleImputer(strategy="constant", fill_value=-5), NUMBERS), ("t", make_pipeline(SimpleImputer(strategy="constant", fill_value="none"), OneHotEncoder(handle_unknown="ignore")), TEXTS)])
add("boosting-imputed", [IMPUTED, GradientBoostingClassifier(n_estimators=TREES, **ANY)], GAPS, BINARY)
add("one-hot-infrequent", [mixed(None, OneHotEncoder(min_frequency=0.21, handle_unknown="infrequent_if_exist")), LogisticRegression()], DATA, BINARY)
add("target-encoder", [mixed(None, TargetEncoder(**ANY)), LinearRegression()], DATA, NUMBER)
add("components", [StandardScaler(), PCA(2), LogisticRegression()], NUMERIC, BINARY, tolerance=1e-11)
add("quantiles", [QuantileTransformer(n_quantiles=20), LinearRegression()], NUMERIC, NUMBER, tolerance=1e-6)
add("gaps-indicated", [FeatureUnion([("a", SimpleImputer()), ("b", MissingIndicator())]), DecisionTreeRegressor(max_depth=5)], NUMERIC_GAPS, NUMBER)
add("one-vs-rest", [OneVsRestClassifier(DecisionTreeClassifier(max_depth=4, **ANY))], NUMERIC, THREE)
add("calibrated-sigmoid", [StandardScaler(), CalibratedClassifierCV(LogisticRegression(), method="sigmoid", cv=2)], NUMERIC, BINARY)
add("calibrated-isotonic", [StandardScaler(), CalibratedClassifierCV(LogisticRegression(), method="isotonic", cv=2)], NUMERIC, BINARY)
add("xgboost-dart", [XGBClassifier(booster="dart", rate_drop=0.2, **BOOST)], NUMERIC, CODES, tolerance=1e-6)
EXPRESSIONS = ["X[0] / (X[1] + 1.0) if X[2] > 0 else numpy.log(X[1]) - X[0] ** 2", "numpy.floor(X[0] / 7.0) + abs(X[2])"]
add("expressions", [ColumnTransformer([(str(index), ExpressionTransformer(text), NUMBERS) for index, text in enumerate(EXPRESSIONS)]), LinearRegression()], NUMERIC, NUMBER, tolerance=1e-11)

if not SMALL:
    write_documents(FOLDER)
