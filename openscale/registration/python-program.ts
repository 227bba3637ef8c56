/** A program that registers with IBM's Python SDK (ibm-watson-openscale 3). */
import type { Container } from './bodies.ts';

/** What the program needs to know; the bodies it reads from its own folder. */
export interface ProgramSettings {
  readonly id: string;
  readonly container?: Container | undefined;
  readonly archives?: Readonly<Record<string, unknown>>;
}

/** The program. It finds what is there, and adds what is missing. */
export function toPythonProgram({ id, container, archives = {} }: ProgramSettings): string {
  const scope = container ? { container_type: container.type, container_id: container.id } : {};
  return `"""Registers the engine with OpenScale, subscribes to its deployment ${id}, and creates the monitors.

pip install "ibm-watson-openscale>=3,<4"
IBM_CLOUD_API_KEY=... ENGINE_USERNAME=... ENGINE_PASSWORD=... python register.py

An engine that is called with an API key needs ENGINE_API_KEY instead of these two, and one without authentication neither. Instead of IBM_CLOUD_API_KEY, set
- on Cloud Pak for Data: OPENSCALE_URL, OPENSCALE_USERNAME, and OPENSCALE_PASSWORD or OPENSCALE_API_KEY
- on AWS: OPENSCALE_URL, OPENSCALE_API_KEY, and OPENSCALE_TOKEN_URL, the whole URL of the token operation
OPENSCALE_REGION and OPENSCALE_INSTANCE name a region and a service instance. A secret may be in the file that <NAME>_FILE names.
What is there already stays as it is.
"""
import json
import os
import pathlib
import re
import sys

import requests
from ibm_cloud_sdk_core.authenticators import CloudPakForDataAuthenticator, IAMAuthenticator
from ibm_watson_openscale import APIClient
from ibm_watson_openscale.base_classes.watson_open_scale_v2 import (
    Asset,
    AssetDeploymentRequest,
    AssetPropertiesRequest,
    CustomCredentials,
    MetricThresholdOverride,
    Target,
)

FOLDER = pathlib.Path(__file__).resolve().parent
# The space or project that everything belongs to.
CONTAINER = ${JSON.stringify(scope)}
ARCHIVES = ${JSON.stringify(Object.keys(archives).sort())}


def read(name):
    return json.loads((FOLDER / name).read_text(encoding="utf-8"), object_hook=fill_key)


def fill_key(body):
    """Puts the engine's API key where the body has its placeholder."""
    if "<ENGINE_API_KEY>" in body.values():
        key = read_secret("ENGINE_API_KEY") or sys.exit("ENGINE_API_KEY must be an API key of the engine.")
        return {name: key if value == "<ENGINE_API_KEY>" else value for name, value in body.items()}
    return body


def read_secret(name):
    file = os.environ.get(f"{name}_FILE")
    return os.environ.get(name) or (pathlib.Path(file).read_text(encoding="utf-8").rstrip("\\r\\n") if file else None)


def find_address():
    """The URL of OpenScale, and the service instance if the URL has it at its end."""
    region = os.environ.get("OPENSCALE_REGION", "us-south")
    usual = f"https://{'' if region == 'us-south' else f'{region}.'}api.aiopenscale.cloud.ibm.com"
    pattern = r"(.*?)(?:/openscale(?:/(?!v2\\b)([\\w-]+))?)?(?:/v2)?/*"
    return re.fullmatch(pattern, os.environ.get("OPENSCALE_URL") or usual).groups()


def find_instance(url, token):
    """The only service instance that the credentials are entitled to."""
    headers = {"Authorization": f"Bearer {token}"}
    reply = requests.get(f"{url}/v1/entitlements?nocache=true", headers=headers, timeout=60)
    reply.raise_for_status()
    found = [one["id"] for one in reply.json()["entitlements"].get("ai_openscale", [])]
    if len(found) != 1:
        sys.exit(f"OPENSCALE_INSTANCE must name the service instance: {', '.join(found) or 'there is none'}")
    return found[0]


def connect():
    url, instance = find_address()
    instance = os.environ.get("OPENSCALE_INSTANCE") or instance
    username, api_key = os.environ.get("OPENSCALE_USERNAME"), read_secret("OPENSCALE_API_KEY")
    token_url = os.environ.get("OPENSCALE_TOKEN_URL")
    if (username or api_key) and not os.environ.get("OPENSCALE_URL"):
        sys.exit("OPENSCALE_URL must be the URL of OpenScale.")
    if username:
        password = read_secret("OPENSCALE_PASSWORD")
        authenticator = CloudPakForDataAuthenticator(
            url=url, username=username, password=password, apikey=None if password else api_key
        )
        return APIClient(authenticator=authenticator, service_url=url, service_instance_id=instance)
    if api_key:
        # Older versions of the SDK do not have it.
        from ibm_cloud_sdk_core.authenticators import MCSPV2Authenticator

        operation = re.fullmatch(r"(https?://[^/]+)(/.*)", token_url or "")
        if not operation:
            sys.exit("OPENSCALE_TOKEN_URL must be the URL of the token operation.")
        host, path = operation.groups()
        authenticator = MCSPV2Authenticator(apikey=api_key, url=host, scope_collection_type="accounts", scope_id="-")
        # The URL is given whole, because not every platform has accounts in it.
        authenticator.token_manager.OPERATION_PATH = path
    else:
        cloud_key = read_secret("IBM_CLOUD_API_KEY") or sys.exit("IBM_CLOUD_API_KEY must be an API key.")
        iam = (token_url or "https://iam.cloud.ibm.com").removesuffix("/identity/token")
        authenticator = IAMAuthenticator(cloud_key, url=iam)
    if not instance:
        instance = find_instance(url, authenticator.token_manager.get_token())
    return APIClient(authenticator=authenticator, service_url=url, service_instance_id=instance)


def find_data_mart(client):
    chosen = os.environ.get("DATA_MART_ID")
    if chosen:
        return chosen
    present = client.data_marts.list().result.data_marts
    if len(present) > 1:
        sys.exit("There are several data marts: DATA_MART_ID must name one.")
    if present:
        return present[0].metadata.id
    return client.data_marts.add(name="custom-ml-engine", internal_database=True, background_mode=False).result.metadata.id


def add_provider(client):
    body = read("service-provider.json")
    for present in client.service_providers.list(**CONTAINER).result.service_providers:
        if present.entity.name == body["name"]:
            return present.metadata.id
    credentials = body["credentials"]
    if "username" in credentials:
        credentials.update(username=os.environ["ENGINE_USERNAME"], password=read_secret("ENGINE_PASSWORD"))
    added = client.service_providers.add(
        name=body["name"],
        service_type=body["service_type"],
        credentials=CustomCredentials.from_dict(credentials),
        request_headers=body.get("request_headers"),
        operational_space_id=body["operational_space_id"],
        background_mode=False,
        **CONTAINER,
    )
    return added.result.metadata.id


def add_subscription(client, data_mart_id, service_provider_id):
    body = read("subscription.json")
    for present in client.subscriptions.list(**CONTAINER).result.subscriptions:
        is_same = present.entity.deployment.deployment_id == body["deployment"]["deployment_id"]
        if is_same and present.entity.service_provider_id == service_provider_id:
            return present.metadata.id
    added = client.subscriptions.add(
        data_mart_id=data_mart_id,
        service_provider_id=service_provider_id,
        asset=Asset.from_dict(body["asset"]),
        deployment=AssetDeploymentRequest.from_dict(body["deployment"]),
        asset_properties=AssetPropertiesRequest.from_dict(body["asset_properties"]),
        background_mode=False,
        **CONTAINER,
    )
    return added.result.metadata.id


def add_monitors(client, data_mart_id, subscription_id):
    """Creates the monitors that are missing; returns the names of those that failed."""
    found = client.monitor_instances.list(target_target_id=subscription_id, **CONTAINER).result.monitor_instances
    present = {one.entity.monitor_definition_id for one in found if one.entity.target.target_id == subscription_id}
    failed = []
    for body in read("monitors.json"):
        name = body["monitor_definition_id"]
        if name in present:
            print(f"{name}: found")
            continue
        try:
            if name == "explainability" and "explainability.tar.gz" in ARCHIVES:
                with open(FOLDER / "explainability.tar.gz", "rb") as archive:
                    client.monitor_instances.upload_explainability_archive(subscription_id, archive)
            if name == "drift_v2" and "drift_v2_archive.tar.gz" in ARCHIVES:
                client.monitor_instances.upload_drift_v2_archive(subscription_id, str(FOLDER / "drift_v2_archive.tar.gz"))
            thresholds = [MetricThresholdOverride.from_dict(one) for one in body.get("thresholds", [])]
            client.monitor_instances.create(
                data_mart_id=data_mart_id,
                monitor_definition_id=name,
                target=Target(target_type="subscription", target_id=subscription_id),
                parameters=body["parameters"],
                thresholds=thresholds or None,
                managed_by=body.get("managed_by"),
                background_mode=False,
                **CONTAINER,
            )
            print(f"{name}: added")
        except Exception as error:
            print(f"{name}: failed: {error}", file=sys.stderr)
            failed.append(name)
    return failed


def main():
    client = connect()
    data_mart = find_data_mart(client)
    subscription = add_subscription(client, data_mart, add_provider(client))
    failed = add_monitors(client, data_mart, subscription)
    print(subscription)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
`;
}
