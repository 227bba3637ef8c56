/** How probabilities agree with what happens, by ranges of equal width (Naeini, Cooper, Hauskrecht 2015). */
import type { Scores } from '../../models/model.ts';

/** A range of probabilities. */
export interface CalibrationBin {
  readonly from: number;
  readonly to: number;
  readonly rows: number;
  /** The mean probability, and the share of the rows that are of the class; NaN without rows. */
  readonly probability: number;
  readonly share: number;
}

/**
 * The probabilities of one class, or without one those of the class that is predicted for each row, in ranges of equal width.
 * @param truth one class index per row
 */
export function toCalibrationBins(
  truth: ArrayLike<number>,
  { predictions, probabilities = [] }: Scores,
  classCount: number,
  binCount: number,
  positive?: number,
): CalibrationBin[] {
  const rows = new Float64Array(binCount);
  const sums = new Float64Array(binCount);
  const hits = new Float64Array(binCount);
  for (let row = 0; row < truth.length; row++) {
    const index = positive ?? predictions[row] ?? 0;
    const probability = probabilities[row * classCount + index] as number;
    const bin = findBin(probability, binCount);
    rows[bin] = (rows[bin] as number) + 1;
    sums[bin] = (sums[bin] as number) + probability;
    hits[bin] = (hits[bin] as number) + (truth[row] === index ? 1 : 0);
  }
  return Array.from(rows, (count, bin) => ({
    from: bin / binCount,
    to: (bin + 1) / binCount,
    rows: count,
    probability: (sums[bin] as number) / count,
    share: (hits[bin] as number) / count,
  }));
}

/** The range of a probability. Votes are often on the bound of a range, and rounding must not move them. */
export function findBin(probability: number, binCount: number): number {
  return Math.min(binCount - 1, Math.floor(probability * binCount + 1e-9));
}
