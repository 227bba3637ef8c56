/**
 * Products of a few rows of numbers and the weights of several outputs, which stay in the cache. These are for processes without
 * WebAssembly; those of products.ts give the same bits in a third of the time.
 */

/** How many rows are multiplied at a time. */
export const BLOCK = 64;

/** The arrays are row by row: of numbers or scores, BLOCK rows; of weights and sums, one per input. */
export interface Products {
  /** The numbers of the rows. */
  readonly numbers: Float64Array;
  /** One weight per input and output. */
  readonly weights: Float64Array;
  /** One score, or error, per row and output. */
  readonly scores: Float64Array;
  /** One sum per input and output. */
  readonly sums: Float64Array;
  /** Adds the products of the first rows and the weights to the scores. */
  multiply(rows: number): void;
  /** Adds the products of the transposed first rows and their scores to the sums. */
  addTransposed(rows: number): void;
}

/** Allocates the arrays. */
export function buildPlainProducts(inputs: number, outputs: number): Products {
  const numbers = new Float64Array(BLOCK * inputs);
  const weights = new Float64Array(inputs * outputs);
  const scores = new Float64Array(BLOCK * outputs);
  const sums = new Float64Array(inputs * outputs);
  return {
    numbers,
    weights,
    scores,
    sums,
    multiply(rows) {
      for (let row = 0; row < rows; row++)
        for (let output = 0; output < outputs; output++) {
          let sum = 0;
          for (let input = 0; input < inputs; input++)
            sum += (numbers[row * inputs + input] as number) * (weights[input * outputs + output] as number);
          scores[row * outputs + output] = (scores[row * outputs + output] as number) + sum;
        }
    },
    addTransposed(rows) {
      for (let input = 0; input < inputs; input++)
        for (let output = 0; output < outputs; output++) {
          let sum = 0;
          for (let row = 0; row < rows; row++)
            sum += (numbers[row * inputs + input] as number) * (scores[row * outputs + output] as number);
          sums[input * outputs + output] = (sums[input * outputs + output] as number) + sum;
        }
    },
  };
}
