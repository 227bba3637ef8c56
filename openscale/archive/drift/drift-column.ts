/**
 * A column as IBM's drift monitor sees it (ibm-metrics-plugin, drift_v2): what is told of it in summary.json, and its cells as codes of
 * values or of bins. The formulas were found by comparing archives; docs/archive.md has them.
 */
import type { Scalar } from '../../../models/deployment-file.ts';
import { toQuantile } from '../../../training/explainability-statistics.ts';
import { compareValues } from './python-text.ts';
import { round } from './round.ts';

/** What a column is to the model. */
export type ColumnRole = 'feature' | 'categorical' | 'label' | 'prediction' | 'probability_score';

/** The cells of a column, none of which is missing. */
export interface DriftInput {
  readonly name: string;
  readonly role: ColumnRole;
  readonly dataType: 'int' | 'float' | 'str' | 'bool';
  /** One number per row: the number itself, 0 or 1 of a boolean, or a position in `texts`. */
  readonly values: Float64Array;
  readonly texts?: readonly string[];
  /** Whether the values are never divided into bins, or always. */
  readonly isDiscrete?: boolean;
}

/** The codes of a column's cells, one per row. */
export interface DiscreteCells {
  readonly kind: 'discrete';
  /** The values in ascending order; a code is a position here. */
  readonly fields: readonly Scalar[];
  readonly codes: Int32Array;
}

export interface ContinuousCells {
  readonly kind: 'continuous';
  /** Where the bins that have rows begin, in ascending order; a code is a position here. */
  readonly fields: Float64Array;
  readonly codes: Int32Array;
  /** The codes in pairs with another column, which differ for numbers at the very end of a bin. */
  readonly pairedCodes: Int32Array;
  readonly binWidth: number;
  readonly isInteger: boolean;
}

export interface DriftColumn extends Pick<DriftInput, 'name' | 'role' | 'dataType'> {
  /** undefined if the monitor cannot use the column, or does not count it. */
  readonly cells: DiscreteCells | ContinuousCells | undefined;
  /** Whether it can be counted together with others: no value of a column of many categories has enough rows. */
  readonly isPairable: boolean;
  /** The column's entry in summary.json, without what depends on other columns. */
  readonly summary: object;
  /** Why the column cannot be used. */
  readonly problem?: 'sparse_data' | 'large_unique_categories';
  readonly distinctCount: number;
}

/** Columns of categories with a larger share of different values are not used (CATEGORICAL_UNIQUE_THRESHOLD). */
export const MAX_UNIQUE_SHARE = 0.8;
/** Nor are those with more categories (MAX_DISTINCT_CATEGORIES). */
export const MAX_CATEGORIES = 10_000;
/** Of a column that is counted with others, values of fewer rows are left out (DISCRETE_…_OPERATION_THRESHOLD). */
export const MIN_SOURCE_SHARE = 0.01;
/** How often quantiles further out are tried where the quartiles are the same. */
const MAX_WIDENINGS = 3;

/** Describes a column of at least two rows. */
export function toDriftColumn(input: DriftInput): DriftColumn {
  return input.dataType === 'str' || input.dataType === 'bool' ? describeCategories(input) : describeNumbers(input);
}

/** A feature that is not important enough to be counted. */
export function toUncountedColumn({ name, role, dataType }: Omit<DriftInput, 'values'>): DriftColumn {
  const isNumber = dataType === 'int' || dataType === 'float';
  const type = isNumber ? 'numerical' : dataType === 'bool' ? 'boolean' : 'categorical';
  const summary = { type, name, role, data_type: dataType, ...(isNumber && { bin_width: 0 }) };
  return { name, role, dataType, summary, cells: undefined, isPairable: false, distinctCount: 0 };
}

function describeCategories({ name, role, dataType, values, texts = [] }: DriftInput): DriftColumn {
  const cells = toDiscreteCells(values, (value) => (dataType === 'bool' ? value === 1 : (texts[value] as string)));
  const distinctCount = cells.fields.length;
  const isUnique = distinctCount / values.length > MAX_UNIQUE_SHARE || distinctCount > MAX_CATEGORIES;
  const type = dataType === 'bool' ? 'boolean' : 'categorical';
  return {
    name,
    role,
    dataType,
    distinctCount,
    cells: isUnique ? undefined : cells,
    isPairable: !isUnique && hasFrequentValue(cells),
    summary: { type, name, role, data_type: dataType, distinct_count: distinctCount },
    ...(isUnique && { problem: 'large_unique_categories' }),
  };
}

function hasFrequentValue({ fields, codes }: DiscreteCells): boolean {
  const counts = new Int32Array(fields.length);
  for (const code of codes) counts[code] = (counts[code] as number) + 1;
  return counts.some((count) => count >= MIN_SOURCE_SHARE * codes.length);
}

function describeNumbers(input: DriftInput): DriftColumn {
  const { name, role, dataType, values } = input;
  const sorted = values.slice().sort();
  const [min, max] = [sorted[0] as number, sorted[sorted.length - 1] as number];
  const isProbability = role === 'probability_score';
  const distinct = countDistinct(sorted);
  const isDiscrete = input.isDiscrete ?? distinct <= Math.round(Math.log2(values.length));
  const { percentiles, spread, binWidth } = planBins(sorted, isDiscrete, dataType === 'int');
  const isSparse = !isDiscrete && binWidth === 0;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  const summary = {
    name,
    type: isProbability ? 'probability' : 'numerical',
    role,
    data_type: dataType,
    distinct_count: isProbability ? -1 : distinct,
    min: round(min),
    max: round(max),
    mean: round(mean),
    std: round(Math.sqrt(variance)),
    percentiles,
    bin_width: binWidth,
    ...(spread !== undefined && { iqr: spread }),
  };
  const common = { name, role, dataType, summary, distinctCount: distinct };
  if (isSparse) return { ...common, cells: undefined, isPairable: false, problem: 'sparse_data' };
  const cells = isDiscrete
    ? toDiscreteCells(values, (value) => value)
    : toContinuousCells(values, min, binWidth, dataType === 'int');
  return { ...common, cells, isPairable: true };
}

function countDistinct(sorted: Float64Array): number {
  let distinct = 0;
  for (let index = 0; index < sorted.length; index++)
    if (index === 0 || sorted[index] !== sorted[index - 1]) distinct += 1;
  return distinct;
}

interface BinPlan {
  readonly percentiles: Record<string, number>;
  /** The distance of the outermost percentiles. */
  readonly spread?: number;
  /** 0 for discrete values. */
  readonly binWidth: number;
}

/** A third of the width of Freedman and Diaconis (1981); where the quartiles are the same, of quantiles further out. */
function planBins(sorted: Float64Array, isDiscrete: boolean, isInteger: boolean): BinPlan {
  const percentiles: Record<string, number> = {};
  const take = (share: number) => {
    const value = toQuantile(sorted, share);
    percentiles[String(share)] = round(value);
    return value;
  };
  const [low, , high] = [take(0.25), take(0.5), take(0.75)] as const;
  if (isDiscrete) return { percentiles, binWidth: 0 };
  let spread = round(high - low);
  for (let share = 0.125, count = 0; spread === 0 && count < MAX_WIDENINGS; share /= 2, count++) {
    const outer = take(share);
    spread = round(take(1 - share) - outer);
  }
  const width = round((2 * spread) / Math.cbrt(sorted.length) / 3);
  return { percentiles, spread, binWidth: isInteger ? Math.ceil(width) : width };
}

/** The codes of values, which are sorted. */
function toDiscreteCells(values: Float64Array, toField: (value: number) => Scalar): DiscreteCells {
  const distinct = [...new Set(values)].map((value) => ({ value, field: toField(value) }));
  distinct.sort((one, other) => compareValues(one.field, other.field));
  const codeOf = new Map(distinct.map(({ value }, code) => [value, code]));
  return {
    kind: 'discrete',
    fields: distinct.map(({ field }) => field),
    codes: Int32Array.from(values, (value) => codeOf.get(value) as number),
  };
}

/**
 * The codes of bins. They are counted from the exact minimum; where they begin is told from the rounded one. IBM divides by the width
 * in two ways, which agree except where the quotient is rounded to a whole number.
 */
function toContinuousCells(values: Float64Array, min: number, binWidth: number, isInteger: boolean): ContinuousCells {
  const bins = values.map((value) => Math.floor((value - min) / binWidth));
  const pairedBins = values.map((value) => divideExactly(value - min, binWidth));
  const distinct = Float64Array.from(new Set([...bins, ...pairedBins])).sort();
  const codeOf = new Map(Array.from(distinct, (bin, code) => [bin, code]));
  const toCodes = (of: Float64Array) => Int32Array.from(of, (bin) => codeOf.get(bin) as number);
  const start = round(min);
  return {
    kind: 'continuous',
    fields: distinct.map((bin) => round(start + bin * binWidth)),
    codes: toCodes(bins),
    pairedCodes: toCodes(pairedBins),
    binWidth,
    isInteger,
  };
}

/** How often a divisor is in a number that is not negative, as Python's // counts it: by the exact remainder. */
function divideExactly(value: number, divisor: number): number {
  return Math.round((value - (value % divisor)) / divisor);
}
