/**
 * What OpenScale needs in order to register an engine and subscribe to one of its deployments: the bodies of
 * `POST /v2/service_providers` and `POST /v2/subscriptions`, and a program that sends them with IBM's Python SDK
 * (ibm-watson-openscale 3). Values that an engine cannot know are placeholders, <IN_ANGLE_BRACKETS>.
 */
import { toResource } from '../handlers/deployment-resource.ts';
import type { Deployment } from '../models/deployment.ts';

/** The secrets and ids that the user must fill in. */
export const PLACEHOLDERS = {
  username: '<ENGINE_USERNAME>',
  password: '<ENGINE_PASSWORD>',
  dataMart: '<DATA_MART_ID>',
  serviceProvider: '<SERVICE_PROVIDER_ID>',
} as const;

/** How OpenScale authenticates itself at the engine. */
export type AuthScheme = 'basic' | 'none';

/**
 * The body that registers an engine. IBM's scoring clients send the user name and the password only if `auth_type` says so.
 * @param url the URL at which OpenScale reaches it
 */
export function toServiceProvider(url: string, auth: AuthScheme): object {
  const { username, password } = PLACEHOLDERS;
  return {
    name: `custom-ml-engine at ${new URL(url).host}`,
    service_type: 'custom_machine_learning',
    credentials: { url, ...(auth === 'basic' && { auth_type: 'basic', username, password }) },
    request_headers: { 'Content-Type': 'application/json' },
    operational_space_id: 'production',
  };
}

/** The body that subscribes to a deployment: what discovery publishes, arranged as version 2 of the API expects it. */
export function toSubscription(deployment: Deployment, url: string): object {
  const { metadata, entity } = toResource(deployment, url);
  const { asset_properties: properties } = entity;
  return {
    data_mart_id: PLACEHOLDERS.dataMart,
    service_provider_id: PLACEHOLDERS.serviceProvider,
    asset: {
      asset_id: metadata.guid,
      asset_type: 'model',
      name: entity.name,
      url: metadata.url,
      created_at: metadata.created_at,
      problem_type: properties.problem_type,
      input_data_type: properties.input_data_type,
      model_type: properties.model_type,
      runtime_environment: properties.runtime_environment,
    },
    deployment: {
      deployment_id: metadata.guid,
      name: entity.name,
      description: entity.description,
      deployment_type: 'online',
      url: metadata.url,
      created_at: metadata.created_at,
      scoring_endpoint: {
        url: entity.scoring_url,
        request_headers: { 'Content-Type': 'application/json' },
      },
    },
    asset_properties: {
      label_column: properties.label_column,
      ...(properties.labels && { labels: properties.labels.map(String) }),
      feature_fields: properties.feature_fields,
      categorical_fields: properties.categorical_fields,
      prediction_field: properties.prediction_field,
      predicted_target_field: properties.predicted_target_field,
      ...(properties.probability_fields && { probability_fields: properties.probability_fields }),
      input_data_schema: properties.input_data_schema,
      output_data_schema: properties.output_data_schema,
      training_data_schema: properties.training_data_schema,
    },
  };
}

/** A Python program that sends the two bodies, which it reads from its own folder. */
export function toPythonProgram(id: string): string {
  return `"""Registers the engine with OpenScale and subscribes to its deployment ${id}.

pip install "ibm-watson-openscale>=3,<4"
IBM_CLOUD_API_KEY=... ENGINE_USERNAME=... ENGINE_PASSWORD=... python register.py

An engine without authentication needs no ENGINE_ variables.
On Cloud Pak for Data, set OPENSCALE_URL, OPENSCALE_USERNAME and OPENSCALE_PASSWORD instead of IBM_CLOUD_API_KEY.
"""
import json
import os
import pathlib

from ibm_cloud_sdk_core.authenticators import CloudPakForDataAuthenticator, IAMAuthenticator
from ibm_watson_openscale import APIClient
from ibm_watson_openscale.base_classes.watson_open_scale_v2 import (
    Asset,
    AssetDeploymentRequest,
    AssetPropertiesRequest,
    CustomCredentials,
)


def read(name):
    return json.loads(pathlib.Path(__file__).with_name(name).read_text(encoding="utf-8"))


def connect():
    url = os.environ.get("OPENSCALE_URL")
    if not url:
        return APIClient(authenticator=IAMAuthenticator(os.environ["IBM_CLOUD_API_KEY"]))
    authenticator = CloudPakForDataAuthenticator(
        url=url, username=os.environ["OPENSCALE_USERNAME"], password=os.environ["OPENSCALE_PASSWORD"]
    )
    return APIClient(authenticator=authenticator, service_url=url)


def register(client, data_mart_id):
    provider = read("service-provider.json")
    credentials = provider["credentials"]
    if "username" in credentials:
        credentials.update(username=os.environ["ENGINE_USERNAME"], password=os.environ["ENGINE_PASSWORD"])
    added = client.service_providers.add(
        name=provider["name"],
        service_type=provider["service_type"],
        credentials=CustomCredentials.from_dict(credentials),
        request_headers=provider["request_headers"],
        operational_space_id=provider["operational_space_id"],
        background_mode=False,
    ).result
    body = read("subscription.json")
    return client.subscriptions.add(
        data_mart_id=data_mart_id,
        service_provider_id=added.metadata.id,
        asset=Asset.from_dict(body["asset"]),
        deployment=AssetDeploymentRequest.from_dict(body["deployment"]),
        asset_properties=AssetPropertiesRequest.from_dict(body["asset_properties"]),
        background_mode=False,
    ).result


if __name__ == "__main__":
    openscale = connect()
    data_mart = os.environ.get("DATA_MART_ID") or openscale.data_marts.list().result.data_marts[0].metadata.id
    print(register(openscale, data_mart).metadata.id)
`;
}
