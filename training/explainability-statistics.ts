/**
 * The statistics from which OpenScale perturbs rows to explain a score: `explainability_configuration` of IBM's
 * training_distribution.json. Numbers are discretised by quartiles, as LIME's tabular explainer does (Ribeiro et al. 2016).
 */
import { cellAt, type TableColumn, type TypedTable } from './load-table.ts';
import type { Cell } from '../csv/cell-type.ts';

/** Values keyed by the position of the feature, as a string. */
type ByFeature<Value> = Record<string, Value>;

/** Statistics of complete rows. A code is the position of a category in its mapping, or the number of a bin. */
export interface ExplainabilityStatistics {
  readonly feature_columns: readonly string[];
  readonly categorical_columns: readonly string[];
  readonly text_columns: readonly string[];
  /** The codes that occur, in the order of their first rows: LIME draws from them in this order. */
  readonly feature_values: ByFeature<readonly number[]>;
  /** The number of rows of each of these codes. */
  readonly feature_frequencies: ByFeature<readonly number[]>;
  readonly class_labels: readonly Cell[];
  /** The categories in ascending order. */
  readonly categorical_columns_encoding_mapping: ByFeature<readonly Cell[]>;
  readonly categorical_counts: ByFeature<Record<string, number>>;
  /** The median, or the most frequent category. */
  readonly base_values: ByFeature<Cell>;
  readonly stds: ByFeature<number>;
  readonly mins: ByFeature<number>;
  readonly maxs: ByFeature<number>;
  /** The distinct quartiles. They are the upper bounds, inclusive, of all bins but the last. */
  readonly d_bins: ByFeature<readonly number[]>;
  readonly d_means: ByFeature<readonly number[]>;
  readonly d_stds: ByFeature<readonly number[]>;
  readonly d_mins: ByFeature<readonly number[]>;
  readonly d_maxs: ByFeature<readonly number[]>;
}

/** LIME adds this to the standard deviation of each bin, so that it can draw from a bin with a single value. */
const EPSILON = 1e-11;

/** Computes the statistics of a table that has rows and no missing cells. */
export function toExplainabilityStatistics(
  table: TypedTable,
  classes: readonly (string | number)[],
): ExplainabilityStatistics {
  const names = table.columns.map(({ plan: { name } }) => name);
  const features = table.columns.map((column) =>
    isCategorical(column) ? describeCategories(column, table.rowCount) : describeNumbers(column.values),
  );
  const byFeature = <Key extends keyof FeatureStatistics>(key: Key) =>
    Object.fromEntries(
      features.flatMap(({ [key]: value }, index) => (value === undefined ? [] : [[String(index), value]])),
    ) as ByFeature<NonNullable<FeatureStatistics[Key]>>;
  return {
    feature_columns: names,
    categorical_columns: names.filter((_, index) => features[index]?.mapping),
    text_columns: [],
    feature_values: byFeature('codes'),
    feature_frequencies: byFeature('frequencies'),
    class_labels: classes,
    categorical_columns_encoding_mapping: byFeature('mapping'),
    categorical_counts: byFeature('counts'),
    base_values: byFeature('base'),
    stds: byFeature('std'),
    mins: byFeature('min'),
    maxs: byFeature('max'),
    d_bins: byFeature('cuts'),
    d_means: byFeature('binMeans'),
    d_stds: byFeature('binStds'),
    d_mins: byFeature('binMins'),
    d_maxs: byFeature('binMaxs'),
  };
}

/** Whether OpenScale treats a column as categorical. */
export function isCategorical({ plan: { categorical, type } }: TableColumn): boolean {
  return categorical || type === 'boolean';
}

interface FeatureStatistics {
  readonly codes: readonly number[];
  readonly frequencies: readonly number[];
  readonly base: Cell;
  readonly mapping?: readonly Cell[];
  readonly counts?: Record<string, number>;
  readonly std?: number;
  readonly min?: number;
  readonly max?: number;
  readonly cuts?: readonly number[];
  readonly binMeans?: readonly number[];
  readonly binStds?: readonly number[];
  readonly binMins?: readonly number[];
  readonly binMaxs?: readonly number[];
}

function describeCategories(column: TableColumn, rowCount: number): FeatureStatistics {
  const counts = new Map<Cell, number>();
  for (let row = 0; row < rowCount; row++) {
    const cell = cellAt(column, row) as Cell;
    counts.set(cell, (counts.get(cell) ?? 0) + 1);
  }
  const mapping = [...counts.keys()].sort(compareCells);
  const codes = new Map(mapping.map((cell, code) => [cell, code]));
  const frequencies = [...counts.values()];
  // A loop, because a column can have more categories than a function can have arguments.
  const greatest = frequencies.reduce((max, count) => Math.max(max, count), 0);
  return {
    codes: Array.from(counts.keys(), (cell) => codes.get(cell) as number),
    frequencies,
    base: [...counts.keys()][frequencies.indexOf(greatest)] as Cell,
    mapping,
    counts: Object.fromEntries(Array.from(counts, ([cell, count]) => [toPythonText(cell), count])),
  };
}

function describeNumbers(values: Float64Array): FeatureStatistics {
  const sorted = values.slice().sort();
  const min = sorted[0] as number;
  const max = sorted[sorted.length - 1] as number;
  const cuts = [...new Set([0.25, 0.5, 0.75].map((share) => toQuantile(sorted, share)))];
  const toBin = (value: number) => cuts.filter((cut) => cut < value).length;
  const frequencies = new Map<number, number>();
  for (const value of values) frequencies.set(toBin(value), (frequencies.get(toBin(value)) ?? 0) + 1);
  const bins = [...cuts, max].map((_, bin) => toMoments(values.filter((value) => toBin(value) === bin)));
  return {
    codes: [...frequencies.keys()],
    frequencies: [...frequencies.values()],
    base: toQuantile(sorted, 0.5),
    std: toMoments(values).std,
    min,
    max,
    cuts,
    binMeans: bins.map(({ mean }) => mean),
    binStds: bins.map(({ std }) => std + EPSILON),
    binMins: [min, ...cuts],
    binMaxs: [...cuts, max],
  };
}

/** The mean and the standard deviation of a population; 0 and 0 for no values. */
function toMoments(values: Float64Array): { readonly mean: number; readonly std: number } {
  if (values.length === 0) return { mean: 0, std: 0 };
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, std: Math.sqrt(variance) };
}

/** A quantile of sorted values, interpolated and rounded as by numpy.percentile. */
export function toQuantile(sorted: Float64Array, share: number): number {
  const position = share * (sorted.length - 1);
  const low = sorted[Math.floor(position)] as number;
  const high = sorted[Math.ceil(position)] as number;
  const rest = position - Math.floor(position);
  return rest < 0.5 ? low + (high - low) * rest : high - (high - low) * (1 - rest);
}

/** The order in which Python sorts values of one type: texts by code point, false before true. */
function compareCells(one: Cell, other: Cell): number {
  if (typeof one === 'string' && typeof other === 'string') return Buffer.compare(Buffer.from(one), Buffer.from(other));
  return Number(one) - Number(other);
}

/** A cell as Python's `str` writes it. */
function toPythonText(cell: Cell): string {
  if (typeof cell === 'boolean') return cell ? 'True' : 'False';
  return String(cell);
}
