"""Learns a forest of full depth with scikit-learn, for the benchmark of large forests: the CSV file and the number of trees are
the arguments. Categories are codes, as in ours.
"""
import sys

import pandas
from sklearn.ensemble import RandomForestClassifier

table = pandas.read_csv(sys.argv[1])
labels = table.pop("label")
for name in table.columns:
    if not pandas.api.types.is_numeric_dtype(table[name]):
        table[name] = table[name].astype("category").cat.codes
rows = int(0.8 * len(table))
matrix = table.to_numpy(dtype="float32")
forest = RandomForestClassifier(int(sys.argv[2]), n_jobs=-1, random_state=1).fit(matrix[:rows], labels[:rows])
print(forest.score(matrix[rows:], labels[rows:]))
