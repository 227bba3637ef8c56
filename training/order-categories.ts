/**
 * Encodes categories as numbers that a tree splits well. Ordered by their mean target, one threshold separates them as well
 * as any subset could, for two classes and for a regression (Breiman et al. 1984, 4.2.2; Fisher 1958). With more classes,
 * the order of the first principal component of the class probabilities is close to optimal (Coppersmith, Hong, Hosking
 * 1999).
 */
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';

/** Categories with fewer rows are learned as one group, together with missing values: alone they would be noise. */
const MIN_ROWS = 5;
const MAX_KEPT = 1000;
/** Smoothing: each category is mixed with this many average rows before it is ordered. */
const PRIOR_ROWS = 10;

/** How the categories of a column are encoded. */
export interface CategoryOrder {
  /** The categories with a code of their own, as positions in the column's list, the most frequent first. */
  readonly kept: readonly number[];
  /** The code of each kept category. */
  readonly codes: readonly number[];
  /** The code of everything else: rare, missing and unknown categories. */
  readonly unknown: number;
}

/** The categories with enough rows for a code of their own, the most frequent first; at least one. */
export function keepFrequent(values: Float64Array, rows: Int32Array, max = MAX_KEPT): number[] {
  const counts = new Map<number, number>();
  for (const row of rows) {
    const value = values[row] as number;
    if (!Number.isNaN(value)) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  const sorted = [...counts].sort(([a, x], [b, y]) => y - x || a - b);
  const frequent = sorted.filter(([, count]) => count >= MIN_ROWS).slice(0, max);
  return frequent.length > 0 ? frequent.map(([value]) => value) : [sorted[0]?.[0] ?? 0];
}

/**
 * Orders the categories of a column by their targets.
 * @param values one category position per row, NaN if it is missing
 * @param target class indices from 0, or numbers
 * @param classCount 0 for a regression
 * @param rows the rows to learn from
 */
export function orderCategories(
  values: Float64Array,
  target: Float64Array,
  classCount: number,
  rows: Int32Array,
): CategoryOrder {
  const kept = keepFrequent(values, rows);
  const groups = new Map(kept.map((category, group) => [category, group]));
  const others = kept.length;
  const width = Math.max(1, classCount);
  const sums = Matrix.zeros(kept.length + 1, width);
  const weights = new Float64Array(kept.length + 1);
  for (const row of rows) {
    const group = groups.get(values[row] as number) ?? others;
    const column = classCount > 0 ? (target[row] as number) : 0;
    sums.set(group, column, sums.get(group, column) + (classCount > 0 ? 1 : (target[row] as number)));
    weights[group] = (weights[group] as number) + 1;
  }
  const scores = toScores(sums, weights, classCount);
  const order = [...scores.keys()].sort((a, b) => (scores[a] as number) - (scores[b] as number) || a - b);
  const codes = new Array<number>(order.length);
  order.forEach((group, rank) => (codes[group] = rank));
  return { kept, codes: codes.slice(0, others), unknown: codes[others] as number };
}

/** One number per group of rows, by which the groups are ordered. */
function toScores(sums: Matrix, weights: Float64Array, classCount: number): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const mean = sums.sum('column').map((sum) => sum / total);
  const smoothed = sums.clone();
  for (let group = 0; group < smoothed.rows; group++) {
    const weight = (weights[group] as number) + PRIOR_ROWS;
    for (let column = 0; column < smoothed.columns; column++) {
      const prior = PRIOR_ROWS * (mean[column] as number);
      smoothed.set(group, column, (sums.get(group, column) + prior) / weight - (mean[column] as number));
    }
  }
  if (classCount === 2) return smoothed.getColumn(1);
  if (classCount === 0) return smoothed.getColumn(0);
  const weighted = Matrix.diag(Array.from(weights)).mmul(smoothed);
  const covariance = smoothed.transpose().mmul(weighted);
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(covariance, { assumeSymmetric: true });
  const first = realEigenvalues.indexOf(Math.max(...realEigenvalues));
  return smoothed.mmul(Matrix.columnVector(eigenvectorMatrix.getColumn(first))).getColumn(0);
}
