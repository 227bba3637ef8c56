"""An engine written like a tutorial: Flask and scikit-learn, one model, one route, no validation, much of it hard-coded.

docs/conformance.md shows the report of `custom-ml-engine check` on it. Prints the port that it listens on.
"""
import numpy as np
import pandas as pd
from flask import Flask, jsonify, request
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from werkzeug.serving import make_server

app = Flask(__name__)
HOST = "http://127.0.0.1:5000"
FEATURES = ["age", "amount", "duration", "housing"]


def train():
    random = np.random.default_rng(1)
    frame = pd.DataFrame({
        "age": random.integers(18, 75, 400),
        "amount": random.integers(250, 20000, 400),
        "duration": random.integers(4, 72, 400),
        "housing": random.choice(["own", "rent", "free"], 400),
    })
    risk = np.where(frame["amount"] / frame["age"] + 3 * frame["duration"] > 300, "Risk", "No Risk")
    encoder = ColumnTransformer([("housing", OneHotEncoder(), ["housing"])], remainder="passthrough")
    return make_pipeline(encoder, RandomForestClassifier(20, random_state=1)).fit(frame, risk)


model = train()


@app.route("/v1/deployments")
def deployments():
    return jsonify({
        "count": 2,
        "resources": [{
            "metadata": {"guid": "credit", "created_at": "2019-01-01T10:11:12Z", "modified_at": "2019-01-02T12:00:22Z"},
            "entity": {
                "name": "Credit risk",
                "description": "Scikit-learn credit risk",
                "scoring_url": HOST + "/v1/deployments/credit/online",
                "asset": {"name": "credit", "guid": "credit"},
                "asset_properties": {"problem_type": "binary", "input_data_type": "structured"},
            },
        }],
    })


@app.route("/v1/deployments/credit/online", methods=["POST"])
def score():
    payload = request.get_json(force=True, silent=True)
    if not payload:
        return jsonify({})
    frame = pd.DataFrame(payload["values"], columns=payload["fields"])
    predictions = model.predict(frame[FEATURES])
    probabilities = model.predict_proba(frame[FEATURES])
    values = [[prediction, list(row)] for prediction, row in zip(predictions, probabilities)]
    return jsonify({"fields": ["prediction", "probability"], "labels": ["Risk", "No Risk"], "values": values})


if __name__ == "__main__":
    server = make_server("127.0.0.1", 0, app, threaded=True)
    print(server.server_port, flush=True)
    server.serve_forever()
