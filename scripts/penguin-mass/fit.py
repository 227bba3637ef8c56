"""Fits the LightGBM model of the sample deployment penguin-mass: fit.py ROWS MODEL SCORED.

`npm run samples -- --fit` calls it with a CSV file of the rows, and writes the model and its scores.
"""

import sys

import lightgbm
import pandas

rows, model, scored = sys.argv[1:]
data = pandas.read_csv(rows)
X, y = data.drop(columns="body_mass"), data["body_mass"]
for column in X.select_dtypes("object"):
    X[column] = X[column].astype("category")

# One thread, so that the same file comes out every time.
regressor = lightgbm.LGBMRegressor(
    n_estimators=60, num_leaves=8, min_child_samples=10, random_state=1, deterministic=True, force_row_wise=True, n_jobs=1,
    verbose=-1,
)
regressor.fit(X, y)
regressor.booster_.save_model(model)
pandas.DataFrame({"prediction": regressor.predict(X)}).to_csv(scored, index=False)
