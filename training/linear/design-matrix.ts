/**
 * Columns as the inputs of a linear model, as scikit-learn's SimpleImputer, StandardScaler and OneHotEncoder make them: numbers
 * are standardised, and a missing one is the median; a column of categories has one input per category, 0 or 1 and not
 * standardised, so that a penalty on the weights holds rare categories back (standardised, a rare category is a large number,
 * whose weight hardly costs anything). Learned weights are folded back, so that a served model needs no scaler.
 */
import { findMedianDate, type LearningInput } from '../date-inputs.ts';
import { keepFrequent } from '../order-categories.ts';

/** All categories together have about as many inputs, shared by their columns; the most frequent ones have one of their own. */
const USUAL_INPUTS = 2000;
const MAX_INPUTS = 5000;
/** What the share of a column is at least while there are no more than MAX_INPUTS, and at most. */
const [FEW_CATEGORIES, MANY_CATEGORIES] = [50, 1000];

/** How a column is encoded. */
export interface DesignColumn {
  readonly input: LearningInput;
  /** The positions of the categories with an input of their own, in the order of the inputs; undefined for numbers and booleans. */
  readonly kept: readonly number[] | undefined;
  /** The replacement for a missing number, boolean (0 or 1) or part of a date. */
  readonly impute: number;
  /** The date of which it is a part. */
  readonly imputedDate?: string;
  /** Its first input. */
  readonly first: number;
  /** The inputs of a column of categories or booleans, including one for rare and missing categories if there are any. */
  readonly levels: number;
}

/**
 * The inputs of n rows: first the numbers, then the categories, of which only the input that is 1 is stored. The intercept is no
 * input; it comes after them in an array of weights.
 */
export interface DesignMatrix {
  readonly columns: readonly DesignColumn[];
  readonly rowCount: number;
  /** The number of inputs. */
  readonly width: number;
  /** n × numberCount standardised numbers, row by row. */
  readonly numbers: Float64Array;
  readonly numberCount: number;
  /** n × levelCount inputs that are 1, one per column of categories, row by row. */
  readonly levels: Int32Array;
  readonly levelCount: number;
  /** Of the numbers before they were standardised. */
  readonly means: Float64Array;
  readonly deviations: Float64Array;
}

/** Builds the matrix of the given rows. */
export function buildDesignMatrix(inputs: readonly LearningInput[], rows: Int32Array): DesignMatrix {
  const isLevel = (input: LearningInput) =>
    !input.date && (input.column.plan.categorical || input.column.plan.type === 'boolean');
  const numberCount = inputs.filter((input) => !isLevel(input)).length;
  const levelCount = inputs.length - numberCount;
  const numbers = new Float64Array(rows.length * numberCount);
  const levels = new Int32Array(rows.length * levelCount);
  const inputCount = Math.min(MAX_INPUTS, Math.max(USUAL_INPUTS, FEW_CATEGORIES * levelCount));
  const maxCategories = Math.min(MANY_CATEGORIES, Math.floor(inputCount / Math.max(1, levelCount)));
  let [width, number, level] = [numberCount, 0, 0];
  const columns = inputs.map((input): DesignColumn => {
    if (!isLevel(input)) {
      const column = { input, kept: undefined, ...findMedian(input, rows), first: number, levels: 0 };
      fillNumbers(column, rows, numbers.subarray(number++), numberCount);
      return column;
    }
    const column = planLevels(input, rows, width, maxCategories);
    fillLevels(column, rows, levels.subarray(level++), levelCount);
    width += column.levels;
    return column;
  });
  const { means, deviations } = standardise(numbers, numberCount);
  return { columns, rowCount: rows.length, width, numbers, numberCount, levels, levelCount, means, deviations };
}

/** The median of the present values; of a date, the median date. */
function findMedian(input: LearningInput, rows: Int32Array): { impute: number; imputedDate?: string } {
  if (input.date) {
    const { text, value } = findMedianDate(input, input.date.date, rows);
    return { impute: value, imputedDate: text };
  }
  if (!input.column.plan.nullable) return { impute: NaN };
  const present = new Float64Array(rows.length);
  let count = 0;
  for (const row of rows) {
    const value = input.values[row] as number;
    if (!Number.isNaN(value)) present[count++] = value;
  }
  const sorted = present.subarray(0, count).sort();
  const [below = 0, above = 0] = [sorted[(count - 1) >> 1], sorted[count >> 1]];
  return { impute: below === above ? below : below / 2 + above / 2 };
}

function fillNumbers({ input, impute }: DesignColumn, rows: Int32Array, numbers: Float64Array, step: number): void {
  for (let at = 0; at < rows.length; at++) {
    const value = input.values[rows[at] as number] as number;
    numbers[at * step] = Number.isNaN(value) ? impute : value;
  }
}

/** The inputs of a column of categories, or of a boolean: false and true. */
function planLevels(input: LearningInput, rows: Int32Array, first: number, maxCategories: number): DesignColumn {
  if (!input.column.plan.categorical) {
    const balance = rows.reduce(
      (sum, row) => sum + (input.values[row] === 1 ? 1 : input.values[row] === 0 ? -1 : 0),
      0,
    );
    return { input, kept: undefined, impute: balance > 0 ? 1 : 0, first, levels: 2 };
  }
  const kept = keepFrequent(input.values, rows, maxCategories);
  const positions = new Set(kept);
  const hasOthers = rows.some((row) => !positions.has(input.values[row] as number));
  return { input, kept, impute: NaN, first, levels: kept.length + (hasOthers ? 1 : 0) };
}

function fillLevels(column: DesignColumn, rows: Int32Array, levels: Int32Array, step: number): void {
  const { input, kept, impute, first } = column;
  const positions = new Map(kept?.map((category, index) => [category, first + index]));
  const others = first + (kept?.length ?? 0);
  for (let at = 0; at < rows.length; at++) {
    const value = input.values[rows[at] as number] as number;
    levels[at * step] = kept ? (positions.get(value) ?? others) : first + (Number.isNaN(value) ? impute : value);
  }
}

/** Standardises every number in place. */
function standardise(values: Float64Array, width: number): { means: Float64Array; deviations: Float64Array } {
  const means = new Float64Array(width);
  const deviations = new Float64Array(width);
  const rows = values.length / width;
  for (let at = 0; at < values.length; at += width)
    for (let input = 0; input < width; input++)
      means[input] = (means[input] as number) + (values[at + input] as number);
  for (let input = 0; input < width; input++) means[input] = (means[input] as number) / rows;
  for (let at = 0; at < values.length; at += width)
    for (let input = 0; input < width; input++)
      deviations[input] =
        (deviations[input] as number) + ((values[at + input] as number) - (means[input] as number)) ** 2;
  for (let input = 0; input < width; input++) deviations[input] = Math.sqrt((deviations[input] as number) / rows) || 1;
  for (let at = 0; at < values.length; at += width)
    for (let input = 0; input < width; input++)
      values[at + input] = ((values[at + input] as number) - (means[input] as number)) / (deviations[input] as number);
  return { means, deviations };
}

/**
 * Converts weights of the inputs, followed by the intercept, to the coefficients and the intercept of an output as a deployment
 * has them: of raw numbers and booleans, and of the categories that have an input of their own. All others count as 0 there, so
 * the weight that they have in common is part of the intercept, and is subtracted from those of the column.
 */
export function toCoefficients(
  { columns, means, deviations, width }: DesignMatrix,
  weights: Float64Array,
): { coefficients: number[]; intercept: number } {
  let intercept = weights[width] as number;
  const coefficients = columns.flatMap(({ kept, first, levels }) => {
    if (levels === 0) {
      const coefficient = (weights[first] as number) / (deviations[first] as number);
      intercept -= coefficient * (means[first] as number);
      return [coefficient];
    }
    const own = Array.from(weights.subarray(first, first + (kept?.length ?? 2)));
    const common = kept
      ? kept.length < levels
        ? (weights[first + kept.length] as number)
        : 0
      : (own.shift() as number);
    intercept += common;
    return own.map((weight) => weight - common);
  });
  return { coefficients, intercept };
}
