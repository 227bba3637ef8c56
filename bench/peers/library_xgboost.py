"""XGBoost, for measure_library.py."""

import xgboost

FILE = "model.json"


def train(x, y, tree_count):
    return xgboost.XGBClassifier(n_estimators=tree_count, max_depth=6, learning_rate=0.1, n_jobs=1).fit(x, y)


def save(model, path):
    model.save_model(path)


def list_ways(model):
    booster = model.get_booster()
    return {
        "predict_proba": lambda x: model.predict_proba(x)[:, 1],
        "Booster.predict": lambda x: booster.predict(xgboost.DMatrix(x, nthread=1)),
        "inplace_predict": lambda x: booster.inplace_predict(x),
    }


def to_onnx(model, path):
    from onnxmltools import convert_xgboost
    from onnxmltools.convert.common.data_types import FloatTensorType

    return convert_xgboost(model, initial_types=[("rows", FloatTensorType([None, model.n_features_in_]))])
