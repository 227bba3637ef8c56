"""Writes a case of the proof of kinds: a folder with a model file and a case.json, which model-case.ts reads.

A script make-NAME.py is called with the folder to write cases into, and with --small when it must write only the small cases
that are committed in test/fixtures/NAME/. (A script NAME.py would hide the package of that name.)
"""

import argparse
import json
import math
import os
import shutil


def parse_arguments():
    """Returns the folder (created, and without the cases of an earlier run), and whether only the small cases are wanted."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--small", action="store_true")
    arguments = parser.parse_args()
    for name in os.listdir(arguments.folder) if os.path.isdir(arguments.folder) else []:
        if os.path.exists(os.path.join(arguments.folder, name, "case.json")):
            shutil.rmtree(os.path.join(arguments.folder, name))
    os.makedirs(arguments.folder, exist_ok=True)
    return arguments.folder, arguments.small


def to_plain(value):
    """Converts a scalar of NumPy or pandas to one of JSON. NaN, None and NaT become None; a float32 keeps its exact value."""
    if value is None:
        return None
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        if math.isinf(value):
            raise ValueError("JSON has no infinity")
        return None if math.isnan(value) else value
    return None if value != value else str(value)


def to_columns(names, types=None, categories=None):
    """Returns the columns of a deployment: `types` by name ("double" by default), `categories` by name, in order."""
    columns = []
    for index, name in enumerate(names):
        column = {"name": name, "type": (types or {}).get(name, "double"), "nullable": True}
        if name in (categories or {}):
            column["categories"] = [to_plain(category) for category in categories[name]]
        columns.append(column)
    return columns


def write_case(
    folder,
    name,
    kind,
    save,
    columns,
    rows,
    predictions=None,
    probabilities=None,
    classes=None,
    settings=None,
    tolerance=1e-6,
    refused=None,
    **keys,
):
    """Writes a case.

    save: called with the path of the case's folder; saves the model there, under the name that the kind expects
    columns: of the deployment, as to_columns returns them
    rows: one list per row, in the order of the columns
    predictions: the library's, one per row: a class of `classes`, or a number
    probabilities: the library's, one list per row in the order of `classes`; None if it has none
    classes: None for a regression
    tolerance: the greatest difference |ours - theirs| / max(1, |theirs|)
    refused: a part of the message with which the model must be refused; then there are no predictions
    keys: further keys of deployment.json
    """
    path = os.path.join(folder, name)
    os.makedirs(path)
    save(path)
    label = {"name": "target", "type": "double"}
    if classes is not None:
        classes = [to_plain(label_class) for label_class in classes]
        label = {"name": "target", "type": "string" if isinstance(classes[0], str) else "long", "classes": classes}
    problem_type = "regression" if classes is None else "binary" if len(classes) == 2 else "multiclass"
    case = {
        "deployment": {
            "kind": kind,
            "problem_type": problem_type,
            "columns": columns,
            "label": label,
            "settings": settings or {},
            **keys,
        },
        "rows": [[to_plain(cell) for cell in row] for row in rows],
    }
    if refused is not None:
        case["refused"] = refused
    else:
        case["predictions"] = [to_plain(prediction) for prediction in predictions]
        if probabilities is not None:
            case["probabilities"] = [[to_plain(value) for value in row] for row in probabilities]
        case["tolerance"] = tolerance
    with open(os.path.join(path, "case.json"), "w") as file:
        json.dump(case, file, allow_nan=False, separators=(",", ":"))
        file.write("\n")
