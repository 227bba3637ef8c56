/**
 * Logistic regression with an L2 penalty of 1, scikit-learn's default, by accelerated gradient descent (Nesterov 1983) with
 * restarts when it overshoots (O'Donoghue and Candès 2015). The inputs are standardised, so a step of one over the
 * Lipschitz constant is safe and fast.
 */
import { Random } from '../forest/random.ts';
import type { DesignMatrix } from './design-matrix.ts';

const PENALTY = 1;
const MAX_STEPS = 3000;
/** Learning stops when no component of the gradient is larger than this per row. */
const FLAT = 1e-6;

/**
 * Learns the weights of the standardised inputs, followed by the intercept: one array for two classes (the log-odds of the
 * second), otherwise one per class.
 * @param target one class index per row of the matrix
 */
export function learnLogistic(matrix: DesignMatrix, target: Float64Array, classCount: number): Float64Array[] {
  const outputs = classCount === 2 ? 1 : classCount;
  const size = matrix.width + 1;
  const step = 1 / toLipschitz(matrix, target.length, outputs);
  let weights = new Float64Array(outputs * size);
  let ahead = weights.slice();
  let momentum = 1;
  for (let taken = 0; taken < MAX_STEPS; taken++) {
    const gradient = toGradient(matrix, target, ahead, outputs);
    if (gradient.every((slope) => Math.abs(slope) <= FLAT * target.length)) break;
    const next = ahead.map((weight, index) => weight - step * (gradient[index] as number));
    const overshoots =
      gradient.reduce((sum, slope, index) => sum + slope * ((next[index] as number) - (weights[index] as number)), 0) >
      0;
    const nextMomentum = overshoots ? 1 : (1 + Math.sqrt(1 + 4 * momentum * momentum)) / 2;
    const push = overshoots ? 0 : (momentum - 1) / nextMomentum;
    const last = weights;
    ahead = next.map((weight, index) => weight + push * (weight - (last[index] as number)));
    weights = next;
    momentum = nextMomentum;
  }
  return Array.from({ length: outputs }, (_, output) => weights.slice(output * size, (output + 1) * size));
}

/** The gradient of the penalised negative log-likelihood. */
function toGradient(
  { values, width }: DesignMatrix,
  target: Float64Array,
  weights: Float64Array,
  outputs: number,
): Float64Array {
  const size = width + 1;
  const gradient = weights.map((weight, index) => (index % size === width ? 0 : PENALTY * weight));
  const scores = new Float64Array(outputs);
  for (let row = 0; row < target.length; row++) {
    const at = row * width;
    for (let output = 0; output < outputs; output++) {
      const base = output * size;
      let score = weights[base + width] as number;
      for (let input = 0; input < width; input++)
        score += (weights[base + input] as number) * (values[at + input] as number);
      scores[output] = score;
    }
    toErrors(scores, target[row] as number);
    for (let output = 0; output < outputs; output++) {
      const base = output * size;
      const error = scores[output] as number;
      for (let input = 0; input < width; input++) {
        gradient[base + input] = (gradient[base + input] as number) + error * (values[at + input] as number);
      }
      gradient[base + width] = (gradient[base + width] as number) + error;
    }
  }
  return gradient;
}

/** Turns the scores of a row into the errors of its probabilities, in place. */
function toErrors(scores: Float64Array, label: number): void {
  if (scores.length === 1) {
    scores[0] = 1 / (1 + Math.exp(-(scores[0] as number))) - label;
    return;
  }
  const highest = scores.reduce((max, score) => Math.max(max, score), -Infinity);
  let sum = 0;
  for (let index = 0; index < scores.length; index++)
    sum += scores[index] = Math.exp((scores[index] as number) - highest);
  for (let index = 0; index < scores.length; index++)
    scores[index] = (scores[index] as number) / sum - (index === label ? 1 : 0);
}

/** An upper bound of the curvature: the largest eigenvalue of XᵀX, by power iteration, times that of the link. */
function toLipschitz({ values, width }: DesignMatrix, rows: number, outputs: number): number {
  // A start vector of equal entries would be blind to pairs of one-hot inputs that mirror each other.
  const random = new Random(1);
  let vector = Float64Array.from({ length: width + 1 }, () => random.next() / 2 ** 32 - 0.5);
  let eigenvalue = 0;
  for (let round = 0; round < 30; round++) {
    const next = new Float64Array(width + 1);
    for (let row = 0; row < rows; row++) {
      const at = row * width;
      let product = vector[width] as number;
      for (let input = 0; input < width; input++) product += (vector[input] as number) * (values[at + input] as number);
      for (let input = 0; input < width; input++)
        next[input] = (next[input] as number) + product * (values[at + input] as number);
      next[width] = (next[width] as number) + product;
    }
    eigenvalue = Math.hypot(...next);
    vector = next.map((value) => value / eigenvalue);
  }
  return 1.1 * eigenvalue * (outputs === 1 ? 0.25 : 0.5) + PENALTY;
}
