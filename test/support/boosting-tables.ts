/** Tables for boosting, made from a seed: numbers, missing values and categories. */
import type { BoostingData, BoostingOptions, ObjectiveName } from '../../training/boosting/boosting-data.ts';
import type { NamedFeature } from '../../training/boosting/lightgbm-text.ts';
import { binCategories, binNumbers } from '../../training/boosting/bin-boosting-feature.ts';
import { buildUniform } from './training.ts';

export const CLASS_COUNTS: Readonly<Record<ObjectiveName, number>> = {
  binary: 2,
  multiclass: 3,
  'squared-error': 0,
  poisson: 0,
};

export interface BoostingTable {
  readonly data: BoostingData;
  readonly features: readonly NamedFeature[];
  /** Row by row, with the code of each category, as a model of LightGBM takes it. */
  readonly matrix: Float64Array;
}

export interface BoostingWishes {
  readonly objective: ObjectiveName;
  readonly rows: number;
  readonly numbers: number;
  /** The numbers of categories, one per categorical feature. */
  readonly categories: readonly number[];
  /** The share of cells that are missing. */
  readonly missing: number;
  readonly seed: number;
}

/**
 * Makes a table. Its numbers are multiples of 0.1, so that their bins are those of LightGBM, and none is 0, for which LightGBM
 * has a bin of its own.
 */
export function makeBoostingTable(wishes: BoostingWishes): BoostingTable {
  const { objective, rows, numbers, categories, missing, seed } = wishes;
  const next = buildUniform(seed);
  const columns = Array.from({ length: numbers + categories.length }, () => new Float64Array(rows));
  const target = new Float64Array(new SharedArrayBuffer(8 * rows));
  const effects = categories.map((count) => Array.from({ length: count }, () => 2 * next() - 1));
  for (let row = 0; row < rows; row++) {
    const cells = columns.map((_, index) =>
      index < numbers
        ? (1 + Math.floor(60 * next())) / 10
        : Math.floor((categories[index - numbers] as number) * next()),
    );
    const [a = 0, b = 0, c = 0] = cells;
    const known = effects.map((list, index) => list[cells[numbers + index] as number] ?? 0);
    const signal =
      (a > 3 ? 1 : -1) * (b - 3) + Math.sin(c) + 2 * known.reduce((sum, effect) => sum + effect, 0) + 2 * next();
    target[row] = toTarget(signal, objective);
    cells.forEach((cell, index) => ((columns[index] as Float64Array)[row] = next() < missing ? NaN : cell));
  }
  const all = Int32Array.from(target.keys());
  const features = columns.map((values, index): NamedFeature => {
    const name = `feature ${index}`;
    if (index < numbers) return { ...binNumbers(values, 255), name, range: [0.1, 6], categories: undefined };
    const { feature, kept } = binCategories(values, all);
    return { ...feature, name, range: undefined, categories: kept };
  });
  const matrix = new Float64Array(rows * columns.length);
  columns.forEach((values, index) => {
    const kept = features[index]?.categories;
    const codes = kept && new Map(kept.map((category, code) => [category, code]));
    values.forEach((value, row) => (matrix[row * columns.length + index] = codes ? (codes.get(value) ?? NaN) : value));
  });
  return { data: { features, target, weights: undefined, classCount: CLASS_COUNTS[objective] }, features, matrix };
}

/** Options with LightGBM's defaults. */
export function toBoostingOptions(
  keys: Partial<BoostingOptions> & Pick<BoostingOptions, 'objective'>,
): BoostingOptions {
  return {
    iterations: 20,
    learningRate: 0.1,
    leaves: 31,
    maxDepth: 64,
    minLeaf: 20,
    l2: 0,
    featureFraction: 1,
    rowFraction: 1,
    seed: 1,
    ...keys,
  };
}

function toTarget(signal: number, objective: ObjectiveName): number {
  if (objective === 'binary') return signal > 1 ? 1 : 0;
  if (objective === 'multiclass') return signal < 0 ? 0 : signal < 2 ? 1 : 2;
  if (objective === 'poisson') return Math.max(0, Math.round(Math.exp(signal / 4)));
  return signal;
}
