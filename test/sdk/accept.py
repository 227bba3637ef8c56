"""Checks that IBM's SDK accepts what `register` writes for the sample deployments; exits with 1 otherwise."""
import copy
import json
import os
import pathlib
import subprocess
import sys
import tempfile

from ibm_watson_openscale.base_classes.watson_open_scale_v2 import (
    Asset,
    AssetDeploymentRequest,
    AssetPropertiesRequest,
    CustomCredentials,
    SparkStructFieldObject,
    SparkStructFieldPrimitive,
)

from engine import SAMPLES, run
from openscale import DATA_MART, PROVIDER, SUBSCRIPTION, OpenScale

ENGINE_URL = "https://models.example.com/engine"
CREDENTIALS = {"username": "engine user", "password": "engine password"}
SCHEMAS = ("input_data_schema", "output_data_schema", "training_data_schema")
ENUMS = {
    ("asset", "asset_type"): Asset.AssetTypeEnum,
    ("asset", "problem_type"): Asset.ProblemTypeEnum,
    ("asset", "input_data_type"): Asset.InputDataTypeEnum,
    ("deployment", "deployment_type"): AssetDeploymentRequest.DeploymentTypeEnum,
}


def write_registration(deployment, folder):
    """Writes the files of a registration; returns the bodies of the service provider and the subscription."""
    run("register", deployment, "--url", ENGINE_URL, "--out", folder)
    names = ("service-provider.json", "subscription.json")
    return [json.loads((folder / name).read_text(encoding="utf-8")) for name in names]


def find_differences(ours, theirs, place=""):
    """Lists the differences between two JSON values."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        keys = sorted({*ours, *theirs})
        return [
            line
            for key in keys
            for line in (
                find_differences(ours[key], theirs[key], f"{place}.{key}")
                if key in ours and key in theirs
                else [f"{place}.{key}: only {'ours' if key in ours else 'theirs'}"]
            )
        ]
    return [] if ours == theirs else [f"{place}: {ours!r} is {theirs!r} to the SDK"]


def read_by_sdk(cls, part, place):
    """Lists the differences between a part of a body and what the SDK reads of it."""
    try:
        return find_differences(part, cls.from_dict(copy.deepcopy(part)).to_dict(), place)
    except (ValueError, TypeError, KeyError) as error:
        return [f"{place}: {error}"]


def check_bodies(provider, subscription):
    """Lists everything in the bodies that the SDK's classes do not accept."""
    properties = subscription["asset_properties"]
    # The SDK does not parse the fields of schemas by itself.
    fields = [
        (SparkStructFieldPrimitive if isinstance(field.get("type"), str) else SparkStructFieldObject, name, field)
        for name in SCHEMAS
        for field in properties[name]["fields"]
    ]
    return [
        *(
            f"{part}.{key}: not one of the SDK's"
            for (part, key), enum in ENUMS.items()
            if subscription[part].get(key) not in {member.value for member in enum}
        ),
        *read_by_sdk(CustomCredentials, provider["credentials"], "credentials"),
        *read_by_sdk(Asset, subscription["asset"], "asset"),
        *read_by_sdk(AssetDeploymentRequest, subscription["deployment"], "deployment"),
        *read_by_sdk(AssetPropertiesRequest, properties, "asset_properties"),
        *(line for cls, name, field in fields for line in read_by_sdk(cls, field, f"{name}.{field['name']}")),
    ]


def check_teeth(provider, subscription):
    """Lists wrong bodies that the checks above accept."""

    def move_problem_type(body):
        body["asset_properties"]["problem_type"] = body["asset"].pop("problem_type")

    wrongs = {
        "problem_type in asset_properties": move_problem_type,
        "no asset_id": lambda body: body["asset"].pop("asset_id"),
        "no deployment_type": lambda body: body["deployment"].pop("deployment_type"),
        "a scoring_url": lambda body: body["deployment"].update(scoring_url=ENGINE_URL),
        "a problem_type of no client": lambda body: body["asset"].update(problem_type="binary_classification"),
        "a schema without a type": lambda body: body["asset_properties"]["input_data_schema"].pop("type"),
        "a field without a type": lambda body: body["asset_properties"]["output_data_schema"]["fields"][0].pop("type"),
    }
    missed = []
    for name, spoil in wrongs.items():
        body = copy.deepcopy(subscription)
        spoil(body)
        if not check_bodies(provider, body):
            missed.append(f"{name}: is not rejected")
    return missed


def start_program(folder, openscale):
    """Starts the generated program as on Cloud Pak for Data."""
    environment = {
        **os.environ,
        "OPENSCALE_URL": openscale.url,
        "OPENSCALE_USERNAME": "admin",
        "OPENSCALE_PASSWORD": "password",
        "ENGINE_USERNAME": CREDENTIALS["username"],
        "ENGINE_PASSWORD": CREDENTIALS["password"],
        "NO_PROXY": "127.0.0.1",
    }
    environment.pop("DATA_MART_ID", None)
    return subprocess.Popen(
        [sys.executable, folder / "register.py"],
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def check_program(process, openscale, provider, subscription):
    """Lists what went wrong in the program: how it exited, and what it sent."""
    output, _ = process.communicate(timeout=120)
    if process.returncode != 0 or output.splitlines()[-1] != SUBSCRIPTION:
        return [f"register.py ended with {process.returncode}:\n{output}", *openscale.unexpected]
    provider = {**provider, "credentials": {**provider["credentials"], **CREDENTIALS}}
    subscription = {**subscription, "data_mart_id": DATA_MART, "service_provider_id": PROVIDER}
    return [
        *openscale.unexpected,
        *find_differences(provider, openscale.posted["service_providers"], "service_providers"),
        *find_differences(subscription, openscale.posted["subscriptions"], "subscriptions"),
    ]


def main():
    problems = []
    deployments = sorted(path.name for path in SAMPLES.iterdir())
    with tempfile.TemporaryDirectory() as scratch:
        folders = [pathlib.Path(scratch) / deployment for deployment in deployments]
        bodies = [write_registration(folder.name, folder) for folder in folders]
        # In parallel, because the SDK waits five seconds before it polls.
        stubs = [OpenScale() for _ in folders]
        programs = [start_program(folder, stub) for folder, stub in zip(folders, stubs)]
        for deployment, pair, stub, program in zip(deployments, bodies, stubs, programs):
            found = [*(check_bodies(*pair) or check_teeth(*pair)), *check_program(program, stub, *pair)]
            problems += [f"sdk: {deployment}: {line}" for line in found]
            stub.shutdown()
    print("\n".join(problems) or f"sdk: the SDK accepts and sends the bodies of {len(deployments)} deployments unchanged")
    return 1 if problems or not deployments else 0


if __name__ == "__main__":
    sys.exit(main())
