/**
 * From the margins of a model (the sums of its trees, or its linear outputs) to scores. Each library names the function of
 * its objective differently; these are all that XGBoost, LightGBM and CatBoost have.
 */
import type { Scores } from './model.ts';
import { toPredictions } from './model.ts';

/**
 * How margins become scores. For a regression, which has one margin per row: `identity`; `exp`; `signed-square`, sign(x)·x²;
 * `log1p-exp`, log(1 + eˣ); or `sigmoid`, a number in 0..1. For a classification: `sigmoid`, where one margin per row gives
 * the probability of the second of two classes; `step`, the same with 1 above 0 and else 0; `softmax`, one margin per class;
 * or `sigmoids`, one margin per class, where the sigmoids are divided by their sum.
 */
export type Transform =
  'identity' | 'exp' | 'signed-square' | 'log1p-exp' | 'sigmoid' | 'step' | 'softmax' | 'sigmoids';

/** Whether a transform gives the probabilities of classes, a number, or either. */
export const TRANSFORMS_OF_CLASSES: readonly Transform[] = ['sigmoid', 'step', 'softmax', 'sigmoids'];

export interface MarginOptions {
  readonly transform: Transform;
  /** Margins are multiplied by it before the function is applied (LightGBM's parameter sigmoid); 1 by default. */
  readonly scale?: number;
  /** The number of classes; undefined for a regression. */
  readonly classCount: number | undefined;
  /** Whether `sigmoids` are left as they are, so that the probabilities of a row do not sum to 1. */
  readonly isUnnormalized?: boolean;
}

/**
 * Converts margins to scores.
 * @param margins rows × outputs numbers: one output for a regression, `sigmoid` and `step`, else one per class
 */
export function toScores(
  margins: Float64Array,
  { transform, scale = 1, classCount, isUnnormalized = false }: MarginOptions,
): Scores {
  const scaled = scale === 1 ? margins : margins.map((margin) => scale * margin);
  if (classCount === undefined) return { predictions: toNumbers(scaled, transform) };
  const ownEach = isUnnormalized && transform === 'sigmoids';
  const probabilities = ownEach ? scaled.map(toSigmoid) : toProbabilities(scaled, transform, classCount);
  return { predictions: toPredictions(probabilities, classCount), probabilities };
}

function toNumbers(margins: Float64Array, transform: Transform): Float64Array {
  switch (transform) {
    case 'exp':
      return margins.map(Math.exp);
    case 'signed-square':
      return margins.map((margin) => Math.sign(margin) * margin * margin);
    case 'log1p-exp':
      return margins.map(toLog1pExp);
    case 'sigmoid':
      return margins.map(toSigmoid);
    case 'step':
      return margins.map((margin) => (margin > 0 ? 1 : 0));
    default:
      return margins;
  }
}

function toProbabilities(margins: Float64Array, transform: Transform, classCount: number): Float64Array {
  if (transform === 'softmax') return toSoftmax(margins, classCount);
  if (transform === 'sigmoids') return normalize(margins.map(toSigmoid), classCount);
  const probabilities = new Float64Array(2 * margins.length);
  for (let row = 0; row < margins.length; row++) {
    const margin = margins[row] as number;
    // Both sides from their own sigmoid: 1 - p loses the digits of a small probability.
    probabilities[2 * row] = transform === 'step' ? (margin > 0 ? 0 : 1) : toSigmoid(-margin);
    probabilities[2 * row + 1] = transform === 'step' ? (margin > 0 ? 1 : 0) : toSigmoid(margin);
  }
  return probabilities;
}

/** 1 / (1 + e⁻ˣ), which does not overflow. */
export function toSigmoid(x: number): number {
  if (x >= 0) return 1 / (1 + Math.exp(-x));
  const power = Math.exp(x);
  return power / (1 + power);
}

/** log(1 + eˣ), which does not overflow. */
function toLog1pExp(x: number): number {
  return x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x));
}

/** exp(x) / Σ exp(x) of each row, with the maximum subtracted first so that nothing overflows. */
export function toSoftmax(outputs: ArrayLike<number>, classCount: number): Float64Array {
  const probabilities = new Float64Array(outputs.length);
  for (let row = 0; row < outputs.length; row += classCount) {
    let max = -Infinity;
    for (let at = row; at < row + classCount; at++) max = Math.max(max, outputs[at] as number);
    for (let at = row; at < row + classCount; at++) probabilities[at] = Math.exp((outputs[at] as number) - max);
  }
  return normalize(probabilities, classCount);
}

/** Divides each row by its sum, in place; a row of zeros becomes equal parts. */
export function normalize(values: Float64Array, classCount: number): Float64Array {
  for (let row = 0; row < values.length; row += classCount) {
    let sum = 0;
    for (let at = row; at < row + classCount; at++) sum += values[at] as number;
    for (let at = row; at < row + classCount; at++)
      values[at] = sum > 0 ? (values[at] as number) / sum : 1 / classCount;
  }
  return values;
}
