"""Has IBM's SDK set up a custom monitor (ibm_watson_openscale/custom_monitor.py) and run it: what it makes is what `register` makes, and
the engine, called as OpenScale calls a metrics provider, posts the same measurements either way."""
import contextlib
import json
import pathlib
import sys
import tempfile
import time
import types
from datetime import datetime, timedelta, timezone
from unittest import mock

from ibm_cloud_sdk_core import ApiException
from ibm_watson_openscale.base_classes import watson_open_scale_v2 as v2
from ibm_watson_openscale.supporting_classes.payload_record import PayloadRecord

import engine
import openscale

# The SDK waits for five seconds before it looks again.
real_sleep = time.sleep
time.sleep = lambda seconds: real_sleep(min(seconds, 0.05))

NAME = "quality"
FIELDS = ["island", "beak_length", "beak_depth", "flipper_length", "body_mass", "sex"]
ROWS = [
    ["Torgersen", 39.1, 18.7, 181, 3750, "MALE"],
    ["Dream", 45.2, 17.8, 198, 3950, "FEMALE"],
    ["Dream", 45.2, 17.8, 198, 3950, "FEMALE"],
    ["Atlantis", None, 17.8, 198, 99999, "FEMALE"],
]
EXPECTED = {
    "checked_records": 4, "faulty_records": 1, "faulty_share": 0.25, "duplicate_records": 1, "missing_columns": 0,
    "missing_values": 1, "wrong_types": 0, "unknown_categories": 1, "out_of_range_values": 1,
}


@contextlib.contextmanager
def start():
    """A double, an engine that knows it, and the file of the engine's providers."""
    with tempfile.TemporaryDirectory() as folder, openscale.start(settle=1) as double:
        file = pathlib.Path(folder) / "metrics.json"
        connection = {
            "url": double.url,
            "authentication": {"type": "cpd", "username": openscale.USERNAME, "password": {"variable": "DOUBLE_PASSWORD"}},
            "poll_interval": 10,
        }
        file.write_text(json.dumps({"openscale": connection, "providers": {NAME: {"type": "data-quality"}}}))
        settings = {"ENGINE_METRICS_PROVIDERS": str(file), "DOUBLE_PASSWORD": openscale.PASSWORD}
        with engine.serve(engine.SAMPLES, settings=settings) as url:
            yield double, url, file


def register(double, url, *options):
    arguments = ["register", "penguins", "--url", url, "--auth", "none", "--monitors", "quality", "--apply", "--json", *options]
    return json.loads(engine.run(*arguments, environment=openscale.to_environment(double)))


def set_up_by_sdk(double, client, url, registered, definition):
    """What the SDK does for a WML function, with the engine in its place."""
    wml = mock.MagicMock()
    wml.deployments.get_details.return_value = {"metadata": {"created_at": "2026-11-26T00:00:00Z"}}
    wml.deployments.get_scoring_href.return_value = f"{url}/v1/metrics-providers/{NAME}"
    sys.modules["ibm_watsonx_ai"] = types.SimpleNamespace(APIClient=lambda *_, **__: wml)
    token = f"grant_type=urn:ibm:params:oauth:grant-type:apikey&apikey={openscale.API_KEY}"
    config = {
        "CLOUD_API_KEY": openscale.API_KEY,
        "SPACE_ID": "space",
        "DATAMART_ID": registered["dataMart"],
        "SUBSCRIPTION_ID": registered["subscription"],
        "CUSTOM_MONITOR_NAME": definition["name"],
        "CUSTOM_METRICS_PROVIDER_CREDENTIALS": {
            "auth_type": "bearer",
            "token_info": {
                "url": f"{double.url}/identity/token",
                "headers": {"Content-type": "application/x-www-form-urlencoded"},
                "payload": token,
                "method": "POST",
            },
        },
        "MONITOR_METRICS": [
            {"name": one["name"], "thresholds": {limit["type"]: limit["default"] for limit in one.get("thresholds", [])}}
            for one in definition["metrics"]
        ],
        "TAGS": [{"name": one["name"], "TAG_DESCRIPTION": one["description"]} for one in definition["tags"]],
        "INPUT_DATA_TYPES": ["structured"],
        "ENABLE_SCHEDULE": True,
    }
    client.custom_monitor.setup_configuration(config, None)


def log_payload(client, subscription):
    found = client.data_sets.list(type="payload_logging", target_target_id=subscription, target_target_type="subscription")
    data_set = found.result.data_sets[0].metadata.id
    answer = {"fields": ["prediction"], "values": [["Adelie"]] * len(ROWS)}
    record = PayloadRecord(request={"fields": FIELDS, "values": ROWS}, response=answer, scoring_id="a", response_time=7)
    client.data_sets.store_records(data_set, request_body=[record], background_mode=False)
    return data_set


def find_instance(client):
    instances = client.monitor_instances.list().result.monitor_instances
    return next(one for one in instances if one.entity.monitor_definition_id.endswith(f"_{NAME}"))


def run(client, instance):
    """Has the monitor run, as its schedule would; gives the measurements as flat objects."""
    ended = client.monitor_instances.run(instance.metadata.id, background_mode=False).result
    if ended.entity.status.state != "finished":
        raise AssertionError(f"the run is {ended}")
    now = datetime.now(timezone.utc)
    listed = client.monitor_instances.measurements.list(
        monitor_instance_id=instance.metadata.id, start=now - timedelta(hours=1), end=now + timedelta(hours=1), run_id=ended.metadata.id
    ).result
    return [
        {one.id: one.value for one in [*value.metrics, *value.tags]}
        for measurement in listed.measurements
        for value in measurement.entity.values
    ]


def describe(double):
    """What was set up, as far as it does not depend on names and credentials."""
    state = double.state
    (definition,) = state["monitor_definitions"]
    (system,) = state["integrated_systems"]
    (instance,) = (one for one in state["monitors"] if one["monitor_definition_id"].endswith(f"_{NAME}"))
    parameters = {**instance["parameters"], "custom_metrics_provider_id": "an id"}
    # What the SDK's default is, and what it leaves out where it is empty.
    return {
        "metrics": [(one["id"], one["name"], one.get("thresholds") or []) for one in definition["metrics"]],
        "tags": [(one["id"], one["name"], one["description"]) for one in definition["tags"]],
        **{key: definition.get(key) for key in ("name", "applies_to", "schedule", "monitor_runtime")},
        "system": (system["type"], sorted(system["connection"]), system["parameters"]),
        "instance": (parameters, instance["target"]),
    }


def check_double(client, instance, data_set):
    """What the double rejects of measurements and runs."""
    problems = []

    def expect_refusal(what, status, work):
        try:
            work()
            problems.append(f"{what}: is accepted")
        except ApiException as error:
            if error.code != status:
                problems.append(f"{what}: {error}")

    now = datetime.now(timezone.utc)
    added = client.monitor_instances.runs.add(monitor_instance_id=instance.metadata.id, triggered_by="user").result.metadata.id

    def measure(metrics, run_id=added):
        request = v2.MonitorMeasurementRequest(timestamp=now, run_id=run_id, metrics=[metrics])
        return client.monitor_instances.add_measurements(instance.metadata.id, [request])

    expect_refusal("a metric of no definition", 400, lambda: measure({"canary": 1}))
    expect_refusal("a tag of no definition", 400, lambda: measure({"checked_records": 1, "canary": "x"}))
    expect_refusal("a metric that is text", 400, lambda: measure({"checked_records": "1"}))
    expect_refusal("a run that does not exist", 404, lambda: measure({"checked_records": 1}, "gone"))
    measure({"checked_records": 1, "column": "sex"})

    def patch(path, value, run_id=added):
        operation = v2.JsonPatchOperation(op="replace", path=path, value=value)
        return client.monitor_instances.runs.update(instance.metadata.id, run_id, [operation])

    expect_refusal("a state that is none", 400, lambda: patch("/status/state", "done"))
    expect_refusal("a patch of something else", 400, lambda: patch("/parameters", {}))
    deadline = time.monotonic() + 60
    while client.monitor_instances.runs.get(instance.metadata.id, added).result.entity.status.state == "running":
        if time.monotonic() > deadline:
            raise AssertionError("the run does not end")
    expect_refusal("the end of a run that has ended", 400, lambda: patch("/status/state", "error"))
    listed = client.data_sets.get_list_of_records(data_set, limit=2, format="list", order="scoring_timestamp:desc").result
    table = listed["records"][0] if isinstance(listed, dict) else listed.records[0].to_dict()
    if len(table["values"]) != 2 or "scoring_timestamp" not in table["fields"]:
        problems.append(f"records as a list: {listed}")
    return problems


def main():
    problems = []
    with start() as (double, url, file):
        registered = register(double, url, "--metrics-providers", file)
        client = double.connect()
        data_set = log_payload(client, registered["subscription"])
        instance = find_instance(client)
        ours, measured = describe(double), run(client, instance)
        definition = double.state["monitor_definitions"][0]
        problems += check_double(client, instance, data_set)
    with start() as (double, url, _):
        registered = register(double, url)
        client = double.connect()
        set_up_by_sdk(double, client, url, registered, definition)
        log_payload(client, registered["subscription"])
        theirs, measured_there = describe(double), run(client, find_instance(client))
    problems += [f"{key}: {ours[key]} by register, {theirs[key]} by the SDK" for key in ours if ours[key] != theirs[key]]
    overall = {key: value for key, value in measured[0].items() if key in EXPECTED}
    if overall != EXPECTED:
        problems.append(f"measured: {overall}")
    if measured != measured_there:
        problems.append(f"measured: {measured} with register, {measured_there} with the SDK")
    print("\n".join(problems) or "sdk: register sets up custom monitors as the SDK does, and the engine computes their metrics")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
