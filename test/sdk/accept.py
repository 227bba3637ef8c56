"""Checks that IBM's SDK accepts what `register` writes for the sample deployments; exits with 1 otherwise."""
import concurrent.futures
import contextlib
import copy
import io
import json
import os
import pathlib
import subprocess
import sys
import tarfile
import tempfile

from ibm_watson_openscale.base_classes.watson_open_scale_v2 import (
    Asset,
    AssetDeploymentRequest,
    AssetPropertiesRequest,
    CustomCredentials,
    SparkStructFieldObject,
    SparkStructFieldPrimitive,
)

from engine import COMMAND, ROOT, SAMPLES, run
import openscale

ENGINE_URL = "https://models.example.com/engine"
# A configuration archive, for explanations and drift of a deployment that has no statistics.
ARCHIVE = pathlib.Path(tempfile.gettempdir()) / f"configuration-{os.getpid()}.tar.gz"
# What is chosen for some deployments; the others have the usual monitors.
OPTIONS = {
    "penguins": [
        "--fairness", "sex=MALE:FEMALE", "--favourable", "Adelie,Gentoo", "--fairness-threshold", "0.9", "--min-records", "50",
        "--fairness-metrics", "fairness_value,statistical_parity_difference", "--quality-threshold", "accuracy=0.8",
        "--explanations", "lime,shap,contrastive,global",
    ],
    "penguin-mass": ["--archive", ARCHIVE],
    "penguin-sex": ["--transaction-id", "visit", "--token-counts", "tokens_in,tokens_out"],
}
SCHEMAS = ("input_data_schema", "output_data_schema", "training_data_schema")
ENUMS = {
    ("asset", "asset_type"): Asset.AssetTypeEnum,
    ("asset", "problem_type"): Asset.ProblemTypeEnum,
    ("asset", "input_data_type"): Asset.InputDataTypeEnum,
    ("deployment", "deployment_type"): AssetDeploymentRequest.DeploymentTypeEnum,
}


def write_registration(deployment, folder):
    """Writes the files of a registration; returns the bodies of the service provider, the subscription and the monitors."""
    run("register", deployment, *OPTIONS.get(deployment, []), "--url", ENGINE_URL, "--out", folder)
    names = ("service-provider.json", "subscription.json", "monitors.json")
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
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        return [line for index, pair in enumerate(zip(ours, theirs)) for line in find_differences(*pair, f"{place}[{index}]")]
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


# What registers a deployment: how its name is printed, and the command. The programs are in the folder with the bodies.
WAYS = {
    "register.py": lambda folder: [sys.executable, folder / "register.py"],
    "register.sh": lambda folder: ["bash", folder / "register.sh"],
    "register --apply": lambda folder: [
        *COMMAND, "register", folder.name, *OPTIONS.get(folder.name, []), "--url", ENGINE_URL, "--apply",
    ],
}


def register(way, folder, double, cloud="Cloud Pak for Data, password"):
    """Starts a way of registering."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("OPENSCALE_", "IBM_CLOUD_", "DATA_MART_"))}
    environment = {**own, **openscale.to_environment(double, cloud)}
    # In the root, where the loader is found.
    return subprocess.Popen(
        WAYS[way](folder), cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


def finish(way, process):
    """Lists what went wrong when it ended."""
    output, _ = process.communicate(timeout=300)
    return [] if process.returncode == 0 else [f"{way} ended with {process.returncode}:\n{output}"]


def check_state(way, double, provider, subscription, monitors):
    """Lists the differences between what is stored and the bodies."""
    state = double.state
    secrets = {"username": "engine user", "password": "engine password"}
    status = {"status": {"state": "active"}, "container": None}
    provider = {**provider, **status, "credentials": {**provider["credentials"], **secrets}}
    ids = {"data_mart_id": None, "service_provider_id": provider["name"]}
    target = {"data_mart_id": None, "target": subscription["deployment"]["deployment_id"]}
    monitors = [{key: value for key, value in body.items() if key != "skip_scheduler"} for body in monitors]
    expected = {
        "service_providers": [provider],
        "subscriptions": [{**subscription, **ids, **status}],
        "monitors": sorted(({**body, **target, **status} for body in monitors), key=lambda body: body["monitor_definition_id"]),
    }
    return [line for key, value in expected.items() for line in find_differences({"": value}, {"": state[key]}, f"{way}: {key}")]


def check_ways(folder, bodies):
    """Lists the differences between what each way does, and what it does when everything is there."""
    problems = []
    with contextlib.ExitStack() as stack:
        doubles = {way: stack.enter_context(openscale.start()) for way in WAYS}
        processes = {way: register(way, folder, double) for way, double in doubles.items()}
        for way, process in processes.items():
            problems += finish(way, process) or check_state(way, doubles[way], *bodies)
        [first, *others] = [double.state for double in doubles.values()]
        problems += [line for other in others for line in find_differences(first, other)]
        if "--archive" in OPTIONS.get(folder.name, []) and len(first["archives"]) != 2:
            problems.append(f"uploaded: {first['archives']}")
        sent = {way: len(double.requests) for way, double in doubles.items()}
        for way, process in {way: register(way, folder, double) for way, double in doubles.items()}.items():
            problems += finish(way, process)
            if len(doubles[way].requests) != sent[way]:
                problems.append(f"{way}: changes something the second time: {doubles[way].requests[sent[way]:]}")
    return problems


def check_clouds(folder, bodies):
    """Lists what goes wrong with the credentials of each cloud, where no data mart is there."""
    problems = []
    for way in WAYS:
        with contextlib.ExitStack() as stack:
            doubles = {cloud: stack.enter_context(openscale.start(hasDataMart=False)) for cloud in openscale.CLOUDS}
            processes = {cloud: register(way, folder, double, cloud) for cloud, double in doubles.items()}
            for cloud, process in processes.items():
                found = finish(way, process) or check_state(way, doubles[cloud], *bodies)
                problems += [f"{cloud}: {line}" for line in found]
    return problems


def write_archive():
    def pack(members):
        content = io.BytesIO()
        with tarfile.open(fileobj=content, mode="w:gz") as archive:
            for name, data in members.items():
                member = tarfile.TarInfo(f"./{name}")
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))
        return content.getvalue()

    configuration = json.dumps({"parameters": {"lime": {"enabled": True}, "global_explanation": {"enabled": False}}})
    members = {
        "common_configuration.json": json.dumps({"common_configuration": {}}).encode(),
        "explainability.tar.gz": pack({"configuration.json": configuration.encode()}),
        "drift_v2_archive.tar.gz": pack({"summary.json": b"{}"}),
    }
    ARCHIVE.write_bytes(pack(members))


def check_deployment(folder):
    provider, subscription, monitors = write_registration(folder.name, folder)
    found = check_bodies(provider, subscription) or check_teeth(provider, subscription)
    bodies = (provider, subscription, monitors)
    # Which cloud it is, is the same for all deployments.
    clouds = check_clouds(folder, bodies) if folder.name == "penguins" else []
    return [*found, *check_ways(folder, bodies), *clouds]


def main():
    deployments = sorted(path.name for path in SAMPLES.iterdir())
    write_archive()
    with tempfile.TemporaryDirectory() as scratch, concurrent.futures.ThreadPoolExecutor() as pool:
        # In parallel, because the SDK waits for five seconds before it polls.
        found = pool.map(lambda name: check_deployment(pathlib.Path(scratch) / name), deployments)
        problems = [f"sdk: {name}: {line}" for name, lines in zip(deployments, found) for line in lines]
    ARCHIVE.unlink()
    ways = ", ".join(WAYS)
    print("\n".join(problems) or f"sdk: {ways} lead to the same state, for {len(deployments)} deployments and {len(openscale.CLOUDS)} kinds of credentials, and change nothing the second time")
    return 1 if problems or not deployments else 0


if __name__ == "__main__":
    sys.exit(main())
