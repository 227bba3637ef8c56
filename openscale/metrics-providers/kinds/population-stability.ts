/**
 * The population stability index (Siddiqi, Credit Risk Scorecards, 2006, chapter 8): the sum of (actual - expected) * ln(actual /
 * expected) over the bins of a column, with shares of the records. Usual limits are 0.1 (a moderate shift) and 0.2 (a large one).
 * What is expected comes from the training statistics of the deployment, or from records of an earlier time.
 */
import { z } from 'zod';
import { listOf } from '../../../models/list-of.ts';
import { ProviderError, type MetricGroup, type ProviderInput, type ProviderKind } from '../provider-kind.ts';
import { toKey, toNumber } from '../record-table.ts';

const time = z.iso.datetime({ offset: true, error: 'a date and time such as 2026-11-23T12:00:00Z' });

const schema = z.object({
  /** The columns that are compared; by default all features. */
  columns: listOf(z.string().min(1), 1).optional(),
  /** How many quantiles of the earlier records are bins of a number; training statistics have quartiles. */
  bins: z.int().min(2).max(100).default(10),
  /** A share that is lower counts as this, because an empty bin would make the index infinite. */
  min_share: z.number().gt(0).lt(0.1).default(0.0001),
  /** From which index a column counts as shifted. */
  shift: z.number().gt(0).default(0.2),
  /** The time of the earlier records; without one, the training statistics are compared with. */
  baseline_start: time.optional(),
  baseline_end: time.optional(),
});
type Parameters = z.infer<typeof schema>;

const upper = (limit: number) => ({ type: 'upper_limit', default: limit }) as const;

export const populationStability: ProviderKind<Parameters> = {
  schema,
  dataSets: ['payload', 'feedback'],
  needsScores: false,
  tags: [{ name: 'column', description: 'the column that is compared' }],
  metrics: [
    { name: 'max_population_stability_index', description: 'the largest index of a feature', threshold: upper(0.2) },
    { name: 'mean_population_stability_index', description: 'the mean index of the features' },
    { name: 'shifted_columns', description: 'features whose index reaches the limit' },
    { name: 'prediction_stability_index', description: 'the index of the prediction', threshold: upper(0.2) },
    { name: 'compared_columns', description: 'features that are compared' },
    { name: 'population_records', description: 'records that are compared' },
    { name: 'population_stability_index', description: 'the index of one feature' },
  ],
  compute: measure,
};

/** What is expected of a column: the share of each bin, and the bin of a value; undefined for a value that counts nowhere. */
interface Expectation {
  readonly shares: readonly number[];
  readonly findBin: (value: unknown) => number | undefined;
}

function measure(input: ProviderInput, parameters: Parameters): MetricGroup[] {
  const { records, features, prediction } = input;
  const { columns, min_share, shift } = parameters;
  const expect = buildExpect(input, parameters);
  const names = columns ?? features.filter((name) => records.columns.has(name));
  const compared = names.flatMap((name) => {
    const cells = records.columns.get(name);
    if (!cells) throw new ProviderError(`columns: the records have no column ${JSON.stringify(name)}.`);
    const expectation = expect(name);
    if (!expectation && columns)
      throw new ProviderError(`columns: nothing is known of ${JSON.stringify(name)} from the time before.`);
    const index = expectation && toIndex(cells, expectation, min_share);
    return index === undefined ? [] : [{ name, index }];
  });
  if (compared.length === 0) throw new ProviderError('No feature can be compared: the records have none with values.');
  const predictions = prediction === undefined ? undefined : records.columns.get(prediction);
  const expected = prediction === undefined || !predictions ? undefined : expect(prediction);
  const ofPrediction = expected && predictions ? toIndex(predictions, expected, min_share) : undefined;
  const indexes = compared.map(({ index }) => index);
  return [
    {
      max_population_stability_index: indexes.reduce((max, index) => Math.max(max, index), 0),
      mean_population_stability_index: indexes.reduce((sum, index) => sum + index, 0) / indexes.length,
      shifted_columns: indexes.filter((index) => index >= shift).length,
      ...(ofPrediction !== undefined && { prediction_stability_index: ofPrediction }),
      compared_columns: indexes.length,
      population_records: records.rowCount,
    },
    ...compared.map(({ name, index }) => ({ population_stability_index: index, column: name })),
  ];
}

/** The index of a column; undefined if it has no values. */
function toIndex(cells: readonly unknown[], { shares, findBin }: Expectation, minShare: number): number | undefined {
  const counts = new Float64Array(shares.length);
  let all = 0;
  for (const cell of cells) {
    const bin = cell === null ? undefined : findBin(cell);
    if (bin === undefined) continue;
    counts[bin] = (counts[bin] as number) + 1;
    all += 1;
  }
  if (all === 0) return undefined;
  return shares.reduce((sum, share, bin) => {
    const expected = Math.max(share, minShare);
    const actual = Math.max((counts[bin] as number) / all, minShare);
    return sum + (actual - expected) * Math.log(actual / expected);
  }, 0);
}

function buildExpect(
  { baseline, statistics, prediction, deployment, classes }: ProviderInput,
  { bins, baseline_start, baseline_end }: Parameters,
): (column: string) => Expectation | undefined {
  if ((baseline_start === undefined) !== (baseline_end === undefined))
    throw new ProviderError('baseline_start and baseline_end: expected both of them, or neither.');
  const isNumeric = (name: string) => {
    const column = deployment?.columns.find((one) => one.name === name);
    if (name === prediction) return classes === undefined;
    return column ? column.categories === undefined && !['string', 'boolean'].includes(column.type) : undefined;
  };
  if (baseline) {
    if (baseline.rowCount === 0) throw new ProviderError('There are no records from baseline_start to baseline_end.');
    return (name) => {
      const cells = baseline.columns.get(name)?.filter((cell) => cell !== null) ?? [];
      if (cells.length === 0) return undefined;
      const numbers = cells.map(toNumber).filter((number) => number !== undefined);
      // Of a column that no deployment describes, numbers are numbers.
      const asNumbers = isNumeric(name) ?? cells.every((cell) => typeof cell === 'number');
      return asNumbers ? ofNumbers(numbers, bins) : ofCategories(countKeys(cells));
    };
  }
  if (!statistics)
    throw new ProviderError(
      'Nothing is known of the training data: only deployments made by `train` have statistics. Name a time to compare with: baseline_start and baseline_end.',
    );
  return (name) =>
    name === prediction ? ofLabels(statistics.outcomes) : ofStatistics(statistics.explainability_configuration, name);
}

/** Bins between the quantiles of the values, as numpy.quantile interpolates them. */
function ofNumbers(values: readonly number[], bins: number): Expectation | undefined {
  if (values.length === 0) return undefined;
  const sorted = Float64Array.from(values).sort();
  const cuts = [...new Set(Array.from({ length: bins - 1 }, (_, index) => toQuantile(sorted, (index + 1) / bins)))];
  const counts = new Array<number>(cuts.length + 1).fill(0);
  const find = buildFindBin(cuts);
  for (const value of sorted) {
    const bin = find(value) as number;
    counts[bin] = (counts[bin] as number) + 1;
  }
  return { shares: counts.map((count) => count / sorted.length), findBin: find };
}

function toQuantile(sorted: Float64Array, share: number): number {
  const place = (sorted.length - 1) * share;
  const [low, high] = [sorted[Math.floor(place)] as number, sorted[Math.ceil(place)] as number];
  return low + (high - low) * (place - Math.floor(place));
}

/** The bin of a number; the cuts are the upper bounds, inclusive, of all bins but the last. */
function buildFindBin(cuts: readonly number[]): Expectation['findBin'] {
  return (value) => {
    const number = toNumber(value);
    if (number === undefined) return undefined;
    const bin = cuts.findIndex((cut) => number <= cut);
    return bin < 0 ? cuts.length : bin;
  };
}

/** A bin per category, and one for all that were not seen before. */
function ofCategories(counts: ReadonlyMap<string, number>): Expectation {
  const keys = new Map([...counts.keys()].map((key, index) => [key, index]));
  const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return {
    shares: [...[...counts.values()].map((count) => count / all), 0],
    findBin: (value) => keys.get(toKey(value)) ?? keys.size,
  };
}

function countKeys(cells: readonly unknown[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const cell of cells) counts.set(toKey(cell), (counts.get(toKey(cell)) ?? 0) + 1);
  return counts;
}

type ByFeature<Value> = Readonly<Record<string, Value | undefined>>;

/** What training statistics say of a feature (training/explainability-statistics.ts). */
function ofStatistics(statistics: unknown, name: string): Expectation | undefined {
  const { feature_columns, categorical_counts, d_bins, feature_values, feature_frequencies } = (statistics ?? {}) as {
    feature_columns?: readonly string[];
    categorical_counts?: ByFeature<Readonly<Record<string, number>>>;
    d_bins?: ByFeature<readonly number[]>;
    feature_values?: ByFeature<readonly number[]>;
    feature_frequencies?: ByFeature<readonly number[]>;
  };
  const feature = String(feature_columns?.indexOf(name) ?? -1);
  const categories = categorical_counts?.[feature];
  if (categories) return ofCategories(new Map(Object.entries(categories)));
  const cuts = d_bins?.[feature];
  const [codes, frequencies] = [feature_values?.[feature], feature_frequencies?.[feature]];
  if (!cuts || !codes || !frequencies) return undefined;
  const all = frequencies.reduce((sum, count) => sum + count, 0);
  const shares: number[] = new Array<number>(cuts.length + 1).fill(0);
  codes.forEach((code, index) => (shares[code] = (frequencies[index] as number) / all));
  return { shares, findBin: buildFindBin(cuts) };
}

/** The classes of the training data; the prediction of a regression needs earlier records. */
function ofLabels({ labels, features }: NonNullable<ProviderInput['statistics']>['outcomes']): Expectation | undefined {
  const names = labels.filter((label) => !Array.isArray(label));
  const counts = new Map<string, number>(names.map((label) => [toKey(label), 0]));
  const [feature] = features;
  if (counts.size < labels.length || !feature) return undefined;
  for (const [label, rows] of feature.counts.flat()) {
    const key = toKey(labels[label]);
    counts.set(key, (counts.get(key) ?? 0) + rows);
  }
  return ofCategories(counts);
}
