"""Compares what `archive` writes with what IBM's ConfigurationUtility makes of the same rows and the same scores, number by number."""
import contextlib
import copy
import http.server
import io
import json
import logging
import math
import pathlib
import sys
import tarfile
import tempfile
import threading
import time
import traceback
import warnings

import pandas
from ibm_cloud_sdk_core.authenticators import CloudPakForDataAuthenticator
from ibm_metrics_plugin.metrics.drift_v2.utils.drift_utils import load_archive
from ibm_watson_openscale import APIClient
from ibm_watson_openscale.utils.configuration_utility import ConfigurationUtility

import engine
import same_statistics
from archive_tables import make_cases
from live import Live

# The perturbed rows that LIME scores are drawn with numpy's generator; OpenScale draws and scores them itself if they are missing.
ONLY_THEIRS = {"explainability.tar.gz/lime_scored_perturbations.json"}
# Numbers are rounded to four digits; where a sum is added up in another order, the last may differ.
LAST_DIGIT = 1.01e-4
MAX_ODD_DENSITIES = 6
# Drawn at random, or the time and the computer.
UNEQUAL = {"id", "data_set_id", "drift_data_set_id", "packages", "training_data_last_processed_time"}
DATA_MART, PROVIDER, SUBSCRIPTION = "data-mart-1", "provider-1", "subscription-1"
# The monitors that the SDK looks for.
MONITORS = ("Performance", "Fairness", "Drift", "Drift V2", "Quality", "Explainability", "Model Health")


def read_members(content):
    """The files of an archive and of the archives in it, by path; JSON as what it means."""
    members = {}
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
        for member in archive:
            data = archive.extractfile(member).read()
            if member.name.endswith(".tar.gz"):
                members.update({f"{member.name}/{name}": inner for name, inner in read_members(data).items()})
            else:
                members[member.name] = json.loads(data)
    return members


def make_theirs(case, deployment, rows, importances):
    common = {
        "problem_type": deployment.problem,
        "asset_type": "model",
        "input_data_type": "structured",
        "label_column": deployment.label,
        "feature_columns": deployment.features,
        "categorical_columns": deployment.categories,
        "prediction_column": "prediction",
        "class_labels": deployment.statistics["class_labels"],
        "enable_fairness": bool(case.fairness),
        "enable_explainability": True,
        "enable_drift": False,
        "enable_drift_v2": True,
        "notebook_version": "5.0",
    }
    if deployment.problem != "regression":
        common["probability_column"] = "probability"
    fairness = {
        "fairness_attributes": case.fairness,
        "favourable_class": case.favourable,
        "unfavourable_class": case.unfavourable,
        "min_records": 100,
    }
    # The tool writes into the current folder.
    with tempfile.TemporaryDirectory() as scratch, contextlib.chdir(scratch):
        start = time.monotonic()
        utility = ConfigurationUtility(training_data=rows.copy(), common_parameters=common, scoring_fn=deployment.score)
        utility.create_configuration_package(
            explainability_parameters={},
            fairness_parameters=fairness if case.fairness else None,
            drift_v2_parameters={"advanced_controls": {"enable_model_quality_drift": False}},
            display_link=False,
            feature_importance=importances,
        )
        content = pathlib.Path("configuration_archive.tar.gz").read_bytes()
        return read_members(content), time.monotonic() - start


def make_ours(case, folder, file, out):
    start = time.monotonic()
    engine.run("archive", case.name, "--data", file, "--deployments", folder, "--out", out, "--force",
               *engine.to_fairness_options(case.fairness, case.favourable, case.unfavourable))
    return read_members(out.read_bytes()), time.monotonic() - start


def record_importances(folder, case):
    """Gives every feature another importance: IBM takes equally important features in the random order of a Python set."""
    path = folder / case.name / "deployment.json"
    deployment = json.loads(path.read_text(encoding="utf-8"))
    names = [column["name"] for column in deployment["columns"]]
    # Each number once, in another order than that of the columns.
    step = next(step for step in range(7, 1000) if math.gcd(step, len(names)) == 1)
    deployment["training"]["importances"] = [
        {"feature": name, "mean": (index * step % len(names)) / 100, "std": 0} for index, name in enumerate(names)
    ]
    path.write_text(json.dumps(deployment), encoding="utf-8")


def compare(ours, theirs, place):
    """Lists the differences of two JSON values."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        keys = (ours.keys() | theirs.keys()) - UNEQUAL
        missing = [f"{place}.{key}: only {'ours' if key in ours else 'theirs'}" for key in keys if (key in ours) != (key in theirs)]
        return missing + [line for key in keys if key in ours and key in theirs for line in compare(ours[key], theirs[key], f"{place}.{key}")]
    if isinstance(ours, list) and isinstance(theirs, list):
        if len(ours) != len(theirs):
            return [f"{place}: {len(ours)} items, theirs {len(theirs)}"]
        return [line for index, pair in enumerate(zip(ours, theirs)) for line in compare(*pair, f"{place}[{index}]")]
    numeric = all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in (ours, theirs))
    if numeric:
        return [] if math.isclose(ours, theirs, rel_tol=1e-9, abs_tol=LAST_DIGIT) else [f"{place}: {ours}, theirs {theirs}"]
    return [] if type(ours) is type(theirs) and ours == theirs else [f"{place}: {ours!r}, theirs {theirs!r}"]


def compare_operation(ours, theirs, place):
    """As compare, but buffers are estimated, and densities may differ where KDEpy leaves out points at the rim of the kernel."""
    problems = []
    for name in ours["statistics"].keys() & theirs["statistics"].keys():
        one, other = ours["statistics"][name], theirs["statistics"][name]
        if one["kind"] == "continuous_statistics":
            problems += compare_densities(*(part["percentages_densities"].pop("values") for part in (one, other)), f"{place}.{name}")
        if "statistical_buffers" in one and "statistical_buffers" in other:
            values = [part["statistical_buffers"].pop("values") for part in (one, other)]
            for count, *pair in zip(one["frequency_counts"]["values"], *values):
                # IBM's is estimated from 10,000 draws: to a row, or with many rows to about one in a hundred.
                if abs(pair[0] - pair[1]) * count > max(1.01, 0.04 * pair[1] * count) + LAST_DIGIT * count:
                    problems.append(f"{place}.{name}: buffer {pair[0]} of {count} rows, theirs {pair[1]}")
    return problems + compare(ours, theirs, place)


def compare_densities(ours, theirs, place):
    """A few points may differ by a hundredth of the greatest density, all others by a ten-thousandth."""
    greatest = max(theirs, default=0)
    differences = [abs(one - other) for one, other in zip(ours, theirs)]
    exact, near = max(LAST_DIGIT, 1e-4 * greatest), max(LAST_DIGIT, 1e-2 * greatest)
    odd = sum(difference > exact for difference in differences)
    if len(ours) == len(theirs) and odd <= MAX_ODD_DENSITIES and all(difference <= near for difference in differences):
        return []
    return [f"{place}: {odd} of {len(ours)} densities differ, the most by {max(differences, default=0):g} of {greatest:g}"]


def compare_summary(ours, theirs, place):
    # IBM lists operations of equal kinds in another order each time.
    for part in (ours, theirs):
        part["operations"].sort(key=lambda operation: operation["name"])
        part.get("unique_labels", []).sort(key=str)
    return compare(ours, theirs, place)


def compare_common(ours, theirs, place):
    """The schemas of the deployment say more, and long where IBM says integer."""
    one, other = ours["common_configuration"], theirs["common_configuration"]
    for part in (one, other):
        for key in ("categorical_fields", "categorical_columns"):
            part[key] = sorted(part[key])
        for key in ("input_data_schema", "output_data_schema", "training_data_schema"):
            part[key] = [[field["name"], to_type(field["type"])] for field in part[key]["fields"]]
    if one["problem_type"] == "regression":
        # IBM says that predictions have the type of the label.
        for part in (one, other):
            part["output_data_schema"][-1][1] = "double"
    return compare(ours, theirs, place)


def to_type(kind):
    return "array" if isinstance(kind, dict) else {"long": "integer"}.get(kind, kind)


def compare_members(ours, theirs, case):
    problems = [f"{name}: only theirs" for name in theirs.keys() - ours.keys() - ONLY_THEIRS]
    problems += [f"{name}: only ours" for name in ours.keys() - theirs.keys()]
    for name in ours.keys() & theirs.keys():
        one, other = copy.deepcopy(ours[name]), copy.deepcopy(theirs[name])
        if name == "common_configuration.json":
            problems += compare_common(one, other, name)
        elif name == "fairness_statistics.json":
            problems += same_statistics.check_fairness(one, other, case)
        elif name.endswith("training_statistics.json"):
            one, other = one["training_statistics"], other["training_statistics"]
            problems += same_statistics.check_explainability(one, other, name)
        elif name.endswith("summary.json"):
            problems += compare_summary(one, other, name)
        elif "/operations/" in name:
            problems += compare_operation(one, other, name)
        else:
            problems += compare(one, other, name)
    return problems


def spoil(value, path=()):
    """Yields copies of a JSON value, in each of which one number or text is another."""
    def walk(part, path):
        if isinstance(part, dict):
            for key, inner in part.items():
                if key not in UNEQUAL:
                    yield from walk(inner, (*path, key))
        elif isinstance(part, list):
            if part:
                yield from walk(part[len(part) // 2], (*path, len(part) // 2))
        else:
            yield path

    for place in walk(value, path):
        changed = copy.deepcopy(value)
        parent = changed
        for key in place[:-1]:
            parent = parent[key]
        was = parent[place[-1]]
        parent[place[-1]] = (not was) if isinstance(was, bool) else was * 2 + 1000 if isinstance(was, (int, float)) else f"{was} changed"
        yield place, changed


def check_teeth(ours, theirs, case):
    """Lists what can be changed in our archive without a difference being found."""
    missed = []
    for name, content in ours.items():
        # What is explained by the case's own comparison is looser: schemas say more, and IBM's ranges are not compared.
        if name in ("common_configuration.json", "fairness_statistics.json") or name.endswith("training_statistics.json"):
            continue
        for place, changed in spoil(content):
            if not compare_members({name: changed}, {name: theirs[name]}, case):
                missed.append(f"{name}: {place} can be changed unnoticed")
    for name in ours:
        if not compare_members({key: value for key, value in ours.items() if key != name}, theirs, case):
            missed.append(f"{name} can be missing unnoticed")
    return missed


class BatchOpenScale(http.server.ThreadingHTTPServer):
    """Answers what the SDK asks to enable monitors from an archive, and records what it sends."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), BatchHandler)
        self.sent = []
        threading.Thread(target=self.serve_forever, daemon=True).start()


class BatchHandler(http.server.BaseHTTPRequestHandler):
    def do_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.sent.append((self.command, self.path.partition("?")[0].rpartition("/v2/")[2], body))
        source = {"type": "payload", "connection": {"type": "jdbc", "integrated_system_id": "system-1"}}
        asset = {"asset_id": "a", "asset_type": "model", "name": "n", "url": "", "problem_type": "binary", "input_data_type": "structured"}
        entity = {"data_mart_id": DATA_MART, "service_provider_id": PROVIDER, "asset": asset, "data_sources": [source],
                  "monitor_definition_id": "any", "target": {"target_type": "subscription", "target_id": SUBSCRIPTION},
                  "deployment": {"deployment_id": "a", "deployment_type": "online", "name": "n", "url": ""}}
        answer = {"token": "token", "accessToken": "token", "monitor_definitions": [to_resource(name.lower(), {"name": name, "tags": [], "metrics": []}) for name in MONITORS],
                  "data_marts": [], "service_providers": [], **to_resource("one", entity)}
        text = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_PUT = do_PATCH = do_any

    def log_message(self, *_):
        pass


def to_resource(identifier, entity):
    metadata = {"id": identifier, "crn": "", "url": "", "created_at": "2026-11-23T00:00:00Z", "created_by": ""}
    return {"metadata": metadata, "entity": {**entity, "status": {"state": "active"}}}


def check_accepted(path, members):
    """IBM's plugin loads the baseline, and the SDK enables all monitors from the archive."""
    with tempfile.TemporaryDirectory() as scratch, contextlib.chdir(scratch):
        with tarfile.open(path) as archive:
            archive.extract("drift_v2_archive.tar.gz", filter="data")
        data_set = load_archive("drift_v2_archive.tar.gz")
        operations = members["drift_v2_archive.tar.gz/summary.json"]["operations"]
        problems = [] if len(data_set.operations) == len(operations) else ["IBM's plugin does not load all operations"]
        openscale = BatchOpenScale()
        url = f"http://127.0.0.1:{openscale.server_port}"
        client = APIClient(authenticator=CloudPakForDataAuthenticator(url=url, username="admin", password="password"), service_url=url)
        table = {"data": {"auto_create": True, "database": "d", "schema": "s", "table": "t"}}
        client.monitor_instances.enable_monitors(
            DATA_MART, PROVIDER, SUBSCRIPTION, str(path), explain_queue_table=copy.deepcopy(table), explain_results_table=copy.deepcopy(table),
        )
        openscale.shutdown()
    sent = [body for method, operation, body in openscale.sent if (method, operation) == ("POST", "monitor_instances")]
    fairness = [json.loads(body) for body in sent if b"training_data_distributions" in body]
    if not fairness or fairness[0]["parameters"] != members["fairness_statistics.json"]["parameters"]:
        problems.append("the SDK does not send the fairness parameters")
    if len(sent) != 4:
        problems.append(f"the SDK enables {len(sent)} monitors, not fairness, quality, drift and explanations")
    uploads = [operation for method, operation, body in openscale.sent if body.startswith(b"\x1f\x8b")]
    return problems + ([] if len(uploads) == 2 else [f"the SDK uploads {uploads}"])


def check(case, url, folder, scratch):
    file = pathlib.Path(scratch) / f"{case.name}-archived.csv"
    case.write_archived(file)
    deployment = Live(url, case.name, folder, file)
    ours, our_time = make_ours(case, folder, file, pathlib.Path(scratch) / f"{case.name}.tar.gz")
    rows = pandas.read_csv(file, keep_default_na=True)[[*deployment.features, deployment.label]].dropna().reset_index(drop=True)
    # What a column is with missing cells, pandas forgets: whole numbers are whole as the deployment says.
    kinds = {"integer": "int64", "long": "int64", "double": "float64", "boolean": "bool", "string": "object"}
    for name, kind in deployment.types.items():
        rows[name] = rows[name].map(lambda cell: str(cell).lower() == "true") if kind == "boolean" and rows[name].dtype == object else rows[name].astype(kinds[kind])
    importances = ours["drift_v2_archive.tar.gz/summary.json"]["feature_importance"]
    theirs, their_time = make_theirs(case, deployment, rows, {name: importances[name] for name in deployment.features})
    problems = compare_members(ours, theirs, case)
    print(f"{case.name}: {len(rows)} rows, {len(ours)} files, ours {our_time:.1f} s, IBM's {their_time:.1f} s, {len(problems)} differences")
    if case.has_teeth_checked and not problems:
        problems += check_accepted(pathlib.Path(scratch) / f"{case.name}.tar.gz", ours)
        problems += check_teeth(ours, theirs, case)
    return [f"archive: {case.name}: {line}" for line in problems]


def main():
    warnings.filterwarnings("ignore")
    logging.disable(logging.CRITICAL)
    problems = []
    cases = [case for case in make_cases() if not sys.argv[1:] or case.name in sys.argv[1:]]
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch) / "deployments"
        for case in cases:
            engine.train(case, scratch, kind="random-forest")
            record_importances(folder, case)
        with engine.serve(folder) as url:
            for case in cases:
                try:
                    problems += check(case, url, folder, scratch)
                except Exception as error:
                    traceback.print_exc()
                    problems.append(f"archive: {case.name}: {error!r}")
    print("\n".join(problems) or f"sdk: the archives of {len(cases)} tables are those of IBM's configuration utility")
    return 1 if problems or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
