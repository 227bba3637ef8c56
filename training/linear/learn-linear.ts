/**
 * Linear regression by least squares. Of the solutions for collinear inputs, such as the categories of a column, which add up to 1,
 * it is the shortest, as scikit-learn's.
 */
import { decompose, solve } from './cholesky.ts';
import type { DesignMatrix } from './design-matrix.ts';
import { minimize, type Evaluate } from './minimize.ts';
import { addTransposed, multiplyRows } from './multiply.ts';
import { buildPreconditioner } from './precondition.ts';

/** Just large enough for the decomposition of collinear inputs, relative to the largest element. */
const RIDGE = 1e-9;
const REFINEMENTS = 4;

/** Of more inputs than these, most of them categories, the solution is first looked for in steps. */
const MANY_INPUTS = 300;
const MAX_STEPS = 60;
/** The steps end when the gradient has shrunk to this share. */
const CLOSE = 1e-9;
const BLOCK = 64;

/**
 * Learns the weights of the inputs, followed by the intercept.
 * @param target one number per row of the matrix
 */
export function learnLinear(matrix: DesignMatrix, target: Float64Array): Float64Array {
  const isSparse = matrix.width > MANY_INPUTS && matrix.width > 4 * (matrix.numberCount + matrix.levelCount);
  return (isSparse ? learnInSteps(matrix, target) : undefined) ?? solveNormalEquations(matrix, target);
}

/**
 * Minimises the squared errors by L-BFGS, which needs no products of all pairs of inputs, and few steps unless categories of different
 * columns go together.
 */
function learnInSteps(matrix: DesignMatrix, target: Float64Array): Float64Array | undefined {
  const scores = new Float64Array(BLOCK);
  const evaluate: Evaluate = (weights, gradient) => {
    let loss = 0;
    gradient.fill(0);
    for (let from = 0; from < target.length; from += BLOCK) {
      const to = Math.min(target.length, from + BLOCK);
      multiplyRows(matrix, from, to, weights, 1, scores);
      for (let row = from; row < to; row++) {
        const error = (scores[row - from] as number) - (target[row] as number);
        scores[row - from] = error;
        loss += 0.5 * error * error;
      }
      addTransposed(matrix, from, to, scores, gradient);
    }
    return loss;
  };
  const weights = new Float64Array(matrix.width + 1);
  weights[matrix.width] = target.reduce((sum, value) => sum + value, 0) / target.length;
  const limit = CLOSE * CLOSE * square(evaluateGradient(evaluate, weights));
  const { point, isDone } = minimize(evaluate, weights, {
    isDone: (gradient) => square(gradient) <= limit,
    maxSteps: MAX_STEPS,
    // All rows have the same curvature.
    precondition: buildPreconditioner(matrix, {
      weights,
      outputs: 1,
      penalty: RIDGE,
      toProbabilities: (chances) => void chances.fill(0.5),
    }),
  });
  return isDone ? point : undefined;
}

function evaluateGradient(evaluate: Evaluate, point: Float64Array): Float64Array {
  const gradient = new Float64Array(point.length);
  evaluate(point, gradient);
  return gradient;
}

function square(vector: Float64Array): number {
  return vector.reduce((sum, value) => sum + value * value, 0);
}

function solveNormalEquations(matrix: DesignMatrix, target: Float64Array): Float64Array {
  const { width } = matrix;
  const mean = target.reduce((sum, value) => sum + value, 0) / target.length;
  const { squares, products, means } = toNormalEquations(matrix, target, mean);
  const diagonal = Float64Array.from({ length: width }, (_, input) => squares[input * (width + 1)] as number);
  const ridge = RIDGE * diagonal.reduce((max, value) => Math.max(max, value), 1);
  for (let input = 0; input < width; input++)
    squares[input * (width + 1)] = (squares[input * (width + 1)] as number) + ridge;
  if (!decompose(squares, width)) throw new Error('the normal equations are not positive definite');
  const weights = new Float64Array(width + 1);
  // The upper triangle still has the elements without the ridge, whose effect each repetition shrinks (Golub and Van Loan, 3.5.3).
  for (let repetition = 0; repetition <= REFINEMENTS; repetition++) {
    const residual = products.slice();
    for (let i = 0; i < width; i++) {
      const weight = weights[i] as number;
      let sum = (diagonal[i] as number) * weight;
      for (let j = i + 1; j < width; j++) {
        const element = squares[i * width + j] as number;
        sum += element * (weights[j] as number);
        residual[j] = (residual[j] as number) - element * weight;
      }
      residual[i] = (residual[i] as number) - sum;
    }
    solve(squares, width, residual);
    for (let input = 0; input < width; input++)
      weights[input] = (weights[input] as number) + (residual[input] as number);
    for (const column of matrix.columns) centre(weights.subarray(column.first, column.first + column.levels));
  }
  weights[width] = means.reduce((sum, value, input) => sum - value * (weights[input] as number), mean);
  return weights;
}

/** Of the weights of a column's categories, the shortest that differ from each other as much; the intercept makes up for it. */
function centre(weights: Float64Array): void {
  const mean = weights.reduce((sum, weight) => sum + weight, 0) / weights.length;
  for (let index = 0; index < weights.length; index++) weights[index] = (weights[index] as number) - mean;
}

/** XᵀX and Xᵀy of inputs and target less their means: both triangles of the former. */
function toNormalEquations(
  { numbers, numberCount, levels, levelCount, width, rowCount }: DesignMatrix,
  target: Float64Array,
  mean: number,
): { squares: Float64Array; products: Float64Array; means: Float64Array } {
  const squares = new Float64Array(width * width);
  const products = new Float64Array(width);
  const means = new Float64Array(width);
  for (let row = 0; row < rowCount; row++) {
    const difference = (target[row] as number) - mean;
    const [start, first] = [row * numberCount, row * levelCount];
    for (let i = 0; i < numberCount; i++) {
      const value = numbers[start + i] as number;
      const place = i * width;
      means[i] = (means[i] as number) + value;
      products[i] = (products[i] as number) + value * difference;
      for (let j = 0; j <= i; j++)
        squares[place + j] = (squares[place + j] as number) + value * (numbers[start + j] as number);
    }
    // Later columns have later inputs, so all of these are below the diagonal.
    for (let at = first; at < first + levelCount; at++) {
      const level = levels[at] as number;
      const place = level * width;
      means[level] = (means[level] as number) + 1;
      products[level] = (products[level] as number) + difference;
      for (let j = 0; j < numberCount; j++)
        squares[place + j] = (squares[place + j] as number) + (numbers[start + j] as number);
      for (let other = first; other <= at; other++) {
        const element = place + (levels[other] as number);
        squares[element] = (squares[element] as number) + 1;
      }
    }
  }
  for (let i = 0; i < width; i++) means[i] = (means[i] as number) / rowCount;
  for (let i = 0; i < width; i++) {
    for (let j = 0; j <= i; j++) {
      const element = (squares[i * width + j] as number) - rowCount * (means[i] as number) * (means[j] as number);
      squares[i * width + j] = element;
      squares[j * width + i] = element;
    }
  }
  return { squares, products, means };
}
