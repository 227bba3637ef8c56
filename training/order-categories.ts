/**
 * Categories as numbers that a tree splits well: in the order of their mean target, where one threshold parts the
 * categories as well as any subset of them could, for two classes and for a regression (Breiman et al. 1984, 4.2.2;
 * Fisher 1958). For more classes the order is that of the first principal component of their class probabilities
 * (Coppersmith, Hong, Hosking 1999), which is close to the best.
 */
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';

/** Categories with fewer rows are learned as one group, with the missing ones: alone they would tell noise. */
const FEWEST_ROWS = 5;
const MOST_KEPT = 1000;
/** How many rows of the average category each category is mixed with before it is ordered. */
const PRIOR_ROWS = 10;

/** How the categories of a column are encoded. */
export interface CategoryOrder {
  /** The categories that are kept apart, as positions in the column's list; the most frequent first. */
  readonly kept: readonly number[];
  /** The number of each kept category. */
  readonly codes: readonly number[];
  /** The number of all others: rare, missing and never seen ones. */
  readonly unknown: number;
}

/** The categories with rows enough to be kept apart, the most frequent first; one at least, because a column has one. */
export function keepFrequent(values: Float64Array, rows: Int32Array, most = MOST_KEPT): number[] {
  const counts = new Map<number, number>();
  for (const row of rows) {
    const value = values[row] as number;
    if (!Number.isNaN(value)) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  const sorted = [...counts].sort(([a, x], [b, y]) => y - x || a - b);
  const frequent = sorted.filter(([, count]) => count >= FEWEST_ROWS).slice(0, most);
  return frequent.length > 0 ? frequent.map(([value]) => value) : [sorted[0]?.[0] ?? 0];
}

/**
 * Orders the categories of a column by what they say of the target.
 * @param values a category's position a row, NaN where it is missing
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

/** A number a group of rows, by which the groups are ordered. */
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
