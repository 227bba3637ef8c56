/**
 * Turns a comparison into a cut: the least 64-bit number for which it does not hold. Rounding to 32 bits is monotone, so
 * every comparison in every precision has a cut. The kernel compares unrounded cells with cuts and nothing else.
 */
import type { TreeEnsemble } from './tree-ensemble.ts';

const GREATEST_32 = 2 ** 128 - 2 ** 104;
const view = new DataView(new ArrayBuffer(8));

/** Rounds a threshold or a member of a set to the precision of the library. */
export function roundThreshold(threshold: number, { thresholds }: TreeEnsemble['precision']): number {
  return thresholds === 32 ? Math.fround(threshold) : threshold;
}

/**
 * The least 64-bit number that, rounded to the precision of cells, is not less than a threshold (`less`), or is greater than
 * it (`atMost`).
 * @param threshold already rounded by roundThreshold; not NaN
 * @returns NaN if the comparison holds for all numbers
 */
export function toCut(test: 'less' | 'atMost', threshold: number, { cells }: TreeEnsemble['precision']): number {
  if (cells === 64) return test === 'less' ? threshold : toNext(threshold);
  const near = Math.fround(threshold);
  const holds = test === 'less' ? near < threshold : near <= threshold;
  return toLeastRoundedTo(holds ? toNext32(near) : near);
}

/** The next greater 64-bit number; NaN after Infinity, whose bits are followed by those of NaN. */
function toNext(x: number): number {
  if (x === 0) return Number.MIN_VALUE;
  view.setFloat64(0, x);
  const low = view.getInt32(4) + (x > 0 ? 1 : -1);
  // The low half has overflowed if it is 0 after a step up, or -1 (all bits set) after a step down.
  if ((low | 0) === (x > 0 ? 0 : -1)) view.setInt32(0, view.getInt32(0) + (x > 0 ? 1 : -1));
  view.setInt32(4, low);
  return view.getFloat64(0);
}

/** The next greater 32-bit number; NaN after Infinity. */
function toNext32(x: number): number {
  if (x === 0) return 2 ** -149;
  view.setFloat32(0, x);
  view.setInt32(0, view.getInt32(0) + (x > 0 ? 1 : -1));
  return view.getFloat32(0);
}

/** The least 64-bit number that is x or greater when it is rounded to 32 bits. */
function toLeastRoundedTo(x: number): number {
  if (Number.isNaN(x) || x === -Infinity) return x;
  // Numbers beyond the greatest 32-bit number are rounded as if there were more of them.
  const previous = x === -GREATEST_32 ? -(2 ** 128) : -toNext32(-x);
  const middle = (previous + Math.min(x, 2 ** 128)) / 2;
  return Math.fround(middle) >= x ? middle : toNext(middle);
}
