/** Support vector machines as libsvm computes them: one decision for each pair of classes, votes, and Platt's probabilities. */
import { toPredictions } from '../../model.ts';
import type { Estimate } from './estimate.ts';
import type { Matrix, SvmStep } from './program.ts';
import { checkNumbers } from './refuse-row.ts';

/** Builds the function of a machine. */
export function buildSvm(step: SvmStep): (matrix: Matrix) => Estimate {
  const decide = step.classes === 0 ? buildRegression(step) : buildPairs(step);
  return (matrix) => {
    checkNumbers(matrix);
    const decisions = decide(matrix);
    return step.classes === 0 ? { predictions: decisions } : toAnswer(step, decisions, matrix.rowCount);
  };
}

/** The kernel of a row with every support vector. */
function buildKernel({ kernel, gamma, coef0, degree, vectors, vectorCount }: SvmStep) {
  return ({ values, width }: Matrix, row: number, into: Float64Array): void => {
    for (let vector = 0; vector < vectorCount; vector++) {
      let sum = 0;
      for (let index = 0, at = row * width, other = vector * width; index < width; index++, at++, other++) {
        const x = values[at] as number;
        const y = vectors[other] as number;
        sum += kernel === 'rbf' ? (x - y) * (x - y) : x * y;
      }
      into[vector] =
        kernel === 'rbf'
          ? Math.exp(-gamma * sum)
          : kernel === 'poly'
            ? power(gamma * sum + coef0, degree)
            : kernel === 'sigmoid'
              ? Math.tanh(gamma * sum + coef0)
              : sum;
    }
  };
}

/** libsvm's powi. */
function power(base: number, times: number): number {
  let square = base;
  let result = 1;
  for (let rest = times; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result *= square;
    square *= square;
  }
  return result;
}

function buildRegression(step: SvmStep) {
  const { coefficients, intercepts, vectorCount } = step;
  const computeKernel = buildKernel(step);
  const kernel = new Float64Array(vectorCount);
  return (matrix: Matrix): Float64Array =>
    new Float64Array(matrix.rowCount).map((_, row) => {
      computeKernel(matrix, row, kernel);
      let sum = 0;
      for (let vector = 0; vector < vectorCount; vector++) {
        sum += (coefficients[vector] as number) * (kernel[vector] as number);
      }
      return sum + (intercepts[0] as number);
    });
}

/** One decision for each pair of classes: above 0 for the first of both. */
function buildPairs(step: SvmStep) {
  const { coefficients, intercepts, vectorCount, counts, classes } = step;
  const computeKernel = buildKernel(step);
  const kernel = new Float64Array(vectorCount);
  const starts: number[] = [];
  counts.reduce((start, count) => (starts.push(start), start + count), 0);
  return (matrix: Matrix): Float64Array => {
    const decisions = new Float64Array(matrix.rowCount * intercepts.length);
    for (let row = 0, to = 0; row < matrix.rowCount; row++) {
      computeKernel(matrix, row, kernel);
      for (let first = 0; first < classes; first++) {
        for (let second = first + 1; second < classes; second++, to++) {
          let sum = 0;
          const add = (own: number, other: number) => {
            const start = starts[own] as number;
            const line = (other > own ? other - 1 : other) * vectorCount;
            for (let vector = start; vector < start + (counts[own] as number); vector++) {
              sum += (coefficients[line + vector] as number) * (kernel[vector] as number);
            }
          };
          add(first, second);
          add(second, first);
          decisions[to] = sum + (intercepts[to % intercepts.length] as number);
        }
      }
    }
    return decisions;
  };
}

function toAnswer(step: SvmStep, pairs: Float64Array, rowCount: number): Estimate {
  const { classes, ovr, breakTies, probability } = step;
  const votes = countVotes(pairs, classes, rowCount);
  const isPair = classes === 2;
  const decisions = isPair ? pairs.map((value) => -value) : ovr ? toOneAgainstRest(pairs, classes, rowCount) : pairs;
  const predictions = toPredictions(breakTies && ovr && !isPair ? decisions : votes, classes);
  const probabilities = probability && couple(pairs, classes, rowCount, probability);
  return { predictions, decisions, probabilities };
}

function countVotes(pairs: Float64Array, classes: number, rowCount: number): Float64Array {
  const votes = new Float64Array(rowCount * classes);
  for (let row = 0, at = 0; row < rowCount; row++) {
    for (let first = 0; first < classes; first++) {
      for (let second = first + 1; second < classes; second++, at++) {
        const winner = row * classes + ((pairs[at] as number) > 0 ? first : second);
        votes[winner] = (votes[winner] as number) + 1;
      }
    }
  }
  return votes;
}

/** scikit-learn's _ovr_decision_function: votes, with the confidences as fractions below a third. */
function toOneAgainstRest(pairs: Float64Array, classes: number, rowCount: number): Float64Array {
  const decisions = new Float64Array(rowCount * classes);
  for (let row = 0, at = 0; row < rowCount; row++) {
    const votes = new Float64Array(classes);
    const sums = new Float64Array(classes);
    for (let first = 0; first < classes; first++) {
      for (let second = first + 1; second < classes; second++, at++) {
        const confidence = -(pairs[at] as number);
        sums[first] = (sums[first] as number) - confidence;
        sums[second] = (sums[second] as number) + confidence;
        const winner = (pairs[at] as number) < 0 ? second : first;
        votes[winner] = (votes[winner] as number) + 1;
      }
    }
    for (let index = 0; index < classes; index++) {
      const sum = sums[index] as number;
      decisions[row * classes + index] = (votes[index] as number) + sum / (3 * (Math.abs(sum) + 1));
    }
  }
  return decisions;
}

/** libsvm keeps the probability of each pair away from 0 and 1. */
const MIN_PROBABILITY = 1e-7;

/** The probabilities of the classes from those of each pair: Wu, Lin and Weng (2004), algorithm 2, as libsvm has it. */
function couple(
  pairs: Float64Array,
  classes: number,
  rowCount: number,
  { a, b }: NonNullable<SvmStep['probability']>,
): Float64Array {
  const probabilities = new Float64Array(rowCount * classes);
  const shares = new Float64Array(classes * classes);
  for (let row = 0, at = 0; row < rowCount; row++) {
    for (let first = 0, pair = 0; first < classes; first++) {
      for (let second = first + 1; second < classes; second++, at++, pair++) {
        const share = toPlatt(pairs[at] as number, a[pair] as number, b[pair] as number);
        const bounded = Math.min(Math.max(share, MIN_PROBABILITY), 1 - MIN_PROBABILITY);
        shares[first * classes + second] = bounded;
        shares[second * classes + first] = 1 - bounded;
      }
    }
    const target = probabilities.subarray(row * classes, (row + 1) * classes);
    solve(shares, classes, target);
  }
  return probabilities;
}

function toPlatt(decision: number, a: number, b: number): number {
  const x = decision * a + b;
  return x >= 0 ? Math.exp(-x) / (1 + Math.exp(-x)) : 1 / (1 + Math.exp(x));
}

/** libsvm's multiclass_probability. */
function solve(shares: Float64Array, classes: number, p: Float64Array): void {
  const q = new Float64Array(classes * classes);
  const share = (row: number, column: number) => shares[row * classes + column] as number;
  for (let t = 0; t < classes; t++) {
    p[t] = 1 / classes;
    let diagonal = 0;
    for (let j = 0; j < classes; j++) {
      if (j === t) continue;
      diagonal += share(j, t) * share(j, t);
      q[t * classes + j] = j < t ? (q[j * classes + t] as number) : -share(j, t) * share(t, j);
    }
    q[t * classes + t] = diagonal;
  }
  const products = new Float64Array(classes);
  const limit = 0.005 / classes;
  for (let iteration = 0; iteration < Math.max(100, classes); iteration++) {
    let total = 0;
    for (let t = 0; t < classes; t++) {
      let sum = 0;
      for (let j = 0; j < classes; j++) sum += (q[t * classes + j] as number) * (p[j] as number);
      products[t] = sum;
      total += (p[t] as number) * sum;
    }
    let largest = 0;
    for (const product of products) largest = Math.max(largest, Math.abs(product - total));
    if (largest < limit) break;
    for (let t = 0; t < classes; t++) {
      const diagonal = q[t * classes + t] as number;
      const change = (-(products[t] as number) + total) / diagonal;
      p[t] = (p[t] as number) + change;
      total = (total + change * (change * diagonal + 2 * (products[t] as number))) / (1 + change) / (1 + change);
      for (let j = 0; j < classes; j++) {
        products[j] = ((products[j] as number) + change * (q[t * classes + j] as number)) / (1 + change);
        p[j] = (p[j] as number) / (1 + change);
      }
    }
  }
}
