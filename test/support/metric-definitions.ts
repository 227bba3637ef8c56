import type { Registry } from 'prom-client';
import { EngineMetrics } from '../../server/metrics/engine-metrics.ts';
import { FirstProcessMetrics } from '../../server/metrics/first-process-metrics.ts';
import { takeProcessFamilies } from '../../server/metrics/process-metrics.ts';
import { addSenderMetrics } from '../../server/metrics/sender-metrics.ts';
import { parsePayloadLogSettings } from '../../server/payload-log/payload-log-settings.ts';

/** A metric as the code defines it. */
export interface Definition {
  readonly type: string;
  readonly help: string;
  readonly labels: readonly string[];
}

/** Every metric of the engine's own, by name. */
export function listDefinitions(): Map<string, Definition> {
  const engine = new EngineMetrics();
  const settings = parsePayloadLogSettings('{"folder":"/nowhere","sinks":[]}', 'log.json');
  addSenderMetrics([engine.registry], settings);
  const all = new Map<string, Definition>();
  for (const { registry } of [engine, new FirstProcessMetrics()])
    for (const metric of listMetrics(registry))
      all.set(metric.name, { type: metric.type, help: metric.help, labels: metric.labelNames });
  return new Map([...all].sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** prom-client's metrics have these, which its types do not say. */
function listMetrics(registry: Pick<Registry, 'getMetricsAsArray'>) {
  return registry.getMetricsAsArray() as unknown as readonly {
    readonly name: string;
    readonly help: string;
    readonly type: string;
    readonly labelNames: readonly string[];
  }[];
}

/** The labels by the names that queries use, of which a histogram has three; those about the process among them. */
export async function listQueryNames(): Promise<Map<string, ReadonlySet<string>>> {
  const names = new Map<string, ReadonlySet<string>>();
  const add = (name: string, type: string, labels: readonly string[]) => {
    // Prometheus adds those of the target.
    const own = [...labels, 'job', 'instance'];
    if (type !== 'histogram') return names.set(name, new Set(own));
    names.set(`${name}_bucket`, new Set([...own, 'le']));
    return names.set(`${name}_sum`, new Set(own)).set(`${name}_count`, new Set(own));
  };
  for (const [name, { type, labels }] of listDefinitions()) add(name, type, labels);
  for (const { name, type, series } of await takeProcessFamilies())
    add(name, type, ['worker', ...Object.keys(series[0]?.labels ?? {})]);
  return names.set('up', new Set(['job', 'instance']));
}
