/**
 * The thresholds of a forest, and the conversion of a row of cells to a row of ranks. Which way a number x goes at a
 * threshold depends only on how many thresholds of the feature are not above x: its rank. Ranks are small integers, looked up
 * once per cell, and all nodes compare ranks. The thresholds here are cuts (to-cut.ts): they are compared with unrounded
 * cells, whatever the comparison and the precision of the library.
 *
 * A rank is looked up in a grid: the range from the least to the greatest threshold is divided into buckets of equal width,
 * and each knows how many thresholds are in the buckets before it. Subtraction and multiplication are monotone in floating
 * point, so the bucket of a number bounds its rank exactly, however they are rounded. A binary search within the bucket does
 * the rest, usually among one threshold or none; for the code of a category, this is a table lookup. If the range overflows
 * or vanishes, the first bucket has all thresholds. A few thresholds far away would force all others into one bucket
 * (LightGBM writes 1e300 for a split of missing values), so they are left out of the grid and found by binary search.
 *
 * A feature with more thresholds than ranks can count takes several columns, each with a run of its thresholds.
 */
import { toSharedFloats, toSharedIntegers } from '../to-shared.ts';

/** The number of rows in a group, which are walked in step. Of 4, 8 and 10 the fastest: processors lack registers for more. */
export const LANES = 8;
/** The number of buckets per threshold in a grid. */
const DENSITY = 4;
/** If all but 1/16 of the thresholds at either end span less than 1/4 of the range, those 1/16 are left out of the grid. */
const TAIL = 16;
const FAR = 4;

/** The thresholds by column, in shared memory. A column has the thresholds of a feature or some of them. */
export type Thresholds = Readonly<{
  /** The feature of a column. */
  feature: Int32Array;
  /** All thresholds; those of column c, ascending and distinct, from start[c] to start[c + 1]. */
  value: Float64Array;
  start: Int32Array;
  /** Where the thresholds that are in the grid begin and end in `value`. */
  from: Int32Array;
  to: Int32Array;
  /** The number of buckets per unit of the feature; 0 or Infinity if there is only one bucket. */
  scale: Float64Array;
  /** The rank of NaN: 0, or 1 more than that of any number. */
  missing: Int32Array;
  /** The grids. That of column c begins at gridStart[c]: for each bucket where its thresholds begin in `value`, then the end. */
  grid: Int32Array;
  gridStart: Int32Array;
}>;

/** The thresholds of a feature, ascending and distinct, at least one, and whether NaN ranks below all numbers. */
export interface FeatureThresholds {
  readonly feature: number;
  readonly values: Float64Array;
  readonly nanBelow: boolean;
}

/**
 * Lays out thresholds in columns. The columns of a feature are adjacent.
 * @param most the maximum number of thresholds in a column
 */
export function layOutThresholds(features: readonly FeatureThresholds[], most = 2 ** 31): Thresholds {
  const columns = features.flatMap(({ values, ...feature }) =>
    Array.from({ length: Math.ceil(values.length / most) }, (_, part) => {
      const own = values.subarray(part * most, (part + 1) * most);
      const tail = countTail(own);
      return { ...feature, values: own, tail, inner: own.subarray(tail, own.length - tail) };
    }),
  );
  const start = toStarts(columns.map(({ values }) => values.length));
  const gridStart = toStarts(columns.map(({ inner }) => inner.length * DENSITY + 2));
  const value = new Float64Array(start.at(-1) as number);
  const scale = new Float64Array(columns.length);
  const grid = new Int32Array(gridStart.at(-1) as number);
  columns.forEach(({ values, tail, inner }, column) => {
    const first = start[column] as number;
    value.set(values, first);
    const least = inner[0] as number;
    scale[column] = (inner.length * DENSITY) / ((inner.at(-1) as number) - least);
    const buckets = grid.subarray(gridStart[column], gridStart[column + 1]);
    for (const threshold of inner) {
      const after = toBucket(threshold, least, scale[column]) + 1;
      buckets[after] = (buckets[after] as number) + 1;
    }
    let sum = first + tail;
    for (let bucket = 0; bucket < buckets.length; bucket++) buckets[bucket] = sum += buckets[bucket] as number;
  });
  return {
    feature: toSharedIntegers(columns.map(({ feature }) => feature)),
    value: toSharedFloats(value),
    start: toSharedIntegers(start),
    from: toSharedIntegers(columns.map(({ tail }, column) => (start[column] as number) + tail)),
    to: toSharedIntegers(columns.map(({ tail }, column) => (start[column + 1] as number) - tail)),
    scale: toSharedFloats(scale),
    missing: toSharedIntegers(columns.map(({ values, nanBelow }) => (nanBelow ? 0 : values.length + 1))),
    grid: toSharedIntegers(grid),
    gridStart: toSharedIntegers(gridStart),
  };
}

/** The number of thresholds at either end that are left out of the grid. */
function countTail(values: Float64Array): number {
  const tail = Math.floor(values.length / TAIL);
  const toRange = (from: number) => (values[values.length - 1 - from] as number) - (values[from] as number);
  return toRange(tail) < toRange(0) / FAR ? tail : 0;
}

function toStarts(lengths: readonly number[]): Int32Array {
  const starts = new Int32Array(lengths.length + 1);
  lengths.forEach((length, index) => (starts[index + 1] = (starts[index] as number) + length));
  return starts;
}

/** The bucket of a number between the least and the greatest threshold of the grid. */
function toBucket(x: number, least: number, scale: number): number {
  // If the range overflows or vanishes, the product is NaN or Infinity, which | 0 turns into 0.
  return ((x - least) * scale) | 0;
}

/** Sorts numbers in place and returns the distinct ones. 0 and -0 count as one number, because they compare as equal. */
export function toDistinct(values: Float64Array): Float64Array {
  return values.sort().filter((value, index) => value !== values[index - 1]);
}

/** The number of ascending distinct values that are less than a number: its index, if it is one of them. */
export function findRank(values: Float64Array, value: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The index after the last of the thresholds from `low` to `high` that is not above x. */
function findRankBetween(value: Float64Array, low: number, high: number, x: number): number {
  while (low < high) {
    const middle = (low + high) >> 1;
    if (x < (value[middle] as number)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * Writes the ranks of the rows from `from` to `to`, in groups of LANES rows. The ranks of column c begin at c · LANES in
 * each group.
 * @param matrix all rows, `width` numbers each
 * @param shift by how many bits ranks are shifted to the left
 * @param groupSize the number of ranks in a group, including those of other columns
 */
export function rankRows(
  { feature, value, start, from: gridFrom, to: gridTo, scale, missing, grid, gridStart }: Thresholds,
  matrix: Float64Array,
  width: number,
  from: number,
  to: number,
  shift: number,
  ranks: Int32Array,
  groupSize: number,
): void {
  const columns = feature.length;
  const skip = groupSize - LANES;
  for (let column = 0; column < columns; column++) {
    const first = start[column] as number;
    const end = start[column + 1] as number;
    const inner = gridFrom[column] as number;
    const outer = gridTo[column] as number;
    const least = value[inner] as number;
    const greatest = value[outer - 1] as number;
    const factor = scale[column] as number;
    const buckets = gridStart[column] as number;
    const nan = first + (missing[column] as number);
    let at = column * LANES;
    let lane = 0;
    for (let row = from, cell = from * width + (feature[column] as number); row < to; row++, cell += width) {
      const x = matrix[cell] as number;
      let rank = first;
      if (x < greatest) {
        if (x >= least) {
          const bucket = buckets + toBucket(x, least, factor);
          rank = findRankBetween(value, grid[bucket] as number, grid[bucket + 1] as number, x);
        } else if (first < inner) rank = findRankBetween(value, first, inner, x);
      } else if (x >= greatest) rank = outer < end ? findRankBetween(value, outer, end, x) : end;
      else rank = nan;
      ranks[at] = (rank - first) << shift;
      at += 1;
      lane += 1;
      if (lane === LANES) {
        lane = 0;
        at += skip;
      }
    }
  }
}
