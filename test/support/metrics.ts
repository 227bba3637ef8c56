/** Metrics in Prometheus' text format, as tests look at them. */

/** A line: a name, labels and a value. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What a page of metrics has, by line. */
export class MetricsPage {
  readonly samples: readonly Sample[];
  /** By metric: its type and help text. */
  readonly types: ReadonlyMap<string, string>;
  readonly helps: ReadonlyMap<string, string>;

  constructor(text: string) {
    const find = (key: string) =>
      new Map(
        [...text.matchAll(new RegExp(`^# ${key} (\\S+) (.*)$`, 'gm'))].map(([, name, rest]) => [`${name}`, `${rest}`]),
      );
    this.types = find('TYPE');
    this.helps = find('HELP');
    this.samples = [...text.matchAll(/^([a-z_]+)(?:\{(.*?)\})? (\S+)(?: #.*)?$/gm)].map(
      ([, name, labels = '', value]) => ({
        name: `${name}`,
        labels: readLabels(labels),
        value: Number(value),
      }),
    );
  }

  /** The sum of the lines with a name (after `custom_ml_engine_`) and labels; undefined if there is none. */
  sum(name: string, labels: Readonly<Record<string, string>> = {}): number | undefined {
    const found = this.samples.filter(
      (sample) =>
        sample.name === `custom_ml_engine_${name}` &&
        Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
    );
    return found.length === 0 ? undefined : found.reduce((sum, { value }) => sum + value, 0);
  }
}

function readLabels(text: string): Record<string, string> {
  return Object.fromEntries([...text.matchAll(/([a-z_]+)="([^"]*)"/g)].map(([, key, value]) => [`${key}`, `${value}`]));
}

/** Asks an engine for its metrics. */
export async function fetchMetrics(url: string, headers: Record<string, string> = {}): Promise<MetricsPage> {
  const response = await fetch(`${url}/metrics`, { headers });
  if (response.status !== 200) throw new Error(`GET /metrics: ${response.status}`);
  return new MetricsPage(await response.text());
}
