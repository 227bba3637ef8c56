"""scikit-learn's linear models for the training benchmark: one task per line on standard input, one result per line on standard output.

A task names a CSV file written by the benchmark, with the label in the last column. Numbers are standardised and categories one-hot
encoded; the processor time of fit() of the whole pipeline is given, and that of the model alone, with the tolerance that is the default and
with one that makes the coefficients exact to four digits.
"""
import json
import os
import sys
import time
import warnings

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.preprocessing import OneHotEncoder, StandardScaler

warnings.filterwarnings("ignore")


def clock(run):
    start = time.process_time()
    result = run()
    return time.process_time() - start, result


for line in sys.stdin:
    task = json.loads(line)
    table = pd.read_csv(task["file"])
    label = table.pop(table.columns[-1])
    numbers = [name for name in table if pd.api.types.is_numeric_dtype(table[name])]
    texts = [name for name in table if name not in numbers]
    transformer = make_column_transformer((StandardScaler(), numbers), (OneHotEncoder(sparse_output=not task["dense"]), texts))
    encoding, encoded = clock(lambda: transformer.fit_transform(table))
    if task["regression"]:
        model, exact = clock(lambda: LinearRegression().fit(encoded, label))[0], None
    else:
        model = clock(lambda: LogisticRegression(max_iter=10_000).fit(encoded, label))[0]
        exact = clock(lambda: LogisticRegression(max_iter=10_000, tol=task["tolerance"]).fit(encoded, label))[0]
    print(json.dumps({"encoding": encoding, "model": model, "exact": exact}), flush=True)
