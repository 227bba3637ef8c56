"""Checks that the double of OpenScale is what IBM's SDK takes it for: every operation that is used, and what it rejects."""
import io
import json
import sys
import tarfile
import tempfile
import time
import uuid

from ibm_cloud_sdk_core import ApiException
from ibm_cloud_sdk_core.authenticators import IAMAuthenticator, MCSPV2Authenticator
from ibm_watson_openscale import APIClient
from ibm_watson_openscale.base_classes import watson_open_scale_v2 as v2
from ibm_watson_openscale.supporting_classes.payload_record import PayloadRecord

import openscale

# The SDK waits for five seconds before it looks again.
real_sleep = time.sleep
time.sleep = lambda seconds: real_sleep(min(seconds, 0.05))

FEATURES = ["age", "purpose"]
PROVIDER = {"name": "engine", "service_type": "custom_machine_learning", "credentials": v2.CustomCredentials(), "operational_space_id": "production"}


def to_struct(*fields):
    return v2.SparkStruct(
        type="struct",
        fields=[
            v2.SparkStructFieldPrimitive(name=name, type=kind, nullable=False, metadata={"modeling_role": role})
            for name, kind, role in fields
        ],
    )


def subscribe(client, data_mart, provider, deployment="loan"):
    inputs = [("age", "integer", "feature"), ("purpose", "string", "feature")]
    return client.subscriptions.add(
        data_mart_id=data_mart,
        service_provider_id=provider,
        asset=v2.Asset(asset_id=deployment, asset_type="model", name=deployment, problem_type="binary", input_data_type="structured"),
        deployment=v2.AssetDeploymentRequest(deployment_id=deployment, name=deployment, deployment_type="online"),
        asset_properties=v2.AssetPropertiesRequest(
            label_column="risk",
            prediction_field="prediction",
            feature_fields=FEATURES,
            categorical_fields=["purpose"],
            input_data_schema=to_struct(*inputs),
            output_data_schema=to_struct(*inputs, ("prediction", "string", "prediction")),
            training_data_schema=to_struct(*inputs, ("risk", "string", "target")),
        ),
        background_mode=False,
    ).result.metadata.id


def refuses(work, status):
    """Whether the SDK raises for this status."""
    try:
        work()
    except ApiException as error:
        return error.code == status
    return False


def to_archive():
    file = tempfile.NamedTemporaryFile(suffix=".tar.gz", delete=False)
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        content = b"{}"
        member = tarfile.TarInfo("summary.json")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    file.close()
    return file.name


def check(double):
    """Lists what is wrong."""
    problems = []

    def expect(fact, what):
        if not fact:
            problems.append(what)

    client = double.connect()
    data_mart = client.data_marts.add(name="mart", internal_database=True, background_mode=False).result.metadata.id
    expect(client.data_marts.list().result.data_marts[0].metadata.id == data_mart, "the data mart is not listed")
    provider = client.service_providers.add(**PROVIDER, background_mode=False).result.metadata.id
    listed = client.service_providers.list(service_type="custom_machine_learning").result.service_providers
    expect([one.metadata.id for one in listed] == [provider], "the provider is not listed")
    subscription = subscribe(client, data_mart, provider)
    expect(refuses(lambda: subscribe(client, data_mart, provider), 409), "a second subscription is accepted")
    target = v2.Target(target_type="subscription", target_id=subscription)

    def create(monitor, parameters, thresholds=None):
        return client.monitor_instances.create(
            data_mart_id=data_mart, monitor_definition_id=monitor, target=target, parameters=parameters,
            thresholds=thresholds, background_mode=False,
        ).result.metadata.id

    present = {one.entity.monitor_definition_id for one in client.monitor_instances.list().result.monitor_instances}
    expect(present == {"model_health", "performance"}, f"the SDK has created {present}")
    create("quality", {"min_feedback_data_size": 10}, [v2.MetricThresholdOverride("area_under_roc", "lower_limit", value=0.8)])
    expect(refuses(lambda: create("quality", {"min_feedback_data_size": 10}), 409), "a second quality monitor is accepted")
    groups = {"feature": "purpose", "majority": ["car"], "minority": ["tv"], "threshold": 0.9}
    fairness = {"features": [groups], "favourable_class": ["good"], "unfavourable_class": ["bad"], "min_records": 10}
    for wrong in ({**fairness, "min_records": 0}, {**fairness, "favourable_class": []}, {**fairness, "canary": 1},
                  {**fairness, "features": [{**groups, "feature": "wage"}]}, {}):
        expect(refuses(lambda: create("fairness", wrong or {"features": []}), 400), f"fairness with {sorted(wrong)} is accepted")
    create("fairness", fairness)
    expect(refuses(lambda: create("drift_v2", {"train_archive": False, "min_samples": 10}), 400), "drift without an archive is accepted")
    client.monitor_instances.upload_drift_v2_archive(subscription, to_archive())
    create("drift_v2", {"train_archive": False, "min_samples": 10})
    expect(refuses(lambda: create("explainability", {"enabled": True}), 400), "explanations of nothing are accepted")
    with open(to_archive(), "rb") as archive:
        client.monitor_instances.upload_explainability_archive(subscription, archive)
    explainability = create("explainability", {"enabled": True, "lime": {"enabled": True}})
    expect(refuses(lambda: create("mrm", {}), 400), "MRM in production is accepted")
    run = client.monitor_instances.run(monitor_instance_id=explainability, background_mode=True).result
    expect(run.metadata.id, "no run")

    def data_set(kind):
        found = client.data_sets.list(type=kind, target_target_id=subscription, target_target_type="subscription")
        return found.result.data_sets[0].metadata.id

    payload, feedback = data_set("payload_logging"), data_set("feedback")
    table = {"fields": FEATURES, "values": [[33, "car"], [44, "tv"]]}
    answer = {"fields": ["prediction"], "values": [["good"], ["bad"]]}
    record = PayloadRecord(request=table, response=answer, scoring_id="a", response_time=7, user_id="me", asset_revision="2")
    client.data_sets.store_records(payload, request_body=[record], background_mode=False)
    expect(client.data_sets.get_records_count(payload) == 2, "the rows are not counted")
    client.data_sets.store_records(payload, request_body=[record], background_mode=False)
    expect(client.data_sets.get_records_count(payload) == 2, "a record that comes again is stored twice")
    records = client.data_sets.get_list_of_records(payload).result["records"]
    expect(records[0]["entity"]["values"]["scoring_id"] == "a-1", f"the first record is {records[0]}")
    wrongs = {
        "other numbers of rows": PayloadRecord(request=table, response={**answer, "values": [["good"]]}),
        "rows of other lengths": PayloadRecord(request={**table, "values": [[1]]}, response={**answer, "values": [["good"]]}),
        "no prediction": PayloadRecord(request=table, response={"fields": ["x"], "values": [[1], [2]]}),
        "a time that is none": PayloadRecord(request=table, response=answer, scoring_timestamp="yesterday"),
    }
    for what, wrong in wrongs.items():
        expect(refuses(lambda: client.data_sets.store_records(payload, request_body=[wrong]), 400), f"{what}: is accepted")
    rows = [{"fields": [*FEATURES, "risk"], "values": [[33, "car", "good"]]}]
    client.data_sets.store_records(feedback, request_body=rows, background_mode=False)
    client.data_sets.store_records(feedback, request_body=[{"age": 1, "purpose": "tv", "risk": "bad"}], background_mode=False)
    expect(client.data_sets.get_records_count(feedback) == 2, "feedback is not counted")
    expect(refuses(lambda: client.data_sets.store_records(feedback, request_body=[{"age": 1}]), 400), "feedback without a label is accepted")
    suspicious = PayloadRecord(request={"fields": FEATURES, "values": [[1, "../etc/hosts"]]}, response={"fields": ["prediction"], "values": [["good"]]})
    expect(refuses(lambda: client.data_sets.store_records(payload, request_body=[suspicious]), 403), "the firewall lets it through")
    client.data_sets.store_records(payload, request_body=[suspicious], background_mode=False, enable_sanitization=True)

    double.fail({"failure": {"kind": "poll-error"}, "path": "/records", "method": "POST"})
    # The SDK prints that it failed.
    client.data_sets.store_records(payload, request_body=[PayloadRecord(request=table, response=answer, scoring_id="lost")], background_mode=False)
    double.fail({"failure": {"kind": "half"}, "path": "/records", "method": "POST"})
    client.data_sets.store_records(payload, request_body=[PayloadRecord(request=table, response=answer, scoring_id="half")], background_mode=False)
    stored = {one["metadata"]["id"] for one in client.data_sets.get_list_of_records(payload).result["records"]}
    expect("half-1" in stored and not stored & {"half-2", "lost-1"}, f"stored: {sorted(stored)}")
    patch = [v2.JsonPatchOperation(op="replace", path="/parameters", value={"min_feedback_data_size": 7})]
    quality = client.monitor_instances.list(target_target_id=subscription, monitor_definition_id="quality").result.monitor_instances[0]
    client.monitor_instances.update(quality.metadata.id, patch_document=patch)
    changed = client.monitor_instances.get(quality.metadata.id).result.entity.parameters
    expect(changed == {"min_feedback_data_size": 7}, f"patched: {changed}")
    system = client.integrated_systems.add(name="s", description="", type="custom_metrics_provider", credentials={"auth_type": "basic", "username": "u", "password": "p"}, connection={"display_name": "s", "endpoint": "http://a.example"})
    expect(system.result.metadata.id in str(client.integrated_systems.list().result), "the integrated system is not listed")
    expect(refuses(lambda: client.service_providers.get(str(uuid.uuid4())), 404), "what is not there is found")
    return problems


def check_clouds(double):
    """IBM Cloud and AWS: the tokens are accepted."""
    for authenticator in (
        IAMAuthenticator(openscale.API_KEY, url=double.url),
        MCSPV2Authenticator(apikey=openscale.API_KEY, url=double.url, scope_collection_type="accounts", scope_id="a"),
    ):
        client = APIClient(authenticator=authenticator, service_url=double.url, service_instance_id=openscale.INSTANCE)
        if not client.data_marts.list().result.data_marts:
            return [f"{type(authenticator).__name__}: nothing is listed"]
    return []


def check_sanitizer():
    """Strings are escaped as the SDK escapes them."""
    import subprocess

    from engine import ROOT
    from ibm_watson_openscale.utils.input_sanitizer import InputSanitizer
    from ibm_watson_openscale.utils.sanitization_config import SUSPICIOUS_PATTERNS

    parts = ["/etc/passwd", "/ETC/Password", "/etc/shadow", "/etc/hosts", "/etc/host", "../", "..\\", "..", "a/b", "/etc/paſſwd", "\n", " é/"]
    texts = [one + other for one in ["", *parts] for other in parts]
    value = [{"request": {"fields": texts, "../key/": [[text, 1, None, True]]}} for text in texts]
    theirs = InputSanitizer(patterns=SUSPICIOUS_PATTERNS, config={"enabled": True, "log_sanitization": False}).sanitize_records(value)
    script = (
        "import { sanitizeStrings } from './openscale/sinks/sanitize-strings.ts';"
        "const chunks = []; for await (const chunk of process.stdin) chunks.push(chunk);"
        "console.log(JSON.stringify(sanitizeStrings(JSON.parse(Buffer.concat(chunks).toString()))));"
    )
    command = ["node", "--import", "./scripts/register-typescript.js", "--input-type=module", "--eval", script]
    ours = json.loads(subprocess.run(command, cwd=ROOT, input=json.dumps(value), text=True, capture_output=True, check=True).stdout)
    return [] if ours == theirs else ["strings are not escaped as the SDK does"]


def main():
    with openscale.start(hasDataMart=False, settle=1) as double:
        problems = check(double) + check_clouds(double)
    problems += check_sanitizer()
    print("\n".join(problems) or "sdk: the double of OpenScale does and rejects what the SDK expects")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
