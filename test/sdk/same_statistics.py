"""Compares training-statistics.json, number by number, with what IBM's TrainingStats computes of the same tables."""
import concurrent.futures
import json
import math
import sys
import tempfile
import warnings

import numpy
import pandas
from ibm_watson_openscale.utils.training_stats import TrainingStats

import engine
from tables import make_tables


def compute_theirs(table, file):
    info = {
        "label_column": table.label,
        "feature_columns": table.features,
        "categorical_columns": [*table.categorical, *find_categories(file, table)],
        "problem_type": table.problem,
        "prediction_column": "prediction",
        "probability_column": "probability",
        "fairness_inputs": {
            "fairness_attributes": table.fairness,
            "favourable_class": table.favourable,
            "unfavourable_class": table.unfavourable,
            "min_records": 100,
        },
    }
    text = json.dumps(TrainingStats(pandas.read_csv(file), info).get_training_statistics(), default=to_plain)
    return json.loads(text)


def find_categories(file, table):
    types = pandas.read_csv(file).dtypes
    return [name for name in table.features if types[name] in (object, bool) and name not in table.categorical]


def to_plain(value):
    return value.item()


def compare(ours, theirs, place):
    """Lists the differences; numbers may differ by what rounding explains."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        both = [line for key in ours if key in theirs for line in compare(ours[key], theirs[key], f"{place}.{key}")]
        return [*both, *(f"{place}.{key}: only in one of the two" for key in ours.keys() ^ theirs.keys())]
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        return [line for index, pair in enumerate(zip(ours, theirs)) for line in compare(*pair, f"{place}[{index}]")]
    numeric = all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in (ours, theirs))
    if numeric and math.isclose(ours, theirs, rel_tol=1e-9, abs_tol=1e-18):
        return []
    return [] if type(ours) is type(theirs) and ours == theirs else [f"{place}: ours {ours!r}, IBM's {theirs!r}"]


def check_explainability(ours, theirs, place):
    # IBM repeats equal quartiles here, and drops the repetitions when it reads them.
    theirs["d_bins"] = {key: numpy.unique(cuts).tolist() for key, cuts in theirs["d_bins"].items()}
    # Ours are in the order of the probabilities, as explanations need them.
    for labels in (ours, theirs):
        labels["class_labels"] = sorted(labels["class_labels"])
    # IBM lists them in the order of its caller.
    theirs["categorical_columns"] = [name for name in theirs["feature_columns"] if name in theirs["categorical_columns"]]
    return compare(ours, theirs, f"{place}.explainability_configuration")


def check_fairness(ours, theirs, table):
    place = f"{table.name}.fairness_configuration"
    for part in (ours, theirs):
        part["parameters"].pop("training_data_last_processed_time")
    problems = compare(ours["parameters"], theirs["parameters"], f"{place}.parameters")
    problems += compare(ours["thresholds"], theirs["thresholds"], f"{place}.thresholds")
    for one, other, groups in zip(ours["distributions"], theirs["distributions"], [*table.fairness, None]):
        if groups is None:
            for part in (one, other):
                if "distinct_values" in part:
                    part["distinct_values"].sort()
        elif table.problem == "regression":
            # IBM counts the different labels here, not the rows; what it counts for groups is right, and compared above.
            for part in (one, other):
                part.pop("class_labels")
        elif any(isinstance(bucket["label"], str) and isinstance(groups["majority"][0], list) for bucket in one["class_labels"]):
            problems += check_ranges(one.pop("class_labels"), groups, ours["parameters"], place)
            theirs_ranges = other.pop("class_labels")
            problems += [] if len(theirs_ranges) <= 55 else [f"{place}: IBM has {len(theirs_ranges)} ranges"]
        problems += compare(one, other, f"{place}.{one['attribute']}")
    return problems


def check_ranges(buckets, groups, parameters, place):
    """The ranges inside a group hold the rows of the group, label by label, and none is cut by a bound of one."""
    problems = [] if len(buckets) <= 55 else [f"{place}: {len(buckets)} ranges"]
    for group in [*groups["majority"], *groups["minority"]]:
        counted = {}
        for bucket in buckets:
            low, high = json.loads(bucket["label"])
            if low >= group[0] and high <= group[1]:
                for count in bucket["counts"]:
                    counted[count["class_value"]] = counted.get(count["class_value"], 0) + count["count"]
            elif high >= group[0] and low <= group[1]:
                problems.append(f"{place}: {bucket['label']} is partly in {group}")
        rows = parameters["training_data_distributions"]["values"]
        expected = {row[2]: row[3] for row in rows if row[0] == groups["feature"] and row[1] == group}
        if counted != expected or not expected:
            problems.append(f"{place}: the ranges in {group} have {counted}, the group has {expected}")
    return problems


def check(table, folder):
    file = engine.train(table, folder)
    ours = json.loads(json.dumps(engine.register(
        table.name, folder=f"{folder}/deployments", fairness=table.fairness, favourable=table.favourable, unfavourable=table.unfavourable
    )["training-statistics.json"]))
    theirs = compute_theirs(table, file)
    problems = [f"{table.name}.{key}: missing" for key in theirs if key not in ours]
    common = set(theirs["common_configuration"]) - set(ours["common_configuration"])
    problems += [f"{table.name}.common_configuration.{key}: missing" for key in common]
    for key in ("problem_type", "label_column", "prediction", "probability", "feature_fields", "feature_columns"):
        wanted = theirs["common_configuration"][key]
        if table.problem == "regression" and key == "probability":
            wanted = None
        problems += compare(ours["common_configuration"][key], wanted, f"{table.name}.common_configuration.{key}")
    problems += check_explainability(ours["explainability_configuration"], theirs["explainability_configuration"], table.name)
    return problems + check_fairness(ours["fairness_configuration"], theirs["fairness_configuration"], table)


def main():
    warnings.filterwarnings("ignore")
    tables = make_tables()
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(2) as pool:
        problems = [f"statistics: {line}" for found in pool.map(lambda table: check(table, folder), tables) for line in found]
    print("\n".join(problems) or f"sdk: the statistics of {len(tables)} tables are those of IBM's TrainingStats")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
