/**
 * What OpenScale needs to know about training data that it cannot read: the three parts of its
 * `training_distribution.json`. Counts and moments cover all rows with a label; numbers are discretised by quartiles, as
 * LIME's tabular explainer does (Ribeiro et al. 2016), and standard deviations are those of the population.
 */
import { cellAt, type TrainingColumn, type TrainingTable } from './load-table.ts';
import type { TrainingPlan } from './plan-training.ts';

type Cell = string | number | boolean;
/** Values by the position of the feature, as a decimal string. */
type ByFeature<Value> = Record<string, Value>;

interface FairnessDistribution {
  readonly attribute: string;
  readonly min?: number;
  readonly max?: number;
  /** A category, or a range "[minimum, maximum]", and how many rows of each class are in it. */
  readonly class_labels: readonly {
    readonly label: Cell;
    readonly counts: readonly { readonly class_value: Cell; readonly count: number }[];
  }[];
}

/** The file without the fairness parameters, which the user decides. */
export interface TrainingStatistics {
  readonly common_configuration: {
    readonly problem_type: string;
    readonly label_column: string;
    readonly feature_fields: readonly string[];
    readonly categorical_fields: readonly string[];
  };
  readonly fairness_configuration: { readonly distributions: readonly FairnessDistribution[] };
  readonly explainability_configuration: {
    readonly feature_columns: readonly string[];
    readonly categorical_columns: readonly string[];
    readonly feature_values: ByFeature<readonly number[]>;
    readonly feature_frequencies: ByFeature<readonly number[]>;
    readonly class_labels: readonly Cell[];
    readonly categorical_columns_encoding_mapping: ByFeature<readonly Cell[]>;
    readonly categorical_counts: ByFeature<Record<string, number>>;
    readonly base_values: ByFeature<Cell>;
    readonly stds: ByFeature<number>;
    readonly mins: ByFeature<number>;
    readonly maxs: ByFeature<number>;
    readonly d_bins: ByFeature<readonly number[]>;
    readonly d_means: ByFeature<readonly number[]>;
    readonly d_stds: ByFeature<readonly number[]>;
    readonly d_mins: ByFeature<readonly number[]>;
    readonly d_maxs: ByFeature<readonly number[]>;
  };
}

/** OpenScale divides by standard deviations and writes this in place of 0. */
const MIN_STD = 1e-11;
/** A regression's label is counted in this many ranges of about equally many rows. */
const LABEL_RANGES = 4;

/** The statistics of a table. Boolean columns count as categorical, as discovery publishes them. */
export function toTrainingStatistics(table: TrainingTable, plan: TrainingPlan): TrainingStatistics {
  const features = table.columns.map((column) => describe(column, table.rowCount));
  const names = table.columns.map(({ plan: { name } }) => name);
  const categorical = features.flatMap(({ categories }, index) => (categories ? [names[index] as string] : []));
  const byFeature = <Value>(pick: (feature: FeatureStatistics) => Value | undefined): ByFeature<Value> =>
    Object.fromEntries(
      features.flatMap((feature, index) => {
        const value = pick(feature);
        return value === undefined ? [] : [[String(index), value]];
      }),
    );
  return {
    common_configuration: {
      problem_type: plan.problemType,
      label_column: plan.label.name,
      feature_fields: names,
      categorical_fields: categorical,
    },
    fairness_configuration: {
      distributions: table.columns.map((column, index) =>
        toDistribution(column, features[index] as FeatureStatistics, table, plan),
      ),
    },
    explainability_configuration: {
      feature_columns: names,
      categorical_columns: categorical,
      feature_values: byFeature(({ counts }) => counts.map((_, value) => value)),
      feature_frequencies: byFeature(({ counts }) => counts.map((count) => count / Math.max(1, toSum(counts)))),
      class_labels: plan.label.classes ?? [],
      categorical_columns_encoding_mapping: byFeature(({ categories }) => categories),
      categorical_counts: byFeature(
        ({ categories, counts }) =>
          categories &&
          Object.fromEntries(categories.map((category, index) => [String(category), counts[index] as number])),
      ),
      base_values: byFeature(({ base }) => base),
      stds: byFeature(({ all }) => all?.std),
      mins: byFeature(({ all }) => all?.min),
      maxs: byFeature(({ all }) => all?.max),
      d_bins: byFeature(({ quartiles }) => quartiles),
      d_means: byFeature(({ bins }) => bins?.map(({ mean }) => mean)),
      d_stds: byFeature(({ bins }) => bins?.map(({ std }) => std)),
      d_mins: byFeature(({ bins }) => bins?.map(({ min }) => min)),
      d_maxs: byFeature(({ bins }) => bins?.map(({ max }) => max)),
    },
  };
}

interface Moments {
  readonly mean: number;
  readonly std: number;
  readonly min: number;
  readonly max: number;
}

interface FeatureStatistics {
  /** For a categorical feature, in order of first appearance. */
  readonly categories?: readonly Cell[];
  /** How many rows have each category, or are in each bin. */
  readonly counts: readonly number[];
  /** The most frequent category, or the median. */
  readonly base: Cell | undefined;
  readonly all?: Moments;
  readonly quartiles?: readonly number[];
  readonly bins?: readonly Moments[];
}

function describe(column: TrainingColumn, rowCount: number): FeatureStatistics {
  const { categorical, type } = column.plan;
  if (categorical || type === 'boolean') {
    const counts = new Map<Cell, number>(column.categories.map((category) => [category, 0]));
    for (let row = 0; row < rowCount; row++) {
      const cell = cellAt(column, row);
      if (cell !== null) counts.set(cell, (counts.get(cell) ?? 0) + 1);
    }
    const numbers = [...counts.values()];
    const categories = [...counts.keys()];
    return { categories, counts: numbers, base: categories[numbers.indexOf(Math.max(...numbers))] };
  }
  const sorted = column.values.filter((value) => !Number.isNaN(value)).sort();
  const quartiles = [0.25, 0.5, 0.75].map((share) => toQuantile(sorted, share));
  const groups = quartiles.map(() => [] as number[]).concat([[]]);
  // LIME's bins exclude their lower bound and include their upper one.
  for (const value of sorted) (groups[quartiles.filter((bound) => value > bound).length] as number[]).push(value);
  return {
    counts: groups.map((group) => group.length),
    base: quartiles[1],
    all: toMoments(sorted),
    quartiles,
    bins: groups.map(toMoments),
  };
}

function toDistribution(
  column: TrainingColumn,
  { categories, all, quartiles }: FeatureStatistics,
  { rowCount, target }: TrainingTable,
  { label }: TrainingPlan,
): FairnessDistribution {
  const bounds = toDistinct([all?.min ?? 0, ...(quartiles ?? []), all?.max ?? 0]);
  const groups: Cell[] = categories ? [...categories] : toRanges(bounds);
  const labelBounds = label.classes ? undefined : toBounds(target);
  const labels: Cell[] = labelBounds ? toRanges(labelBounds) : [...(label.classes ?? [])];
  const counts = groups.map(() => new Array<number>(labels.length).fill(0));
  const positions = new Map(categories?.map((category, index) => [category, index]));
  for (let row = 0; row < rowCount; row++) {
    const cell = cellAt(column, row);
    if (cell === null) continue;
    const group = categories ? positions.get(cell) : toRange(bounds, Number(cell));
    const labelled = target[row] as number;
    const index = labelBounds ? toRange(labelBounds, labelled) : labelled;
    const line = counts[group as number] as number[];
    line[index] = (line[index] as number) + 1;
  }
  return {
    attribute: column.plan.name,
    ...(all && { min: all.min, max: all.max }),
    class_labels: groups.map((group, index) => ({
      label: group,
      counts: labels.map((class_value, at) => ({ class_value, count: counts[index]?.[at] as number })),
    })),
  };
}

function toBounds(values: Float64Array): number[] {
  const sorted = values.slice().sort();
  return toDistinct(Array.from({ length: LABEL_RANGES + 1 }, (_, index) => toQuantile(sorted, index / LABEL_RANGES)));
}

/** Distinct bounds in order; at least two. */
function toDistinct(bounds: readonly number[]): number[] {
  const distinct = [...new Set(bounds)];
  return distinct.length > 1 ? distinct : [...distinct, ...distinct];
}

/** "[a, b]" for each pair of neighbours. */
function toRanges(bounds: readonly number[]): string[] {
  return bounds.slice(1).map((bound, index) => `[${bounds[index]}, ${bound}]`);
}

/** The range between bounds that holds a value; a value on a bound belongs to the range that ends there. */
function toRange(bounds: readonly number[], value: number): number {
  return bounds.slice(1, -1).filter((bound) => value > bound).length;
}

function toMoments(values: ArrayLike<number>): Moments {
  const list = Array.from(values);
  if (list.length === 0) return { mean: 0, std: MIN_STD, min: 0, max: 0 };
  const mean = toSum(list) / list.length;
  const variance = toSum(list.map((value) => (value - mean) ** 2)) / list.length;
  const [min, max] = list.reduce(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Infinity, -Infinity],
  );
  return { mean, std: Math.sqrt(variance) || MIN_STD, min, max };
}

/** The quantile of sorted values with linear interpolation, numpy's default. */
function toQuantile(sorted: ArrayLike<number>, share: number): number {
  if (sorted.length === 0) return 0;
  const position = share * (sorted.length - 1);
  const low = sorted[Math.floor(position)] as number;
  const high = sorted[Math.ceil(position)] as number;
  return low + (high - low) * (position - Math.floor(position));
}

function toSum(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
