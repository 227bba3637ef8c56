/**
 * Features as at most 256 bins, so that finding a split needs counting instead of sorting (LightGBM, Ke et al. 2017).
 */

/** The maximum number of bins, including the one for missing values: a bin is stored in a byte. */
export const MAX_BINS = 256;

/** A feature of n rows. */
export interface BinnedFeature {
  /** The bin of each row. Missing values (NaN) are in the last bin, so every split sends them to the right. */
  readonly bins: Uint8Array;
  /** thresholds[b] is above the values of bins 0 to b, and not above those of later bins. */
  readonly thresholds: Float64Array;
  /** The number of bins. */
  readonly binCount: number;
}

/**
 * Bins a feature: one bin per distinct value if there are few enough, otherwise bins of about equally many rows.
 * @param values one number per row, NaN if it is missing
 * @param maxBins 2 to MAX_BINS
 */
export function binFeature(values: Float64Array, maxBins: number): BinnedFeature {
  // Typed arrays sort NaN to the end.
  const sorted = values.slice().sort();
  let present = sorted.length;
  while (present > 0 && Number.isNaN(sorted[present - 1])) present -= 1;
  const hasMissing = present < sorted.length;
  const thresholds = findThresholds(sorted.subarray(0, present), hasMissing ? maxBins - 1 : maxBins);
  const missingBin = thresholds.length + 1;
  const bins = new Uint8Array(new SharedArrayBuffer(values.length));
  values.forEach((value, row) => {
    bins[row] = Number.isNaN(value) ? missingBin : countUpTo(thresholds, value);
  });
  return { bins, thresholds, binCount: thresholds.length + (hasMissing ? 2 : 1) };
}

function findThresholds(sorted: Float64Array, maxBins: number): Float64Array {
  const ends: number[] = [];
  for (let index = 1; index < sorted.length; index++) {
    if (sorted[index] !== sorted[index - 1]) ends.push(index);
  }
  return Float64Array.from(chooseEnds(ends, sorted.length, maxBins), (index) =>
    toThreshold(sorted[index - 1] as number, sorted[index] as number),
  );
}

/** Of the positions where the sorted values change, chooses those closest to bins of equal size. */
function chooseEnds(ends: readonly number[], count: number, maxBins: number): readonly number[] {
  if (ends.length < maxBins) return ends;
  const chosen: number[] = [];
  let next = 0;
  for (let bin = 1; bin < maxBins; bin++) {
    // The remaining rows are shared evenly, so that a value that fills several bins leaves enough bins for the others.
    const start = chosen.at(-1) ?? 0;
    const goal = start + (count - start) / (maxBins - bin + 1);
    while (next < ends.length && (ends[next] as number) < goal) next += 1;
    if (next === ends.length) break;
    chosen.push(ends[next] as number);
    next += 1;
  }
  return chosen;
}

/** A number above the first and not above the second: in the middle if floating point allows, with as few digits as possible. */
function toThreshold(below: number, above: number): number {
  const middle = below + (above - below) / 2;
  const tolerance = (above - below) / 8;
  for (let digits = 1; digits < 17; digits++) {
    const short = Number(middle.toPrecision(digits));
    if (Math.abs(short - middle) <= tolerance && short > below && short <= above) return short;
  }
  return middle > below && middle <= above ? middle : above;
}

/** The number of thresholds that are not above a value, which is its bin. */
function countUpTo(thresholds: Float64Array, value: number): number {
  let low = 0;
  let high = thresholds.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((thresholds[middle] as number) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
