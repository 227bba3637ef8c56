/**
 * Columns as the inputs of a linear model. Missing numbers become the median, missing booleans the more frequent value,
 * and frequent categories are one-hot. Weights learned on standardised inputs are folded back, so that a served model
 * needs no scaler.
 */
import { findMedianDate, type LearningInput } from '../date-inputs.ts';
import { keepFrequent } from '../order-categories.ts';

/** More one-hot categories would give more coefficients than the rows can determine. */
const MAX_ONE_HOT = 50;

/** How a column is encoded in the matrix. */
export interface DesignColumn {
  readonly input: LearningInput;
  /** The positions of the one-hot categories; undefined for numbers and booleans. */
  readonly kept: readonly number[] | undefined;
  /** The replacement for a missing number, boolean (0 or 1) or part of a date. */
  readonly impute: number;
  /** The date of which it is a part. */
  readonly imputedDate?: string;
}

/** n × width standardised numbers, row by row, with the means and deviations used. */
export interface DesignMatrix {
  readonly columns: readonly DesignColumn[];
  readonly values: Float64Array;
  readonly width: number;
  readonly means: Float64Array;
  readonly deviations: Float64Array;
}

/** Builds the matrix of the given rows. */
export function buildDesignMatrix(inputs: readonly LearningInput[], rows: Int32Array): DesignMatrix {
  const designed = inputs.map((input) => designColumn(input, rows));
  const width = designed.reduce((sum, { kept }) => sum + (kept?.length ?? 1), 0);
  const values = new Float64Array(rows.length * width);
  let offset = 0;
  for (const { input, kept, impute } of designed) {
    const positions = new Map(kept?.map((category, index) => [category, index]));
    for (const [at, row] of rows.entries()) {
      const value = input.values[row] as number;
      if (!kept) values[at * width + offset] = Number.isNaN(value) ? impute : value;
      else if (positions.has(value)) values[at * width + offset + (positions.get(value) as number)] = 1;
    }
    offset += kept?.length ?? 1;
  }
  return { columns: designed, values, width, ...standardise(values, width) };
}

function designColumn(input: LearningInput, rows: Int32Array): DesignColumn {
  if (input.date) {
    const { text, value } = findMedianDate(input, input.date.date, rows);
    return { input, kept: undefined, impute: value, imputedDate: text };
  }
  if (input.column.plan.categorical) return { input, kept: keepFrequent(input.values, rows, MAX_ONE_HOT), impute: NaN };
  const present = Float64Array.from(rows, (row) => input.values[row] as number)
    .filter((value) => !Number.isNaN(value))
    .sort();
  return { input, kept: undefined, impute: present[present.length >> 1] ?? 0 };
}

/** Standardises every input in place. */
function standardise(values: Float64Array, width: number): { means: Float64Array; deviations: Float64Array } {
  const rows = values.length / width;
  const means = new Float64Array(width);
  const deviations = new Float64Array(width);
  for (let input = 0; input < width; input++) {
    let sum = 0;
    for (let at = input; at < values.length; at += width) sum += values[at] as number;
    const mean = sum / rows;
    let squares = 0;
    for (let at = input; at < values.length; at += width) squares += ((values[at] as number) - mean) ** 2;
    const deviation = Math.sqrt(squares / rows) || 1;
    for (let at = input; at < values.length; at += width) values[at] = ((values[at] as number) - mean) / deviation;
    means[input] = mean;
    deviations[input] = deviation;
  }
  return { means, deviations };
}

/** Converts weights of standardised inputs to coefficients and intercepts of raw inputs, one row per output. */
export function unstandardise(
  { width, means, deviations }: DesignMatrix,
  weights: readonly Float64Array[],
): { coefficients: number[][]; intercepts: number[] } {
  const coefficients = weights.map((row) =>
    Array.from(row.subarray(0, width), (weight, input) => weight / (deviations[input] as number)),
  );
  const intercepts = coefficients.map((row, output) =>
    row.reduce(
      (sum, coefficient, input) => sum - coefficient * (means[input] as number),
      weights[output]?.[width] as number,
    ),
  );
  return { coefficients, intercepts };
}
