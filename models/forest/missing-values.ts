/**
 * Where a missing value is sent down a tree. Each node has its own direction, but the walk does not know about that: it only
 * compares ranks. A missing value ranks below all numbers in one column and above all numbers in another, and each node reads
 * the column that sends the value in its direction. If all nodes of a feature agree, one column is enough. Otherwise the
 * ranks of numbers are looked up once and copied into the other columns.
 */
import { toSharedFloats, toSharedIntegers } from '../to-shared.ts';
import { LANES } from './thresholds.ts';
import { toCut } from './to-cut.ts';
import type { TreeEnsemble } from './tree-ensemble.ts';

/** Which values are missing at a node and where they go: the codes in Tree.missing. */
export const MISSING = {
  /** NaN goes right. */
  right: 0,
  /** NaN goes left. */
  left: 1,
  /** NaN and numbers within NEARLY_ZERO of 0 go right: LightGBM's missing type zero. */
  rightWithZero: 2,
  /** NaN and numbers within NEARLY_ZERO of 0 go left. */
  leftWithZero: 3,
} as const;

/** LightGBM's kZeroThreshold: 1e-35 as a float of 32 bits. */
export const NEARLY_ZERO = Math.fround(1e-35);

/** Whether missing values go left. */
export function isLeft(missing: number): boolean {
  return (missing & 1) === 1;
}

/** Whether numbers within NEARLY_ZERO of 0 are missing, too. */
export function takesZero(missing: number): boolean {
  return (missing & 2) === 2;
}

/** The range of numbers that are missing besides NaN: from the first, up to but not including the second. */
export function toMissingRange(missing: number, precision: TreeEnsemble['precision']): readonly [number, number] {
  // An empty range: every number is below Infinity or not below -Infinity.
  if (!takesZero(missing)) return [Infinity, -Infinity];
  return [toCut('less', -NEARLY_ZERO, precision), toCut('atMost', NEARLY_ZERO, precision)];
}

/** A column of ranks that is derived from another column of the same feature, or changed in place. */
export interface MissingColumn {
  readonly feature: number;
  readonly source: number;
  readonly target: number;
  readonly range: readonly [number, number];
  /** The rank of missing values in it. */
  readonly rank: number;
}

/** The derived columns of a compiled forest, in shared memory, in the order in which they are written. */
export type MissingColumns = Readonly<{
  feature: Int32Array;
  source: Int32Array;
  target: Int32Array;
  rank: Int32Array;
  /** The range of numbers that are missing: from low, up to but not including high. */
  low: Float64Array;
  high: Float64Array;
}>;

/** Puts columns into shared memory. */
export function layOutMissing(columns: readonly MissingColumn[]): MissingColumns {
  return {
    feature: toSharedIntegers(columns.map(({ feature }) => feature)),
    source: toSharedIntegers(columns.map(({ source }) => source)),
    target: toSharedIntegers(columns.map(({ target }) => target)),
    rank: toSharedIntegers(columns.map(({ rank }) => rank)),
    low: toSharedFloats(columns.map(({ range }) => range[0])),
    high: toSharedFloats(columns.map(({ range }) => range[1])),
  };
}

/**
 * Writes the derived columns, after rankRows has been called with the same rows and ranks: the rank of missing values, and
 * for all other values that of the source column.
 * @param shift by how many bits ranks are shifted to the left
 * @param groupSize the number of ranks in a group
 */
export function sendMissing(
  { feature, source, target, rank, low, high }: MissingColumns,
  matrix: Float64Array,
  width: number,
  from: number,
  to: number,
  shift: number,
  ranks: Int32Array,
  groupSize: number,
): void {
  const lanes = LANES;
  for (let index = 0; index < feature.length; index++) {
    const least = low[index] as number;
    const end = high[index] as number;
    const missing = (rank[index] as number) << shift;
    const distance = ((source[index] as number) - (target[index] as number)) * lanes;
    let at = (target[index] as number) * lanes;
    let lane = 0;
    for (let row = from, cell = from * width + (feature[index] as number); row < to; row++, cell += width) {
      const x = matrix[cell] as number;
      // Neither comparison holds for NaN.
      ranks[at] = x < least || x >= end ? (ranks[at + distance] as number) : missing;
      at += 1;
      lane += 1;
      if (lane === lanes) {
        lane = 0;
        at += groupSize - lanes;
      }
    }
  }
}
