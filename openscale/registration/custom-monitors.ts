/**
 * What OpenScale needs in order to have the engine compute the metrics of a custom monitor: an integrated system that says where the
 * engine is, the definition of the monitor, and an instance of it. As ibm_watson_openscale/custom_monitor.py makes them.
 */
import type { MetricsProvider } from '../metrics-providers/metrics-provider.ts';
import { PLACEHOLDERS, type AuthScheme } from './bodies.ts';

/** How long OpenScale waits for an answer, in seconds: its own default. */
const WAIT_TIME = 60;

interface CustomMonitorMetric {
  readonly name: string;
  readonly description: string;
  readonly thresholds: readonly { readonly type: string; readonly default: number }[];
}

/** A custom monitor as OpenScale takes it; the ids are added when they are known. */
export interface CustomMonitor {
  /** Body of `POST /v2/integrated_systems`. */
  readonly system: {
    readonly name: string;
    readonly description: string;
    readonly type: 'custom_metrics_provider';
    readonly credentials: { readonly auth_type: 'basic'; readonly username: string; readonly password: string };
    readonly connection: { readonly display_name: string; readonly endpoint: string };
  };
  /** Body of `POST /v2/monitor_definitions`. */
  readonly definition: {
    readonly name: string;
    readonly description: string;
    readonly metrics: readonly CustomMonitorMetric[];
    readonly tags: readonly { readonly name: string; readonly description: string; readonly required: boolean }[];
    readonly applies_to: { readonly input_data_type: readonly string[] };
    readonly schedule: object;
    readonly monitor_runtime: { readonly type: 'custom_metrics_provider' };
  };
  /** Of `POST /v2/monitor_instances`. */
  readonly parameters: {
    readonly custom_metrics_wait_time: number;
    readonly enable_custom_metric_runs: true;
  };
}

/**
 * The custom monitor of a metrics provider.
 * @param url the URL at which OpenScale reaches the engine
 */
export function toCustomMonitor(
  { name, metrics, tags }: Pick<MetricsProvider, 'name' | 'metrics' | 'tags'>,
  url: string,
  auth: AuthScheme,
): CustomMonitor {
  const system = `custom-ml-engine at ${new URL(url).host}: ${name}`;
  // OpenScale knows no provider without credentials; an engine without authentication ignores them.
  const { username, password } = auth === 'basic' ? PLACEHOLDERS : { username: 'none', password: 'none' };
  return {
    system: {
      name: system,
      description: `Metrics that custom-ml-engine computes: ${name}`,
      type: 'custom_metrics_provider',
      credentials: { auth_type: 'basic', username, password },
      connection: { display_name: system, endpoint: `${url}/v1/metrics-providers/${encodeURIComponent(name)}` },
    },
    definition: {
      name: `custom-ml-engine ${name}`,
      description: `Metrics of the provider ${name} of custom-ml-engine`,
      metrics: metrics.map(({ threshold, ...metric }) => ({ ...metric, thresholds: threshold ? [threshold] : [] })),
      tags: tags.map((tag) => ({ ...tag, required: false })),
      applies_to: { input_data_type: ['structured'] },
      schedule: {
        repeat_interval: 1,
        repeat_unit: 'hour',
        start_time: { type: 'relative', delay_unit: 'minute', delay: 5 },
      },
      monitor_runtime: { type: 'custom_metrics_provider' },
    },
    parameters: { custom_metrics_wait_time: WAIT_TIME, enable_custom_metric_runs: true },
  };
}
