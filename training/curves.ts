/** Curves of a classifier's probabilities, class by class against the rest. */

/** A point of a curve. */
export type Point = readonly [x: number, y: number];

/** What is predicted at each threshold: the rows whose probability is at least as high. */
export interface ThresholdCounts {
  /** The distinct probabilities, the highest first. */
  readonly thresholds: Float64Array;
  /** The number of rows at each threshold, and how many of them are of the class. */
  readonly rows: Int32Array;
  readonly hits: Int32Array;
}

/** Counts rows and hits of a class at every threshold. */
export function countByThreshold(
  truth: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  classCount: number,
  positive: number,
): ThresholdCounts {
  const scores = Float64Array.from({ length: truth.length }, (_, row) => {
    return probabilities[row * classCount + positive] as number;
  });
  const order = rankRows(scores);
  const thresholds: number[] = [];
  const rows: number[] = [];
  const hits: number[] = [];
  let seen = 0;
  order.forEach((row, at) => {
    if (truth[row] === positive) seen += 1;
    const score = scores[row] as number;
    if (at + 1 < order.length && scores[order[at + 1] as number] === score) return;
    thresholds.push(score);
    rows.push(at + 1);
    hits.push(seen);
  });
  return { thresholds: Float64Array.from(thresholds), rows: Int32Array.from(rows), hits: Int32Array.from(hits) };
}

/** The rows in descending order of their scores. */
export function rankRows(scores: Float64Array): Int32Array {
  return Int32Array.from(scores.keys()).sort((a, b) => (scores[b] as number) - (scores[a] as number));
}

/**
 * The ROC curve: false positive rate and true positive rate at every threshold, from (0, 0) to (1, 1). Empty if all rows, or
 * no rows, are of the class.
 */
export function toRocCurve({ rows, hits }: ThresholdCounts): Point[] {
  const [total, positives] = toTotals({ rows, hits });
  if (positives === 0 || positives === total) return [];
  const toPoint = (count: number, at: number): Point => {
    const found = hits[at] as number;
    return [(count - found) / (total - positives), found / positives];
  };
  return [[0, 0], ...Array.from(rows, toPoint)];
}

/**
 * The precision-recall curve: recall and precision at every threshold, from (0, 1) on, as scikit-learn's
 * precision_recall_curve. Empty if no rows are of the class.
 */
export function toPrecisionRecallCurve({ rows, hits }: ThresholdCounts): Point[] {
  const [, positives] = toTotals({ rows, hits });
  if (positives === 0) return [];
  const points = Array.from(rows, (count, at): Point => {
    const found = hits[at] as number;
    return [found / positives, found / count];
  });
  // Lower thresholds than that which finds the last row of the class only lose precision.
  const last = points.findIndex(([recall]) => recall === 1);
  return [[0, 1], ...points.slice(0, last + 1)];
}

/** The area under a curve, by trapezoids. */
export function toArea(curve: readonly Point[]): number {
  let area = 0;
  for (let at = 1; at < curve.length; at++) {
    const [[before, height], [x, y]] = [curve[at - 1] as Point, curve[at] as Point];
    area += ((x - before) * (y + height)) / 2;
  }
  return area;
}

/** The area under a precision-recall curve by steps, as scikit-learn's average_precision_score; NaN for an empty one. */
export function toAveragePrecision(curve: readonly Point[]): number {
  if (curve.length === 0) return NaN;
  return curve
    .slice(1)
    .reduce((sum, [recall, precision], at) => sum + (recall - (curve[at] as Point)[0]) * precision, 0);
}

function toTotals({ rows, hits }: Pick<ThresholdCounts, 'rows' | 'hits'>): [total: number, positives: number] {
  return [rows.at(-1) ?? 0, hits.at(-1) ?? 0];
}
