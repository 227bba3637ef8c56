/** Metrics as they are passed between the processes of an engine: as few bytes as possible, because there may be many. */
import type { Registry } from 'prom-client';

/** A metric with all its series. */
export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** What several processes say of a gauge together. */
  readonly aggregator: 'sum' | 'max' | 'min';
  /** The upper bounds of a histogram's buckets, without +Inf. */
  readonly bounds: readonly number[];
  readonly series: readonly Series[];
}

/** The values of a metric for one set of labels. */
export interface Series {
  readonly labels: Labels;
  /** One number; of a histogram, the cumulative counts by bucket, then the count of all, then the sum. */
  readonly numbers: readonly number[];
  /** By bucket, the last value that belongs to a trace. */
  readonly exemplars?: readonly (Exemplar | null)[];
}

export type Labels = Readonly<Record<string, string>>;

/** A value and the trace that it belongs to, as prom-client keeps it. */
export interface Exemplar {
  readonly labelSet: Labels;
  readonly value: number;
  /** In seconds. */
  readonly timestamp: number;
}

/** What one process has counted since it started, and what it measures now. */
export interface Figures {
  /** What is added to that of the other processes. */
  readonly families: readonly Family[];
  /** What is about the process itself, and gets its number as a label. */
  readonly process: readonly Family[];
  /** The ids of the deployments that it knows. */
  readonly deployments: readonly string[];
}

/** What prom-client gives of a metric. */
interface JsonMetric {
  readonly name: string;
  readonly help: string;
  readonly type: unknown;
  readonly aggregator?: string;
  readonly values: readonly {
    readonly labels: Partial<Record<string, string | number>>;
    readonly value: number;
    readonly metricName?: string;
    readonly exemplar?: Exemplar | null;
  }[];
}

/** The families of a registry, also those that have no series yet. */
export async function takeFamilies(registry: Pick<Registry, 'getMetricsAsJSON'>): Promise<Family[]> {
  const metrics = (await registry.getMetricsAsJSON()) as unknown as readonly JsonMetric[];
  return metrics.map(toFamily);
}

function toFamily(metric: JsonMetric): Family {
  const { name, help, aggregator } = metric;
  const type = metric.type as Family['type'];
  const about = {
    name,
    help,
    type,
    aggregator: aggregator === 'max' || aggregator === 'min' ? aggregator : 'sum',
  } as const;
  if (type === 'histogram') return { ...about, ...toHistogram(metric) };
  const series = metric.values.map(({ labels, value }) => ({ labels: toLabels(labels), numbers: [value] }));
  return { ...about, bounds: [], series };
}

/** prom-client gives the buckets of a series, +Inf the last, then its sum and its count. */
function toHistogram({ name, values }: JsonMetric): Pick<Family, 'bounds' | 'series'> {
  const bounds: number[] = [];
  const series: Series[] = [];
  let numbers: number[] = [];
  let exemplars: (Exemplar | null)[] = [];
  for (const { labels, value, metricName, exemplar } of values) {
    if (metricName === `${name}_bucket`) {
      if (series.length === 0 && labels['le'] !== '+Inf') bounds.push(Number(labels['le']));
      numbers.push(value);
      exemplars.push(exemplar ?? null);
    } else if (metricName === `${name}_sum`) {
      numbers.push(value);
    } else {
      const hasExemplars = exemplars.some((one) => one !== null);
      series.push({ labels: toLabels(labels), numbers, ...(hasExemplars && { exemplars }) });
      numbers = [];
      exemplars = [];
    }
  }
  return { bounds, series };
}

function toLabels(labels: JsonMetric['values'][number]['labels']): Labels {
  const entries = Object.entries(labels).filter(([name]) => name !== 'le');
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
}
