/**
 * An approximate inverse of the Hessian of the logistic loss, with which L-BFGS takes a fraction of the steps: for the numbers and
 * the intercept with their correlations, class by class, where each row counts by its curvature p (1 − p), and for the categories
 * with their frequencies.
 *
 * What the weights of the classes have in common changes no probability, nor does a constant that moves from the categories of a
 * column to the intercept. So at the minimum, where the penalty decides, both add up to zero, and directions that add up to
 * anything else are taken out: there, the function is almost flat, and steps would be lost.
 */
import { decompose, solve } from './cholesky.ts';
import type { DesignMatrix } from './design-matrix.ts';
import { multiplyRows } from './multiply.ts';

/** The correlations take at most as many numbers, 64 MB. */
const MAX_ELEMENTS = 2 ** 23;
/** They are estimated from this many rows, or from this many per number if those are more. */
const MIN_ROWS = 4000;
const ROWS_PER_NUMBER = 20;

/** Where the Hessian is taken. */
export interface Place {
  /** Inputs × outputs, then one intercept per output. */
  readonly weights: Float64Array;
  readonly outputs: number;
  readonly penalty: number;
  /** Turns the scores of some rows into the probabilities of their outputs, in place. */
  readonly toProbabilities: (scores: Float64Array, rows: number) => void;
}

/** Builds a function that multiplies a vector of weights by the approximate inverse, in place. */
export function buildPreconditioner(matrix: DesignMatrix, place: Place): (vector: Float64Array) => void {
  const { numberCount, width, columns } = matrix;
  const { outputs } = place;
  const size = numberCount + 1;
  const hasBlocks = outputs * size * size <= MAX_ELEMENTS;
  const { blocks, squares } = sumCurvatures(matrix, place, hasBlocks);
  const diagonal = toDiagonal(matrix, place, squares);
  const part = new Float64Array(size);
  const places = Int32Array.from({ length: size }, (_, input) => (input < numberCount ? input : width) * outputs);
  return (vector) => {
    for (let output = 0; output < outputs; output++) {
      if (hasBlocks) {
        for (let input = 0; input < size; input++) part[input] = vector[(places[input] as number) + output] as number;
        solve(blocks[output] as Float64Array, size, part);
        for (let input = 0; input < size; input++) vector[(places[input] as number) + output] = part[input] as number;
      } else {
        for (const first of places)
          vector[first + output] = (vector[first + output] as number) / (diagonal[first + output] as number);
      }
      for (const { first, levels } of columns)
        divideLevels(vector, diagonal, first * outputs + output, (first + levels) * outputs, outputs);
    }
    if (outputs > 1) centreClasses(vector, outputs);
  };
}

/**
 * Sums over a sample of the rows, as if it were all: the decomposed Hessian of the numbers and the intercept for each output, or else its
 * diagonal only, inputs × outputs.
 */
function sumCurvatures(
  matrix: DesignMatrix,
  { weights, outputs, penalty, toProbabilities }: Place,
  hasBlocks: boolean,
): { blocks: Float64Array[]; squares: Float64Array } {
  const { numbers, numberCount, rowCount } = matrix;
  const size = numberCount + 1;
  const blocks = Array.from({ length: hasBlocks ? outputs : 0 }, () => new Float64Array(size * size));
  const squares = new Float64Array(size * outputs);
  const step = Math.max(1, Math.floor(rowCount / Math.max(MIN_ROWS, ROWS_PER_NUMBER * size)));
  const scores = new Float64Array(outputs);
  const values = new Float64Array(size).fill(1);
  for (let row = 0; row < rowCount; row += step) {
    multiplyRows(matrix, row, row + 1, weights, outputs, scores);
    toProbabilities(scores, 1);
    values.set(numbers.subarray(row * numberCount, (row + 1) * numberCount));
    for (let output = 0; output < outputs; output++) {
      const probability = scores[output] as number;
      const curvature = step * probability * (1 - probability);
      if (hasBlocks) addSquare(blocks[output] as Float64Array, values, curvature);
      for (
        let input = hasBlocks ? numberCount : 0, at = input * outputs + output;
        input < size;
        input++, at += outputs
      ) {
        const value = values[input] as number;
        squares[at] = (squares[at] as number) + curvature * value * value;
      }
    }
  }
  for (const block of blocks) finishBlock(block, size, penalty);
  return { blocks, squares };
}

function addSquare(block: Float64Array, values: Float64Array, factor: number): void {
  const size = values.length;
  for (let i = 0; i < size; i++) {
    const value = factor * (values[i] as number);
    const start = i * size;
    for (let j = 0; j <= i; j++) block[start + j] = (block[start + j] as number) + value * (values[j] as number);
  }
}

/** Adds the penalty and decomposes. Where rounding leaves a block that is not definite, only its diagonal counts. */
function finishBlock(block: Float64Array, size: number, penalty: number): void {
  const diagonal = Float64Array.from({ length: size }, (_, i) => (block[i * (size + 1)] as number) + penalty);
  diagonal.forEach((value, i) => (block[i * (size + 1)] = value));
  if (decompose(block, size)) return;
  block.fill(0);
  diagonal.forEach((value, i) => (block[i * (size + 1)] = Math.sqrt(value)));
}

/** The diagonal of the Hessian; of a category, its frequency times the mean curvature. */
function toDiagonal(
  { numberCount, levels, width, rowCount }: DesignMatrix,
  { outputs, penalty }: Place,
  squares: Float64Array,
): Float64Array {
  const frequencies = new Float64Array(width);
  for (const level of levels) frequencies[level] = (frequencies[level] as number) + 1;
  const total = numberCount * outputs;
  return Float64Array.from({ length: (width + 1) * outputs }, (_, at) => {
    const [input, output] = [Math.floor(at / outputs), at % outputs];
    if (input < numberCount) return (squares[at] as number) + penalty;
    const all = squares[total + output] as number;
    return (input < width ? (all * (frequencies[input] as number)) / rowCount : all) + penalty;
  });
}

/** Divides the elements of a column's categories so that they add up to zero: the shortest step in the norm of the diagonal. */
function divideLevels(vector: Float64Array, diagonal: Float64Array, from: number, to: number, step: number): void {
  let [sum, total] = [0, 0];
  for (let at = from; at < to; at += step) {
    sum += (vector[at] as number) / (diagonal[at] as number);
    total += 1 / (diagonal[at] as number);
  }
  const shift = sum / total;
  for (let at = from; at < to; at += step) vector[at] = ((vector[at] as number) - shift) / (diagonal[at] as number);
}

/** Subtracts from the elements of each input their mean over the classes. */
function centreClasses(vector: Float64Array, classes: number): void {
  for (let start = 0; start < vector.length; start += classes) {
    let sum = 0;
    for (let at = start; at < start + classes; at++) sum += vector[at] as number;
    for (let at = start; at < start + classes; at++) vector[at] = (vector[at] as number) - sum / classes;
  }
}
