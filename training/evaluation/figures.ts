/** The metrics that are a single number, of one evaluation or of several. */
import { METRIC_NAMES, type Metrics } from '../metrics.ts';

/** By the keys of METRIC_NAMES. */
export type Figures = Readonly<Record<string, number>>;

/** The mean of some figures, and their standard deviation if there are several. */
export interface Spread {
  readonly mean: number;
  readonly std?: number;
}

/** The metrics that are a single number. */
export function toFigures(metrics: Metrics): Figures {
  const entries = METRIC_NAMES.map(([key]) => [key, (metrics as unknown as Record<string, unknown>)[key]] as const);
  return Object.fromEntries(
    entries.filter((entry): entry is readonly [(typeof entry)[0], number] => typeof entry[1] === 'number'),
  );
}

/** The spread of each figure over several evaluations. */
export function toSpreads(all: readonly Figures[]): Readonly<Record<string, Spread>> {
  return Object.fromEntries(
    Object.keys(all[0] ?? {}).map((key) => {
      const values = all.map((figures) => figures[key] as number).filter((value) => !Number.isNaN(value));
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
      return [key, { mean, ...(values.length > 1 && { std: Math.sqrt(squares / (values.length - 1)) }) }];
    }),
  );
}
