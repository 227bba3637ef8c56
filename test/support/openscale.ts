/** Clients of the double of OpenScale, which wait for nothing. */
import { expect } from 'chai';
import { OpenScaleClient } from '../../openscale/client/openscale-client.ts';
import { openScaleSettingsSchema } from '../../openscale/client/openscale-settings.ts';
import { CREDENTIALS, type OpenScaleDouble } from '../openscale-double/openscale-double.ts';
import { setVariables } from './set-variables.ts';

/** The variables that hold the secrets of the double. */
export const SECRETS = { DOUBLE_API_KEY: CREDENTIALS.apiKey, DOUBLE_PASSWORD: CREDENTIALS.password };

/** How clients authenticate themselves at the double, per platform. */
export const toPlatforms = (url: string) =>
  ({
    'IBM Cloud': { type: 'iam', api_key: { variable: 'DOUBLE_API_KEY' }, url: `${url}/identity/token` },
    AWS: { type: 'mcsp', api_key: { variable: 'DOUBLE_API_KEY' }, url: `${url}/api/2.0/accounts/a/apikeys/token` },
    'Cloud Pak for Data': { type: 'cpd', username: 'admin', password: { variable: 'DOUBLE_PASSWORD' } },
    'Cloud Pak for Data with an API key': { type: 'cpd', username: 'admin', api_key: { variable: 'DOUBLE_API_KEY' } },
  }) as const;

/** Settings of a client of the double. */
export const toSettings = ({ url }: Pick<OpenScaleDouble, 'url'>, others: object = {}) =>
  openScaleSettingsSchema.parse({ url, authentication: toPlatforms(url)['IBM Cloud'], poll_interval: 1, ...others });

/** A client of the double. */
export async function openClient(double: OpenScaleDouble, others: object = {}): Promise<OpenScaleClient> {
  const undo = setVariables(SECRETS);
  const opened = await OpenScaleClient.open(toSettings(double, others), 'settings');
  undo();
  expect(opened).to.have.property('client');
  return (opened as { client: OpenScaleClient }).client;
}
