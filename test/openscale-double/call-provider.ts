/** How OpenScale calls a custom metrics provider (IBM/watson-openscale-samples, custom_metrics; ibm_watson_openscale/custom_monitor.py). */
import { fetch } from 'undici';
import type { customProviderSchema } from './schemas.ts';
import type { OpenScaleStore } from './store.ts';
import type { z } from 'zod';

type Provider = z.infer<typeof customProviderSchema>;

export interface ProviderCall extends Provider {
  readonly body: object;
  /** Seconds. */
  readonly waitTime: number;
}

/** The call for a run of a custom monitor; undefined for other monitors, and where runs are not enabled. */
export function toProviderCall(store: OpenScaleStore, instance: string, run: string): ProviderCall | undefined {
  const monitor = store.monitors.get(instance)?.entity;
  const parameters = monitor?.parameters;
  if (!monitor || parameters?.['enable_custom_metric_runs'] !== true) return undefined;
  const system = store.systems.get(String(parameters['custom_metrics_provider_id']))?.entity as Provider | undefined;
  if (!system) return undefined;
  const { target_id } = monitor.target;
  const find = (type: string) => store.listDataSets(target_id, type)[0]?.metadata.id;
  const [payload, feedback] = [find('payload_logging'), find('feedback')];
  const values = {
    data_mart_id: monitor.data_mart_id,
    subscription_id: target_id,
    custom_monitor_id: monitor.monitor_definition_id,
    custom_monitor_instance_id: instance,
    custom_monitor_run_id: run,
    custom_monitor_instance_params: parameters,
    ...(payload !== undefined && { payload_dataset_id: payload }),
    ...(feedback !== undefined && { feedback_dataset_id: feedback }),
  };
  const waitTime = Number(parameters['custom_metrics_wait_time']);
  return { ...system, body: { input_data: [{ values }] }, waitTime };
}

/** Sends the call; the status is 0 if there is no answer in time. */
export async function sendProviderCall({ credentials, connection, body, waitTime }: ProviderCall) {
  try {
    const reply = await fetch(connection.endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: await toAuthorization(credentials) },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(waitTime * 1000),
    });
    return { status: reply.status, body: await reply.json() };
  } catch {
    return { status: 0, body: undefined };
  }
}

async function toAuthorization(credentials: Provider['credentials']): Promise<string> {
  if (credentials.auth_type === 'basic') {
    const { username, password } = credentials;
    return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  }
  const { url, headers, payload, method, token_field_name } = credentials.token_info;
  const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
  const reply = (await (await fetch(url, { method: method.toUpperCase(), headers, body })).json()) as Record<
    string,
    string
  >;
  return `Bearer ${reply[token_field_name ?? 'access_token'] ?? reply['token']}`;
}
