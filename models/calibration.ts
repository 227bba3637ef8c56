/**
 * Calibrated probabilities: the votes of a forest are mixed with equal parts for all classes, raised to the power 1 / T and
 * divided by their sum. The mean of many trees is less certain than the trees have reason to be, and a temperature T below 1
 * sharpens it (Guo, Pleiss, Sun, Weinberger 2017); a class without a vote is not impossible. The most probable class stays
 * the same.
 */
import { z } from 'zod';
import { normalize } from './margins.ts';

/** The setting `calibration`. */
export const calibrationSchema = z.strictObject({
  temperature: z.number().min(0.01).max(100),
  /** The share that is divided equally among the classes. */
  smoothing: z.number().min(0).lt(1).default(0),
});
export type Calibration = z.infer<typeof calibrationSchema>;

/** Calibrates probabilities in place, rows × classCount numbers. */
export function calibrate(
  probabilities: Float64Array,
  classCount: number,
  { temperature, smoothing }: Calibration,
): Float64Array {
  const [share, kept, power] = [smoothing / classCount, 1 - smoothing, 1 / temperature];
  for (let row = 0; row < probabilities.length; row += classCount) {
    let max = 0;
    for (let at = row; at < row + classCount; at++) max = Math.max(max, probabilities[at] as number);
    // Divided by the greatest, so that not all powers can be 0.
    max = kept * max + share;
    for (let at = row; at < row + classCount; at++) {
      probabilities[at] = toPower((kept * (probabilities[at] as number) + share) / max, power);
    }
  }
  return normalize(probabilities, classCount);
}

/** Returns the probabilities that `calibrate` made these of. */
export function uncalibrate(
  probabilities: ArrayLike<number>,
  classCount: number,
  { temperature, smoothing }: Calibration,
): Float64Array {
  const mixed = normalize(
    Float64Array.from(probabilities, (probability) => toPower(probability, temperature)),
    classCount,
  );
  return mixed.map((probability) => Math.max(0, (probability - smoothing / classCount) / (1 - smoothing)));
}

/** A power, equal to the last bit in all versions of Node.js, which `**` is not. */
function toPower(base: number, exponent: number): number {
  return Math.exp(exponent * Math.log(base));
}
