"""Checks that several versions of IBM's SDK create monitors from training-statistics.json, and what they send then."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import requests

import engine
import openscale

# The groups that are compared, per sample; one has none.
CHOICES = {
    "car-mileage": {
        "fairness": [{"feature": "origin", "majority": ["USA"], "minority": ["Japan", "Europe"]},
                     {"feature": "weight", "majority": [[1000, 3000]], "minority": [[3001, 6000]]}],
        "favourable": [[25, 50]],
        "unfavourable": [[0, 24.9]],
    },
    "iris": {},
    "penguin-sex": {
        "fairness": [{"feature": "island", "majority": ["Biscoe"], "minority": ["Torgersen"]}],
        "favourable": ["MALE"],
    },
    "penguins": {
        "fairness": [{"feature": "sex", "majority": ["MALE"], "minority": ["FEMALE"]},
                     {"feature": "body_mass", "majority": [[4000, 6300]], "minority": [[2700, 3999]]}],
        "favourable": ["Adelie", "Gentoo"],
    },
}


def create_monitors(registration):
    """Creates the monitors of a registration with the SDK that is on the path; lists what went wrong."""
    with openscale.start() as double:
        return create_and_check(registration, double)


def create_and_check(registration, double):
    client = double.connect()
    data_mart = client.data_marts.list().result.data_marts[0].metadata.id
    subscription = subscribe(registration, double, data_mart)
    ours = registration["training-statistics.json"]
    # The arguments have other positions in other versions. The SDK changes what it is given.
    client.monitor_instances.create(
        monitor_definition_id=None,
        target=None,
        parameters={},
        data_mart_id=data_mart,
        training_data_stats=json.loads(json.dumps(ours)),
        subscription_id=subscription,
    )
    problems = []
    sent = {body["monitor_definition_id"]: body for body in double.posted("monitor_instances")}
    expected = {"explainability": {"enabled": True, "training_statistics": ours["explainability_configuration"]}}
    if "fairness_configuration" in ours:
        fairness = ours["fairness_configuration"]
        model_type = ours["common_configuration"]["problem_type"]
        expected["fairness"] = {**fairness["parameters"], "model_type": model_type}
        if sent.get("fairness", {}).get("thresholds") != fairness["thresholds"]:
            problems.append("the thresholds are not sent")
    if {monitor: body["parameters"] for monitor, body in sent.items()} != expected:
        problems.append(f"sent {json.dumps(sent)[:2000]}, expected {json.dumps(expected)[:2000]}")
    return problems


def subscribe(registration, double, data_mart):
    """Subscribes without the SDK, whose older versions do it in other ways; gives the id."""
    token = requests.post(
        f"{double.url}/icp4d-api/v1/authorize", json={"username": openscale.USERNAME, "password": openscale.PASSWORD}
    ).json()["token"]

    def post(operation, body):
        url = f"{double.url}/openscale/{openscale.INSTANCE}/v2/{operation}"
        reply = requests.post(url, json=body, headers={"Authorization": f"Bearer {token}"})
        reply.raise_for_status()
        return reply.json()["metadata"]["id"]

    provider = {**registration["service-provider.json"], "credentials": {}}
    ids = {"data_mart_id": data_mart, "service_provider_id": post("service_providers", provider)}
    return post("subscriptions", {**registration["subscription.json"], **ids})


def run_version(version, folder, registrations):
    """Runs this program with the SDK in a folder."""
    environment = {**os.environ, "PYTHONPATH": str(folder), "NO_PROXY": "127.0.0.1", "EXPECTED_SDK": version}
    process = subprocess.run([sys.executable, __file__, registrations], env=environment, text=True, capture_output=True)
    return [] if process.returncode == 0 else [f"sdk {version}: {process.stdout[-3000:]}{process.stderr[-2000:]}"]


def main_of_version(registrations):
    from importlib.metadata import version

    found = version("ibm-watson-openscale")
    problems = [] if found == os.environ["EXPECTED_SDK"] else [f"the SDK is {found}"]
    for deployment, registration in json.loads(pathlib.Path(registrations).read_text(encoding="utf-8")).items():
        problems += [f"{deployment}: {line}" for line in create_monitors(registration)]
    print("\n".join(problems))
    return 1 if problems else 0


def main(folders):
    """Takes folders named after the version that is in them."""
    with tempfile.TemporaryDirectory() as scratch:
        file = pathlib.Path(scratch) / "registrations.json"
        file.write_text(json.dumps({name: engine.register(name, **CHOICES[name]) for name in CHOICES}), encoding="utf-8")
        problems = [line for folder in folders for line in run_version(pathlib.Path(folder).name, folder, file)]
    print("\n".join(problems) or f"sdk: {len(folders)} versions of the SDK create monitors of {len(CHOICES)} deployments")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main_of_version(sys.argv[1]) if os.environ.get("EXPECTED_SDK") else main(sys.argv[1:]))
