/** The columns of a training table as the features of boosting. */
import { binFeature, MAX_BINS } from '../forest/bin-feature.ts';
import { keepFrequent } from '../order-categories.ts';
import type { BoostingFeature } from './boosting-data.ts';

/** Bins of categories, without the one for missing and rare ones. */
const MAX_CATEGORIES = MAX_BINS - 1;

/**
 * Bins numbers.
 * @param values one number per row, NaN if it is missing
 */
export function binNumbers(values: Float64Array, maxBins: number): BoostingFeature {
  const { bins, thresholds, binCount } = binFeature(values, maxBins);
  return {
    bins,
    binCount,
    hasMissing: binCount > thresholds.length + 1,
    upperBounds: thresholds.map(toPrevious),
  };
}

/**
 * Bins categories: each frequent one has a bin.
 * @param values one category position per row, NaN if it is missing
 * @returns the feature, and the category of each bin but the last
 */
export function binCategories(values: Float64Array, rows: Int32Array): { feature: BoostingFeature; kept: number[] } {
  const kept = keepFrequent(values, rows, MAX_CATEGORIES);
  const byCategory = new Map(kept.map((category, bin) => [category, bin]));
  const bins = new Uint8Array(new SharedArrayBuffer(rows.length));
  rows.forEach((row, at) => (bins[at] = byCategory.get(values[row] as number) ?? kept.length));
  return { feature: { bins, binCount: kept.length + 1, hasMissing: false, upperBounds: undefined }, kept };
}

const view = new DataView(new ArrayBuffer(8));

/** The next smaller number. */
function toPrevious(value: number): number {
  if (value === 0) return -Number.MIN_VALUE;
  view.setFloat64(0, value);
  view.setBigInt64(0, view.getBigInt64(0) + (value > 0 ? -1n : 1n));
  return view.getFloat64(0);
}
