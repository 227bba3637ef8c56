/** Scores rows with the linear booster of XGBoost, in its arithmetic: 32 bits, from the first feature to the last. */

/** Weights in shared memory. */
export type LinearBooster = Readonly<{
  /** outputCount numbers per feature, and then the biases. */
  weights: Float64Array;
  base: Float64Array;
}>;

/** The margins of a matrix, outputCount per row. Missing values are left out. */
export function scoreLinear({ weights, base }: LinearBooster, matrix: Float64Array): Float64Array {
  const { fround } = Math;
  const outputCount = base.length;
  const featureCount = weights.length / outputCount - 1;
  const biases = featureCount * outputCount;
  const rowCount = matrix.length / featureCount;
  const margins = new Float64Array(rowCount * outputCount);
  for (let row = 0, at = 0; row < rowCount; row++) {
    const start = row * featureCount;
    for (let output = 0; output < outputCount; output++, at++) {
      let sum = fround((weights[biases + output] as number) + (base[output] as number));
      for (let feature = 0; feature < featureCount; feature++) {
        const cell = fround(matrix[start + feature] as number);
        if (Number.isNaN(cell)) continue;
        sum = fround(sum + fround(cell * (weights[feature * outputCount + output] as number)));
      }
      margins[at] = sum;
    }
  }
  return margins;
}
