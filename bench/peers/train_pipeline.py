"""Trains the pipeline that the peers serve: one-hot encoded categories and 100 trees of depth 12.

Arguments: a CSV file with the label in the last column, the file to write.
"""
import sys

import joblib
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder

table = pd.read_csv(sys.argv[1])
features, label = table.iloc[:, :-1], table.iloc[:, -1]
categorical = [name for name in features.columns if not pd.api.types.is_numeric_dtype(features[name])]
pipeline = Pipeline(
    [
        ("encode", ColumnTransformer([("categories", OneHotEncoder(handle_unknown="ignore"), categorical)], remainder="passthrough")),
        ("forest", RandomForestClassifier(100, max_depth=12, random_state=1, n_jobs=1)),
    ]
)
joblib.dump(pipeline.fit(features, label), sys.argv[2])
