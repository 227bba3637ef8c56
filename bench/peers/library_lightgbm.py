"""LightGBM, for measure_library.py."""

import lightgbm

FILE = "model.txt"


def train(x, y, tree_count):
    model = lightgbm.LGBMClassifier(n_estimators=tree_count, num_leaves=31, learning_rate=0.1, n_jobs=1, verbose=-1)
    return model.fit(x, y)


def save(model, path):
    model.booster_.save_model(path)


def list_ways(model):
    return {
        "predict_proba": lambda x: model.predict_proba(x)[:, 1],
        "Booster.predict": lambda x: model.booster_.predict(x, num_threads=1),
    }


def to_onnx(model, path):
    from onnxmltools import convert_lightgbm
    from onnxmltools.convert.common.data_types import FloatTensorType

    return convert_lightgbm(
        model, initial_types=[("rows", FloatTensorType([None, model.n_features_in_]))], zipmap=False
    )
