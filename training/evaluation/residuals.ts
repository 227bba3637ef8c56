/** The errors of a regression: actual minus predicted, over all rows and by ranges. */
import { measureSpread } from './statistics.ts';

/** The rows of a range of predictions, or of actual values. */
export interface ErrorsInRange {
  readonly min: number;
  readonly max: number;
  readonly rows: number;
  readonly meanPredicted: number;
  readonly meanActual: number;
  /** The standard deviation of the actual values. */
  readonly stdActual: number;
  /** The mean error and its standard deviation. */
  readonly meanError: number;
  readonly stdError: number;
  readonly mae: number;
  readonly rmse: number;
}

const TENTHS = 10;

/** The errors, row by row. */
export function toResiduals(truth: ArrayLike<number>, predictions: ArrayLike<number>): Float64Array {
  return Float64Array.from(truth, (value, row) => value - (predictions[row] as number));
}

/**
 * The errors by tenths of the rows, in the order of some numbers, which are the predictions or the actual values. Rows of the
 * same number stay together, so that there can be fewer than ten ranges.
 */
export function toErrorsByTenth(
  truth: ArrayLike<number>,
  predictions: ArrayLike<number>,
  by: ArrayLike<number>,
): ErrorsInRange[] {
  const order = Int32Array.from({ length: truth.length }, (_, row) => row).sort(
    (a, b) => (by[a] as number) - (by[b] as number),
  );
  const ranges: ErrorsInRange[] = [];
  let start = 0;
  for (let tenth = 1; tenth <= TENTHS; tenth++) {
    let end = Math.round((tenth * order.length) / TENTHS);
    while (end > start && end < order.length && by[order[end] as number] === by[order[end - 1] as number]) end++;
    if (end <= start) continue;
    ranges.push(measureRows(truth, predictions, by, order.subarray(start, end)));
    start = end;
  }
  return ranges;
}

function measureRows(
  truth: ArrayLike<number>,
  predictions: ArrayLike<number>,
  by: ArrayLike<number>,
  rows: Int32Array,
): ErrorsInRange {
  const pick = (values: ArrayLike<number>) => Float64Array.from(rows, (row) => values[row] as number);
  const [actual, predicted] = [pick(truth), pick(predictions)];
  const errors = toResiduals(actual, predicted);
  const [ofActual, ofErrors] = [measureSpread(actual), measureSpread(errors)];
  return {
    min: by[rows[0] as number] as number,
    max: by[rows.at(-1) as number] as number,
    rows: rows.length,
    meanPredicted: measureSpread(predicted).mean,
    meanActual: ofActual.mean,
    stdActual: ofActual.std,
    meanError: ofErrors.mean,
    stdError: ofErrors.std,
    mae: measureSpread(errors.map(Math.abs)).mean,
    rmse: Math.hypot(ofErrors.mean, ofErrors.std),
  };
}
