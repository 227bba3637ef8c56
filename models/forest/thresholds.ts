/**
 * The numbers that a forest compares features with, and from a row of features to a row of ranks. Where a number x goes at
 * a threshold depends only on how many thresholds of the feature are not above x: its rank. Ranks are small integers, found
 * once a cell, and every node that asks for the feature compares those.
 *
 * A rank is looked up in a grid: between the least and the greatest threshold lie buckets of equal width, and each knows how
 * many thresholds are in the buckets before it. Subtracting and multiplying are monotone in floating point, so the bucket
 * of a number bounds its rank exactly, whatever the rounding; a binary search does the rest, mostly among none or one. For
 * a category's code that is a table lookup. Where the range overflows or vanishes, the first bucket holds them all.
 *
 * A feature with more thresholds than a rank may count has several columns, each with a run of its thresholds.
 */
import { toSharedFloats, toSharedIntegers } from '../to-shared.ts';

/** How many rows form a group, and are walked in step. Of 4, 8 and 10 the fastest: a processor has no more registers. */
export const LANES = 8;
/** How many buckets a grid has for a threshold. */
const DENSITY = 4;

/** The thresholds by column, in shared memory. Column c is a feature, or a part of it. */
export type Thresholds = Readonly<{
  /** The feature of a column. */
  feature: Int32Array;
  /** All thresholds; those of column c, ascending and distinct, from start[c] to start[c + 1]. */
  value: Float64Array;
  start: Int32Array;
  /** Buckets for each unit of the feature; 0 or Infinity where they cannot be told apart. */
  scale: Float64Array;
  /** The grids: for each bucket of column c, from gridStart[c], where its thresholds begin in `value`; then an end. */
  grid: Int32Array;
  gridStart: Int32Array;
}>;

/** The columns of a feature with these thresholds, ascending and distinct, of which a column may have only so many. */
export interface FeatureThresholds {
  readonly feature: number;
  readonly values: Float64Array;
}

/**
 * Lays thresholds out in columns.
 * @param most how many thresholds a column may have
 */
export function layOutThresholds(features: readonly FeatureThresholds[], most: number): Thresholds {
  const columns = features.flatMap(({ feature, values }) =>
    Array.from({ length: Math.ceil(values.length / most) }, (_, part) => ({
      feature,
      values: values.subarray(part * most, (part + 1) * most),
    })),
  );
  const start = toStarts(columns.map(({ values }) => values.length));
  const gridStart = toStarts(columns.map(({ values }) => values.length * DENSITY + 2));
  const value = new Float64Array(start.at(-1) as number);
  const scale = new Float64Array(columns.length);
  const grid = new Int32Array(gridStart.at(-1) as number);
  columns.forEach(({ values }, column) => {
    const first = start[column] as number;
    value.set(values, first);
    const least = values[0] as number;
    scale[column] = (values.length * DENSITY) / ((values.at(-1) as number) - least);
    const buckets = grid.subarray(gridStart[column], gridStart[column + 1]);
    for (const threshold of values) {
      const after = toBucket(threshold, least, scale[column]) + 1;
      buckets[after] = (buckets[after] as number) + 1;
    }
    let sum = first;
    for (let bucket = 0; bucket < buckets.length; bucket++) buckets[bucket] = sum += buckets[bucket] as number;
  });
  return {
    feature: toSharedIntegers(columns.map(({ feature }) => feature)),
    value: toSharedFloats(value),
    start: toSharedIntegers(start),
    scale: toSharedFloats(scale),
    grid: toSharedIntegers(grid),
    gridStart: toSharedIntegers(gridStart),
  };
}

function toStarts(lengths: readonly number[]): Int32Array {
  const starts = new Int32Array(lengths.length + 1);
  lengths.forEach((length, index) => (starts[index + 1] = (starts[index] as number) + length));
  return starts;
}

/** The bucket of a number that is not below the least threshold, nor above the greatest. */
function toBucket(x: number, least: number, scale: number): number {
  // Where a range overflows or vanishes the product is NaN or Infinity, and of both | 0 makes 0.
  return ((x - least) * scale) | 0;
}

/**
 * Writes the ranks of some rows, shifted to the left, a group of LANES rows after the other: those of column c from
 * c · LANES in the group. The rank of NaN is the greatest.
 * @param matrix the rows, `width` numbers each
 */
export function rankRows(
  { feature, value, start, scale, grid, gridStart }: Thresholds,
  matrix: Float64Array,
  width: number,
  from: number,
  to: number,
  shift: number,
  ranks: Int32Array,
): void {
  const columns = feature.length;
  const skip = (columns - 1) * LANES;
  for (let column = 0; column < columns; column++) {
    const first = start[column] as number;
    const end = start[column + 1] as number;
    const least = value[first] as number;
    const greatest = value[end - 1] as number;
    const factor = scale[column] as number;
    const buckets = gridStart[column] as number;
    let at = column * LANES;
    let lane = 0;
    for (let row = from, cell = from * width + (feature[column] as number); row < to; row++, cell += width) {
      const x = matrix[cell] as number;
      let rank = first;
      if (x < greatest) {
        if (x >= least) {
          const bucket = buckets + toBucket(x, least, factor);
          rank = grid[bucket] as number;
          let high = grid[bucket + 1] as number;
          while (rank < high) {
            const middle = (rank + high) >> 1;
            if (x < (value[middle] as number)) high = middle;
            else rank = middle + 1;
          }
        }
      } else rank = end;
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
