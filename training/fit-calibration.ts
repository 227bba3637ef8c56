/**
 * Fits a calibration by out-of-bag votes: the temperature and the smoothing with the lowest log loss. With the smoothing fixed,
 * the log loss is convex in 1 / T, and Newton's method finds its minimum.
 */
import { calibrate, type Calibration } from '../models/calibration.ts';
import { MIN_PROBABILITY } from './metrics.ts';

const SMOOTHINGS = [0.001, 0.003, 0.01, 0.03, 0.1, 0.2, 0.4];
/** The bounds of 1 / T. */
const [MIN_POWER, MAX_POWER] = [0.2, 20];
const STEPS = 20;
/** Fitted on at most this many votes: two numbers need no more. */
const MAX_VOTES = 2 ** 20;
/** One-sided, 5 %: a gain that is not chance. */
const CLEAR = 1.645;

/**
 * Fits a calibration.
 * @param probabilities rows × classes numbers, of models that did not learn from the row
 * @param truth one class index per row
 * @returns undefined if the log loss does not clearly fall
 */
export function fitCalibration(
  probabilities: Float64Array,
  truth: Float64Array,
  classCount: number,
): Calibration | undefined {
  // Rows are in the order of the file, so that a part is taken of all of it.
  const step = Math.ceil(probabilities.length / MAX_VOTES);
  const rows = Array.from(truth.keys()).filter((row) => row % step === 0);
  const votes = Float64Array.from({ length: rows.length * classCount }, (_, at) => {
    return probabilities[(rows[Math.floor(at / classCount)] as number) * classCount + (at % classCount)] as number;
  });
  const labels = rows.map((row) => truth[row] as number);
  const fits = SMOOTHINGS.map((smoothing) => fitTemperature(votes, labels, classCount, smoothing));
  const [best] = fits.sort((a, b) => a.loss - b.loss);
  if (!best) return undefined;
  const calibration = { temperature: Number((1 / best.power).toPrecision(4)), smoothing: best.smoothing };
  return isClearlyBetter(votes, calibrate(votes.slice(), classCount, calibration), labels) ? calibration : undefined;
}

function fitTemperature(votes: Float64Array, labels: readonly number[], classCount: number, smoothing: number) {
  const logs = votes.map((vote) => Math.log((1 - smoothing) * vote + smoothing / classCount));
  let power = 1;
  let loss = Infinity;
  for (let step = 0; step < STEPS; step++) {
    const at = measure(logs, labels, classCount, power);
    loss = at.loss;
    const next = Math.min(MAX_POWER, Math.max(MIN_POWER, power - at.slope / at.curvature));
    if (!(Math.abs(next - power) > 1e-6 * power)) break;
    // Far from the minimum, a full step may lead too far.
    power = Math.min(2 * power, Math.max(power / 2, next));
  }
  return { smoothing, power, loss };
}

/** The mean log loss of powers of the votes, and its derivatives by the power. */
function measure(logs: Float64Array, labels: readonly number[], classCount: number, power: number) {
  let [loss, slope, curvature] = [0, 0, 0];
  for (const [row, label] of labels.entries()) {
    const start = row * classCount;
    let max = -Infinity;
    for (let at = start; at < start + classCount; at++) max = Math.max(max, logs[at] as number);
    let [sum, first, second] = [0, 0, 0];
    for (let at = start; at < start + classCount; at++) {
      const log = (logs[at] as number) - max;
      const weight = Math.exp(power * log);
      sum += weight;
      first += weight * log;
      second += weight * log * log;
    }
    const own = (logs[start + label] as number) - max;
    loss += Math.log(sum) - power * own;
    slope += first / sum - own;
    curvature += second / sum - (first / sum) ** 2;
  }
  return { loss: loss / labels.length, slope, curvature: Math.max(curvature, Number.MIN_VALUE) };
}

function isClearlyBetter(before: Float64Array, after: Float64Array, labels: readonly number[]): boolean {
  const classCount = before.length / labels.length;
  const toLog = (votes: Float64Array, row: number) =>
    Math.log(Math.max(MIN_PROBABILITY, votes[row * classCount + (labels[row] as number)] as number));
  const gains = labels.map((_, row) => toLog(after, row) - toLog(before, row));
  const mean = gains.reduce((sum, gain) => sum + gain, 0) / gains.length;
  const variance = gains.reduce((sum, gain) => sum + (gain - mean) ** 2, 0) / gains.length;
  return mean > CLEAR * Math.sqrt(variance / gains.length);
}
