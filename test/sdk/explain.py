"""Checks that IBM's LIME explains scores of a live engine, and with our statistics exactly as with IBM's own."""
import json
import logging
import math
import sys
import warnings

from ibm_metrics_plugin.metrics.explainability.entity.explain_config import ExplainConfig
from ibm_metrics_plugin.metrics.explainability.explainers.lime.lime_tabular_explainer import LimeTabularExplainer
from ibm_watson_openscale.utils.training_stats import TrainingStats

import live

ROWS = 3
PERTURBATIONS = 1000


def compute_theirs(deployment):
    info = {
        "label_column": deployment.label,
        "feature_columns": deployment.features,
        "categorical_columns": deployment.categories,
        "problem_type": deployment.problem,
        "prediction_column": "prediction",
        "probability_column": "probability",
        "enable_fairness": False,
    }
    theirs = TrainingStats(deployment.read(), info).get_training_statistics()["explainability_configuration"]
    # Theirs are in the order of the rows, and LIME takes them for the order of the probabilities.
    return {**theirs, "class_labels": deployment.statistics["class_labels"]}


def explain(deployment, statistics):
    """Explains the first rows; returns the weights of the features by their names, for each prediction of each row."""
    rows = deployment.read().head(ROWS)[deployment.features]
    answer = deployment.ask(rows)
    columns = ["prediction"] if deployment.problem == "regression" else ["prediction", "probability"]
    configuration = ExplainConfig(
        input_data_type="structured",
        problem_type=deployment.problem,
        features=deployment.features,
        categorical_features=deployment.categories,
        metric_types=["lime"],
        prediction_column="prediction",
        probability_column=None if deployment.problem == "regression" else "probability",
        training_stats=json.loads(json.dumps(statistics)),
        # IBM's reader fails on the booleans that IBM's TrainingStats writes, where the schema says that they are booleans.
        features_schema={name: kind for name, kind in deployment.types.items() if kind != "boolean"},
        parameters={"lime": {"perturbations_count": PERTURBATIONS}},
    )
    explainer = LimeTabularExplainer(configuration)
    explainer.initialize()
    explained = explainer.explain(data=rows.assign(**answer[columns]), scoring_fn=deployment.score)
    return [
        {feature["feature_name"]: feature["raw_weight"] for feature in prediction.get("explanation_features", [])}
        for one in explained["local_explanations"]
        for prediction in one["predictions"]
    ]


def check(deployment):
    ours = explain(deployment, deployment.statistics)
    theirs = explain(deployment, compute_theirs(deployment))
    if not any(ours) or [list(weights) for weights in ours] != [list(weights) for weights in theirs]:
        return [f"{deployment.name}: explained by {ours}, with IBM's statistics by {theirs}"]
    pairs = [(name, one[name], other[name]) for one, other in zip(ours, theirs) for name in one]
    return [
        f"{deployment.name}: {name}: {one}, with IBM's statistics {other}"
        for name, one, other in pairs
        if not math.isclose(one, other, rel_tol=1e-6, abs_tol=1e-9)
    ]


def main():
    warnings.filterwarnings("ignore")
    logging.disable(logging.CRITICAL)
    with live.serve("zero-inflated", "wide", "mixed") as deployments:
        problems = [f"explain: {line}" for deployment in deployments for line in check(deployment)]
        count = len(deployments)
    print("\n".join(problems) or f"sdk: IBM's LIME explains {count} deployments with our statistics as with its own")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
