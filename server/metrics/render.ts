/** Metrics as text, in the two formats that Prometheus reads; and the few of them that the console shows, as JSON. */
import { Registry, type Metric, type RegistryContentType } from 'prom-client';
import type { Family, Series } from './figures.ts';
import { toTraffic } from './traffic.ts';

/** Prometheus' own text format; OpenMetrics, which has exemplars; or the traffic of each deployment as JSON. */
export type Format = 'prometheus' | 'openmetrics' | 'traffic';

/** A reply with metrics. */
export interface MetricsText {
  readonly contentType: string;
  readonly text: string;
}

/** Writes metrics; those for Prometheus by prom-client. */
export async function renderMetrics(families: readonly Family[], format: Format): Promise<MetricsText> {
  if (format === 'traffic') return { contentType: 'application/json', text: JSON.stringify(toTraffic(families)) };
  const contentType: RegistryContentType =
    format === 'openmetrics' ? Registry.OPENMETRICS_CONTENT_TYPE : Registry.PROMETHEUS_CONTENT_TYPE;
  const registry = new Registry<RegistryContentType>();
  registry.setContentType(contentType);
  for (const family of families) {
    const { name, help, type } = family;
    // prom-client takes the suffix _total off the metric's name, and asks the metric for its name again.
    const metric = {
      name,
      help,
      type,
      values: family.series.flatMap((one) => toValues(family, one)),
      get: () => metric,
    };
    registry.registerMetric(metric as unknown as Metric);
  }
  return { contentType, text: await registry.metrics() };
}

/** The lines of a series. */
function toValues({ name, type, bounds }: Family, { labels, numbers, exemplars }: Series): object[] {
  if (type !== 'histogram') return [{ labels, value: numbers[0] }];
  const count = bounds.length + 1;
  return [
    ...numbers.slice(0, count).map((value, index) => ({
      metricName: `${name}_bucket`,
      labels: { le: bounds[index] ?? '+Inf' },
      sharedLabels: labels,
      value,
      exemplar: exemplars?.[index],
    })),
    { metricName: `${name}_sum`, labels: {}, sharedLabels: labels, value: numbers[count] },
    { metricName: `${name}_count`, labels: {}, sharedLabels: labels, value: numbers[count - 1] },
  ];
}
