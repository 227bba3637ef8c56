/**
 * Logistic regression with an L2 penalty of the weights but not of the intercepts, as scikit-learn's LogisticRegression with C = 1:
 * minimises Σ −log p(class) + ½ Σ w² by L-BFGS. For three or more classes the model is multinomial, with weights for each.
 */
import type { DesignMatrix } from './design-matrix.ts';
import { minimize, type Evaluate } from './minimize.ts';
import { addLevelErrors, addLevels, addTransposed, multiplyRows } from './multiply.ts';
import { BLOCK } from './plain-products.ts';
import { buildPreconditioner } from './precondition.ts';
import { buildProducts } from './products.ts';

const PENALTY = 1;
/**
 * Learning stops when the gradient is shorter than this. Nowhere is the curvature less than the penalty, so the weights are then
 * at most as far from those of the minimum (Boyd and Vandenberghe: Convex Optimization, 9.1.2).
 */
const MAX_GRADIENT = 5e-5 * PENALTY;
/** More rows than these have a greater curvature, and as much more of the gradient may be left; but at most 20 times as much. */
const FEW_ROWS = 1000;
/** The Hessian is approximated at the start, and again after so many steps. */
const STAGES = [8, 24, 100, 3000];

/**
 * Learns the weights of the inputs, followed by the intercept: one array for two classes (the log-odds of the second), otherwise
 * one per class.
 * @param target one class index per row of the matrix
 */
export function learnLogistic(matrix: DesignMatrix, target: Float64Array, classCount: number): Float64Array[] {
  const outputs = classCount === 2 ? 1 : classCount;
  const size = matrix.width + 1;
  const toProbabilities = outputs === 1 ? toChances : (scores: Float64Array) => void normalize(scores, 1, outputs);
  const evaluate = buildLoss(matrix, target, outputs);
  const limit = MAX_GRADIENT * Math.min(20, Math.max(1, target.length / FEW_ROWS));
  const isDone = (gradient: Float64Array) => gradient.reduce((sum, slope) => sum + slope * slope, 0) <= limit * limit;
  let weights: Float64Array = new Float64Array(size * outputs);
  for (const maxSteps of STAGES) {
    const precondition = buildPreconditioner(matrix, { weights, outputs, penalty: PENALTY, toProbabilities });
    const minimum = minimize(evaluate, weights, { isDone, maxSteps, precondition });
    weights = minimum.point;
    if (minimum.isDone) break;
  }
  return Array.from({ length: outputs }, (_, output) =>
    Float64Array.from({ length: size }, (_, input) => weights[input * outputs + output] as number),
  );
}

/** The penalised negative log-likelihood as a function of the weights: inputs × outputs, then one intercept per output. */
function buildLoss(matrix: DesignMatrix, target: Float64Array, outputs: number): Evaluate {
  const addErrors = outputs === 1 ? buildErrors(matrix, target) : buildClassErrors(matrix, target, outputs);
  const penalised = matrix.width * outputs;
  return (weights, gradient) => {
    let loss = 0;
    for (let index = 0; index < penalised; index++) {
      const weight = weights[index] as number;
      loss += 0.5 * PENALTY * weight * weight;
      gradient[index] = PENALTY * weight;
    }
    gradient.fill(0, penalised);
    return loss + addErrors(weights, gradient);
  };
}

/** The loss without the penalty: adds its gradient. */
function buildErrors(matrix: DesignMatrix, target: Float64Array): Evaluate {
  const scores = new Float64Array(BLOCK);
  return (weights, gradient) => {
    let loss = 0;
    for (let from = 0; from < target.length; from += BLOCK) {
      const to = Math.min(target.length, from + BLOCK);
      multiplyRows(matrix, from, to, weights, 1, scores);
      loss += toErrors(scores, target, from, to);
      addTransposed(matrix, from, to, scores, gradient);
    }
    return loss;
  };
}

/** The same for a score per class. */
function buildClassErrors(matrix: DesignMatrix, target: Float64Array, classes: number): Evaluate {
  const { numbers, numberCount } = matrix;
  const products = buildProducts(numberCount, classes);
  const { scores, sums } = products;
  return (weights, gradient) => {
    let loss = 0;
    products.weights.set(weights.subarray(0, sums.length));
    sums.fill(0);
    for (let from = 0; from < target.length; from += BLOCK) {
      const to = Math.min(target.length, from + BLOCK);
      products.numbers.set(numbers.subarray(from * numberCount, to * numberCount));
      addLevels(matrix, from, to, weights, classes, scores);
      products.multiply(to - from);
      loss += toClassErrors(scores, target, from, to, classes);
      addLevelErrors(matrix, from, to, scores, classes, gradient);
      products.addTransposed(to - from);
    }
    for (let at = 0; at < sums.length; at++) gradient[at] = (gradient[at] as number) + (sums[at] as number);
    return loss;
  };
}

/** Turns the log-odds of some rows into the errors of their probabilities; returns their loss. */
function toErrors(scores: Float64Array, target: Float64Array, from: number, to: number): number {
  let loss = 0;
  for (let row = from; row < to; row++) {
    const score = scores[row - from] as number;
    const label = target[row] as number;
    const small = Math.exp(-Math.abs(score));
    loss += Math.log1p(small) + (score > 0 ? score : 0) - label * score;
    scores[row - from] = (score > 0 ? 1 : small) / (1 + small) - label;
  }
  return loss;
}

/** The same for a score per class. */
function toClassErrors(scores: Float64Array, target: Float64Array, from: number, to: number, classes: number): number {
  let loss = 0;
  for (let row = from, start = 0; row < to; row++, start += classes)
    loss -= scores[start + (target[row] as number)] as number;
  loss += normalize(scores, to - from, classes);
  for (let row = from, start = 0; row < to; row++, start += classes) {
    const own = start + (target[row] as number);
    scores[own] = (scores[own] as number) - 1;
  }
  return loss;
}

/** Turns the scores of each row into probabilities, exp(x) / Σ exp(x); returns the sum of log Σ exp(x). */
function normalize(scores: Float64Array, rows: number, classes: number): number {
  let logarithms = 0;
  for (let start = 0; start < rows * classes; start += classes) {
    const end = start + classes;
    let highest = -Infinity;
    for (let at = start; at < end; at++) if ((scores[at] as number) > highest) highest = scores[at] as number;
    let sum = 0;
    for (let at = start; at < end; at++) sum += scores[at] = Math.exp((scores[at] as number) - highest);
    const share = 1 / sum;
    for (let at = start; at < end; at++) scores[at] = (scores[at] as number) * share;
    logarithms += highest + Math.log(sum);
  }
  return logarithms;
}

/** Turns log-odds into probabilities. */
function toChances(scores: Float64Array): void {
  scores.forEach((score, at) => (scores[at] = 1 / (1 + Math.exp(-score))));
}
