"""Checks that IBM's drift trainer and its configuration utility get what they need from a live engine."""
import contextlib
import io
import json
import logging
import pathlib
import sys
import tarfile
import tempfile
import warnings

import numpy
from ibm_watson_openscale.utils.configuration_utility import ConfigurationUtility
from ibm_wos_utils.drift.drift_trainer import DriftTrainer

import live

# What the configuration utility perturbs for LIME.
PERTURBATIONS = 5000
MEMBERS = {"common_configuration.json", "explainability.tar.gz", "drift_v2_archive.tar.gz"}


def check_drift_trainer(deployment, folder):
    rows = deployment.read()
    inputs = {
        "feature_columns": deployment.features,
        "categorical_columns": deployment.categories,
        "label_column": deployment.label,
        "problem_type": deployment.problem,
    }
    expected = {"data_drift_constraints.json", "ddm_properties.json"}
    if deployment.problem == "regression":
        trainer = DriftTrainer(rows, inputs)
    else:
        # It learns where a model is wrong, and refuses models that are always right on their training data.
        classes = sorted(rows[deployment.label].unique())
        rows[deployment.label] = [
            classes[(classes.index(label) + 1) % len(classes)] if row % 5 == 0 else label
            for row, label in enumerate(rows[deployment.label])
        ]
        trainer = DriftTrainer(rows, inputs)
        trainer.generate_drift_detection_model(deployment.score, optimise=False, progress_bar=False, check_for_ddm_quality=False)
        expected.add("drift_detection_model.pkl")
    trainer.learn_constraints(progress_bar=False)
    trainer.create_archive(file_name="drift.tar.gz")
    names = read_archive((folder / "drift.tar.gz").read_bytes()).keys()
    # The classifiers among them score all rows.
    scored = sum(deployment.calls) == (0 if deployment.problem == "regression" else len(rows))
    return [] if names == expected and scored else [f"the drift archive has {sorted(names)}, the calls {deployment.calls}"]


def read_archive(content):
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
        return {pathlib.PurePath(member.name).name: archive.extractfile(member).read() for member in archive if member.isfile()}


def check_configuration(deployment, folder):
    """The archive has its members; the perturbed rows were scored; and its statistics are ours."""
    is_regression = deployment.problem == "regression"
    common = {
        "problem_type": deployment.problem,
        "asset_type": "model",
        "input_data_type": "structured",
        "label_column": deployment.label,
        "feature_columns": deployment.features,
        "categorical_columns": deployment.categories,
        "prediction_column": "prediction",
        "probability_column": None if is_regression else "probability",
        "class_labels": deployment.statistics["class_labels"],
        "enable_fairness": False,
        "enable_explainability": True,
        "enable_drift": False,
        "enable_drift_v2": True,
        "notebook_version": "5.0",
    }
    utility = ConfigurationUtility(training_data=deployment.read(), common_parameters=common, scoring_fn=deployment.score)
    utility.create_configuration_package(
        explainability_parameters={},
        fairness_parameters=None,
        drift_v2_parameters={"enable_model_quality_drift": False},
        display_link=False,
    )
    archive = read_archive((folder / "configuration_archive.tar.gz").read_bytes())
    if not MEMBERS <= archive.keys():
        return [f"the archive has {sorted(archive)}"]
    explanations = read_archive(archive["explainability.tar.gz"])
    scored = json.loads(explanations["lime_scored_perturbations.json"])
    problems = []
    if len(scored["predictions"]) != PERTURBATIONS:
        problems.append(f"{len(scored['predictions'])} perturbed rows are scored")
    if not is_regression and numpy.array(scored["probabilities"]).shape != (PERTURBATIONS, len(deployment.labels)):
        problems.append(f"the probabilities have the shape {numpy.array(scored['probabilities']).shape}")
    theirs = json.loads(explanations["training_statistics.json"])["training_statistics"]
    if theirs["feature_values"] != deployment.statistics["feature_values"]:
        problems.append("the training statistics are not ours")
    if not any("continuous_feature_counts" in name for name in read_archive(archive["drift_v2_archive.tar.gz"])):
        problems.append("the drift archive has no distributions")
    return problems


def main():
    warnings.filterwarnings("ignore")
    logging.disable(logging.CRITICAL)
    problems = []
    with live.serve("wide") as deployments:
        for deployment in deployments:
            # IBM's tools write into the current folder.
            with tempfile.TemporaryDirectory() as scratch, contextlib.chdir(scratch):
                folder = pathlib.Path(scratch)
                found = [*check_drift_trainer(deployment, folder), *check_configuration(deployment, folder)]
            problems += [f"archives: {deployment.name}: {line}" for line in found]
    print("\n".join(problems) or f"sdk: IBM's drift trainer and configuration utility serve {len(deployments)} deployments")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
