"""CatBoost, for measure_library.py."""

import catboost
import onnx

FILE = "model.json"


def train(x, y, tree_count):
    model = catboost.CatBoostClassifier(
        iterations=tree_count, depth=6, learning_rate=0.1, thread_count=1, verbose=0, allow_writing_files=False
    )
    return model.fit(x, y)


def save(model, path):
    model.save_model(path, format="json")


def list_ways(model):
    return {
        "predict_proba": lambda x: model.predict_proba(x, thread_count=1)[:, 1],
        "Probability": lambda x: model.predict(x, prediction_type="Probability", thread_count=1)[:, 1],
    }


def to_onnx(model, path):
    model.save_model(path, format="onnx")
    return onnx.load(path)
