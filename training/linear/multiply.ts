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
  for (let row = from; row < to; row++) {
    const target = (row - from) * outputs;
    for (let output = 0; output < outputs; output += 4) {
      const lanes = Math.min(4, outputs - output);
      addProducts(numbers, row * numberCount, 1, numberCount, weights, output, outputs, scores, target + output, lanes);
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
 * @param errors (to − from) × outputs
 * @param sums inputs × outputs, then one per output for the intercepts
 */
export function addTransposed(
  matrix: DesignMatrix,
  from: number,
  to: number,
  errors: Float64Array,
  outputs: number,
  sums: Float64Array,
): void {
  const { numbers, numberCount, levels, levelCount, width } = matrix;
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
  if (outputs === 1) {
    addOne(numbers, numberCount, from, to, errors, sums);
    return;
  }
  for (let input = 0; input < numberCount; input++) {
    for (let output = 0; output < outputs; output += 4) {
      const [start, target] = [from * numberCount + input, input * outputs + output];
      const lanes = Math.min(4, outputs - output);
      addProducts(numbers, start, numberCount, to - from, errors, output, outputs, sums, target, lanes);
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

/**
 * Adds to up to four neighbouring sums the products of `count` values and as many rows of factors.
 * @param lanes the number of sums, 1 to 4
 */
function addProducts(
  values: Float64Array,
  from: number,
  step: number,
  count: number,
  factors: Float64Array,
  at: number,
  stride: number,
  sums: Float64Array,
  target: number,
  lanes: number,
): void {
  // Of fewer than four, the last is computed more than once, and stored once.
  const second = at + Math.min(1, lanes - 1);
  const third = at + Math.min(2, lanes - 1) - second;
  const fourth = at + Math.min(3, lanes - 1) - second;
  let [a, b, c, d] = [0, 0, 0, 0];
  for (
    let index = 0, value = from, one = at, two = second;
    index < count;
    index++, value += step, one += stride, two += stride
  ) {
    const x = values[value] as number;
    a += x * (factors[one] as number);
    b += x * (factors[two] as number);
    c += x * (factors[two + third] as number);
    d += x * (factors[two + fourth] as number);
  }
  sums[target] = (sums[target] as number) + a;
  if (lanes > 1) sums[target + 1] = (sums[target + 1] as number) + b;
  if (lanes > 2) sums[target + 2] = (sums[target + 2] as number) + c;
  if (lanes > 3) sums[target + 3] = (sums[target + 3] as number) + d;
}
