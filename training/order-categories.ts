/**
 * Encodes categories as numbers that a tree splits well. Ordered by their mean target, one threshold separates them as well
 * as any subset could, for two classes and for a regression (Breiman et al. 1984, 4.2.2; Fisher 1958). With more classes,
 * the order of the first principal component of the class probabilities is close to optimal (Coppersmith, Hong, Hosking
 * 1999).
 *
 * That order leaks the label: the mean of a category with few rows is mostly their own targets. So
 *
 * - few categories, which are too few to leak, are ordered by means drawn from their posterior distributions;
 * - of more categories, each row is learned from with a code that comes from the rows of other folds;
 * - where more categories differ no more than by chance, they all have one code.
 */
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { shuffle, type Random } from './forest/random.ts';

/** Categories with fewer rows are learned as one group, together with missing values: alone they would be noise. */
const MIN_ROWS = 5;
const MAX_KEPT = 1000;
/** If the means of the categories could explain at most this share of the variance by chance, their order is learned as it is. */
const MAX_SPURIOUS = 0.01;
/** In how many parts the rows are divided for codes that do not know their own row; scikit-learn's TargetEncoder has as many. */
const FOLDS = 5;
/** One-sided, 5 %: above it, differences between categories are not only chance. */
const CLEAR = 1.645;
/** The digits of a code: enough to order categories, few enough to read. */
const DIGITS = 6;

/** How the categories of a column are encoded. */
export interface CategoryCodes {
  /** The categories with a code of their own, as positions in the column's list, the most frequent first. */
  readonly kept: readonly number[];
  /** The code of each kept category. */
  readonly codes: readonly number[];
  /** The code of everything else: rare, missing and unknown categories. */
  readonly unknown: number;
  /** What a model learns from: the code of each row, which may differ from that of its category. */
  readonly values: Float64Array;
}

/** The categories with enough rows for a code of their own, the most frequent first; at least one. */
export function keepFrequent(values: Float64Array, rows: Int32Array, max = MAX_KEPT): number[] {
  const counts = new Map<number, number>();
  for (const row of rows) {
    const value = values[row] as number;
    if (!Number.isNaN(value)) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  const sorted = [...counts].sort(([a, x], [b, y]) => y - x || a - b);
  const frequent = sorted.filter(([, count]) => count >= MIN_ROWS).slice(0, max);
  return frequent.length > 0 ? frequent.map(([value]) => value) : [sorted[0]?.[0] ?? 0];
}

/**
 * Encodes the categories of a column by their targets.
 * @param values one category position per row, NaN if it is missing
 * @param target class indices from 0, or numbers
 * @param classCount 0 for a regression
 * @param rows the rows to learn from
 * @param random what is drawn
 */
export function encodeCategories(
  values: Float64Array,
  target: Float64Array,
  classCount: number,
  rows: Int32Array,
  random: Random,
): CategoryCodes {
  const kept = keepFrequent(values, rows);
  const others = kept.length;
  const positions = new Map(kept.map((category, group) => [category, group]));
  const groups = Int32Array.from(rows, (row) => positions.get(values[row] as number) ?? others);
  const labels = Float64Array.from(rows, (row) => target[row] as number);
  const spread = measureSpread(
    groups,
    others + 1,
    classCount > 2 ? project(groups, others + 1, labels, classCount) : labels,
  );
  const encoded = toCodes(spread, random);
  return {
    kept,
    codes: Array.from(encoded.codes.subarray(0, others)),
    unknown: encoded.codes[others] as number,
    values: encoded.values,
  };
}

/** Rows in groups, each row with a number: what the number's mean differs by between and within the groups. */
interface Spread {
  readonly groups: Int32Array;
  readonly numbers: Float64Array;
  readonly counts: Float64Array;
  readonly sums: Float64Array;
  readonly mean: number;
  /** The number of groups that have rows. */
  readonly occurring: number;
  /** The variance within groups, and that of the groups' true means, which is 0 where chance explains their differences. */
  readonly within: number;
  readonly between: number;
  /** The F statistic, as a standard normal number. */
  readonly clarity: number;
}

/** One-way analysis of variance, with random effects (Searle, Casella, McCulloch 1992, 3.6). */
function measureSpread(groups: Int32Array, groupCount: number, numbers: Float64Array): Spread {
  const counts = new Float64Array(groupCount);
  const sums = new Float64Array(groupCount);
  groups.forEach((group, row) => {
    counts[group] = (counts[group] as number) + 1;
    sums[group] = (sums[group] as number) + (numbers[row] as number);
  });
  const rowCount = groups.length;
  const mean = sum(sums) / rowCount;
  const occurring = counts.filter((count) => count > 0).length;
  const means = sums.map((total, group) => total / (counts[group] as number));
  const squares = sum(
    means.map((of, group) => ((counts[group] as number) > 0 ? (counts[group] as number) * (of - mean) ** 2 : 0)),
  );
  const errors = sum(numbers.map((number, row) => (number - (means[groups[row] as number] as number)) ** 2));
  const [freedom, rest] = [occurring - 1, Math.max(1, rowCount - occurring)];
  const within = errors / rest;
  const size = rowCount - sum(counts.map((count) => count * count)) / rowCount;
  const between = size > 0 ? Math.max(0, (squares - freedom * within) / size) : 0;
  return {
    groups,
    numbers,
    counts,
    sums,
    mean,
    occurring,
    within,
    between,
    clarity: toNormal(squares / freedom / within, freedom, rest),
  };
}

/** An F statistic as a number that is about standard normal if there is no effect (Paulson 1942). */
function toNormal(f: number, freedom: number, rest: number): number {
  if (!Number.isFinite(f)) return Number.isNaN(f) ? 0 : Infinity;
  const [a, b] = [2 / (9 * freedom), 2 / (9 * rest)];
  const root = Math.cbrt(f);
  return ((1 - b) * root - (1 - a)) / Math.sqrt(b * root * root + a);
}

interface Codes {
  readonly codes: Float64Array;
  readonly values: Float64Array;
}

function toCodes(spread: Spread, random: Random): Codes {
  const { groups, occurring, counts, clarity } = spread;
  if (occurring - 1 <= MAX_SPURIOUS * groups.length) {
    const codes = drawOrder(spread, random);
    return { codes, values: Float64Array.from(groups, (group) => codes[group] as number) };
  }
  // Nothing but chance to learn: one code for all categories.
  if (clarity < CLEAR) return { codes: new Float64Array(counts.length), values: new Float64Array(groups.length) };
  return crossFit(spread, random);
}

/** The rank of each group, by a mean drawn from its posterior distribution: where only chance orders groups, chance does. */
function drawOrder({ counts, sums, mean, within, between }: Spread, random: Random): Float64Array {
  const drawn = counts.map((count, group) => {
    // An unknown category is like the average.
    if (count === 0) return 0;
    if (between === 0) return drawNormal(random);
    const deviation = Math.sqrt((between * within) / (count * between + within));
    return shrink(sums[group] as number, count, mean, within, between) + deviation * drawNormal(random);
  });
  const order = [...drawn.keys()].sort((a, b) => (drawn[a] as number) - (drawn[b] as number) || a - b);
  const ranks = new Float64Array(order.length);
  order.forEach((group, rank) => (ranks[group] = rank));
  return ranks;
}

/**
 * Shrunken means. For its own code, a row counts as little as the others of its fold: a tree that saw its target in the code
 * would trust the code too much (Micci-Barreca 2001; the cross fitting is that of scikit-learn's TargetEncoder).
 */
function crossFit({ groups, numbers, counts, sums, mean, within, between }: Spread, random: Random): Codes {
  const folds = dealFolds(groups, counts.length, random);
  const inFold = { counts: new Float64Array(counts.length * FOLDS), sums: new Float64Array(counts.length * FOLDS) };
  const whole = { counts: new Float64Array(FOLDS), sums: new Float64Array(FOLDS) };
  groups.forEach((group, row) => {
    const fold = folds[row] as number;
    for (const [part, at] of [
      [inFold, group * FOLDS + fold],
      [whole, fold],
    ] as const) {
      part.counts[at] = (part.counts[at] as number) + 1;
      part.sums[at] = (part.sums[at] as number) + (numbers[row] as number);
    }
  });
  const others = whole.sums.map((part, fold) => (sum(sums) - part) / (groups.length - (whole.counts[fold] as number)));
  const toCode = (total: number, count: number, average: number) =>
    Number(shrink(total, count, average, within, between).toPrecision(DIGITS));
  const byFold = inFold.sums.map((part, at) => {
    const group = Math.floor(at / FOLDS);
    const count = (counts[group] as number) - (inFold.counts[at] as number);
    return toCode((sums[group] as number) - part, count, others[at % FOLDS] as number);
  });
  return {
    codes: counts.map((count, group) => toCode(sums[group] as number, count, mean)),
    values: Float64Array.from(groups, (group, row) => byFold[group * FOLDS + (folds[row] as number)] as number),
  };
}

/** Deals the rows of each group to the folds in turn, in random order. */
function dealFolds(groups: Int32Array, groupCount: number, random: Random): Int32Array {
  const folds = new Int32Array(groups.length);
  const next = Int32Array.from({ length: groupCount }, () => random.below(FOLDS));
  for (const row of shuffle(Int32Array.from(groups.keys()), random)) {
    const group = groups[row] as number;
    folds[row] = (next[group] as number) % FOLDS;
    next[group] = (next[group] as number) + 1;
  }
  return folds;
}

/** How far the mean of a group is from that of all: what its rows say, and with few rows less (James and Stein 1961). */
function shrink(total: number, count: number, mean: number, within: number, between: number): number {
  return count === 0 || between === 0 ? 0 : ((total / count - mean) * count * between) / (count * between + within);
}

/**
 * One number per class, as different as possible between the groups: the first principal component of their probabilities, of
 * whose covariance that of the sampling error is subtracted.
 */
function project(groups: Int32Array, groupCount: number, labels: Float64Array, classCount: number): Float64Array {
  const shares = Matrix.zeros(groupCount, classCount);
  groups.forEach((group, row) => {
    const label = labels[row] as number;
    shares.set(group, label, shares.get(group, label) + 1);
  });
  const counts = shares.sum('row');
  const mean = shares.sum('column').map((count) => count / groups.length);
  const occurring = counts.filter((count) => count > 0).length;
  shares.divColumnVector(counts.map((count) => count || 1));
  const within = Matrix.diag(mean)
    .mul(groups.length)
    .sub(shares.transpose().mmul(Matrix.diag(counts).mmul(shares)));
  const deviations = shares.clone().subRowVector(mean);
  const between = deviations.transpose().mmul(Matrix.diag(counts).mmul(deviations));
  const error = within.mul((occurring - 1) / Math.max(1, groups.length - occurring));
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(between.sub(error), {
    assumeSymmetric: true,
  });
  const direction = eigenvectorMatrix.getColumn(realEigenvalues.indexOf(Math.max(...realEigenvalues)));
  return labels.map((label) => direction[label] as number);
}

/** A standard normal number (Box and Muller 1958). */
function drawNormal(random: Random): number {
  const [a, b] = [random.next() / 2 ** 32, random.next() / 2 ** 32];
  return Math.sqrt(-2 * Math.log(1 - a)) * Math.cos(2 * Math.PI * b);
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}
