/**
 * Products of a design matrix, for a few rows at a time, so that they stay in the cache. The loops keep several sums at once,
 * because a processor adds to different sums at the same time, and to one of them only after the previous addition.
 */
import type { DesignMatrix } from './design-matrix.ts';

/**
 * Adds the products of some rows and the weights to scores.
 * @param weights inputs × outputs, then one intercept per output
 * @param scores (to − from) × outputs; overwritten
 */
export function multiplyRows(
  matrix: DesignMatrix,
  from: number,
  to: number,
  weights: Float64Array,
  outputs: number,
  scores: Float64Array,
): void {
  const { numbers, numberCount, levels, levelCount, width } = matrix;
  if (outputs === 1) {
    for (let row = from; row < to; row++) {
      let score = weights[width] as number;
      score += multiplyOne(numbers, row * numberCount, weights, numberCount);
      const end = (row + 1) * levelCount;
      for (let at = row * levelCount; at < end; at++) score += weights[levels[at] as number] as number;
      scores[row - from] = score;
    }
    return;
  }
  addLevels(matrix, from, to, weights, outputs, scores);
  for (let row = from; row < to; row++) {
    const target = (row - from) * outputs;
    for (let input = 0; input < numberCount; input++) {
      const number = numbers[row * numberCount + input] as number;
      for (let output = 0; output < outputs; output++)
        scores[target + output] =
          (scores[target + output] as number) + number * (weights[input * outputs + output] as number);
    }
  }
}

/** Sets the scores of some rows to the intercepts and the weights of their categories: what is not from numbers. */
export function addLevels(
  { levels, levelCount, width }: DesignMatrix,
  from: number,
  to: number,
  weights: Float64Array,
  outputs: number,
  scores: Float64Array,
): void {
  for (let row = from; row < to; row++) {
    const target = (row - from) * outputs;
    for (let output = 0; output < outputs; output++)
      scores[target + output] = weights[width * outputs + output] as number;
    const end = (row + 1) * levelCount;
    for (let at = row * levelCount; at < end; at++) {
      const source = (levels[at] as number) * outputs;
      for (let output = 0; output < outputs; output++)
        scores[target + output] = (scores[target + output] as number) + (weights[source + output] as number);
    }
  }
}

function multiplyOne(numbers: Float64Array, start: number, weights: Float64Array, count: number): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  let input = 0;
  for (; input + 3 < count; input += 4) {
    a += (numbers[start + input] as number) * (weights[input] as number);
    b += (numbers[start + input + 1] as number) * (weights[input + 1] as number);
    c += (numbers[start + input + 2] as number) * (weights[input + 2] as number);
    d += (numbers[start + input + 3] as number) * (weights[input + 3] as number);
  }
  for (; input < count; input++) a += (numbers[start + input] as number) * (weights[input] as number);
  return a + b + (c + d);
}

/**
 * Adds to sums what each input of some rows has as a share in their errors: the transposed matrix times the errors.
 * @param errors to − from, of one output
 * @param sums one per input, then one for the intercept
 */
export function addTransposed(
  matrix: DesignMatrix,
  from: number,
  to: number,
  errors: Float64Array,
  sums: Float64Array,
): void {
  addLevelErrors(matrix, from, to, errors, 1, sums);
  addOne(matrix.numbers, matrix.numberCount, from, to, errors, sums);
}

/** The same for the intercepts and the categories only, and any number of outputs: (to − from) × outputs errors. */
export function addLevelErrors(
  { levels, levelCount, width }: DesignMatrix,
  from: number,
  to: number,
  errors: Float64Array,
  outputs: number,
  sums: Float64Array,
): void {
  for (let row = from; row < to; row++) {
    const source = (row - from) * outputs;
    const end = (row + 1) * levelCount;
    for (let output = 0; output < outputs; output++) {
      const place = width * outputs + output;
      sums[place] = (sums[place] as number) + (errors[source + output] as number);
    }
    for (let at = row * levelCount; at < end; at++) {
      const target = (levels[at] as number) * outputs;
      for (let output = 0; output < outputs; output++)
        sums[target + output] = (sums[target + output] as number) + (errors[source + output] as number);
    }
  }
}

function addOne(
  numbers: Float64Array,
  count: number,
  from: number,
  to: number,
  errors: Float64Array,
  sums: Float64Array,
): void {
  let row = from;
  for (; row + 3 < to; row += 4) {
    const [a, b, c, d] = [row * count, (row + 1) * count, (row + 2) * count, (row + 3) * count];
    const at = row - from;
    const [e, f, g, h] = [errors[at], errors[at + 1], errors[at + 2], errors[at + 3]] as [
      number,
      number,
      number,
      number,
    ];
    for (let input = 0; input < count; input++) {
      sums[input] =
        (sums[input] as number) +
        (e * (numbers[a + input] as number) + f * (numbers[b + input] as number)) +
        (g * (numbers[c + input] as number) + h * (numbers[d + input] as number));
    }
  }
  for (; row < to; row++) {
    const error = errors[row - from] as number;
    for (let input = 0; input < count; input++)
      sums[input] = (sums[input] as number) + error * (numbers[row * count + input] as number);
  }
}
