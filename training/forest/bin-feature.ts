/**
 * Features as bins: the few hundred values that a split can tell apart. A tree then counts instead of sorting (LightGBM,
 * Ke et al. 2017).
 */

/** The most bins that a byte tells apart, the one for missing values included. */
export const MOST_BINS = 256;

/** A feature of n rows. */
export interface BinnedFeature {
  /** The bin of each row. Missing values (NaN) are in the last bin, so that every split sends them to the right. */
  readonly bins: Uint8Array;
  /** thresholds[b] lies above the values of the bins up to b, and not above those of the later ones. */
  readonly thresholds: Float64Array;
  /** How many bins there are. */
  readonly binCount: number;
}

/**
 * Bins a feature: a bin a distinct value where they are few enough, else bins of about as many rows each.
 * @param values a number a row, NaN where it is missing
 * @param mostBins 2 to MOST_BINS
 */
export function binFeature(values: Float64Array, mostBins: number): BinnedFeature {
  // Typed arrays sort NaN to the end.
  const sorted = values.slice().sort();
  let present = sorted.length;
  while (present > 0 && Number.isNaN(sorted[present - 1])) present -= 1;
  const hasMissing = present < sorted.length;
  const thresholds = findThresholds(sorted.subarray(0, present), hasMissing ? mostBins - 1 : mostBins);
  const missingBin = thresholds.length + 1;
  const bins = new Uint8Array(new SharedArrayBuffer(values.length));
  values.forEach((value, row) => {
    bins[row] = Number.isNaN(value) ? missingBin : countUpTo(thresholds, value);
  });
  return { bins, thresholds, binCount: thresholds.length + (hasMissing ? 2 : 1) };
}

function findThresholds(sorted: Float64Array, mostBins: number): Float64Array {
  const ends: number[] = [];
  for (let index = 1; index < sorted.length; index++) {
    if (sorted[index] !== sorted[index - 1]) ends.push(index);
  }
  return Float64Array.from(chooseEnds(ends, sorted.length, mostBins), (index) =>
    toThreshold(sorted[index - 1] as number, sorted[index] as number),
  );
}

/** Of the places where the sorted values change, those that are nearest to bins of equal weight. */
function chooseEnds(ends: readonly number[], count: number, mostBins: number): readonly number[] {
  if (ends.length < mostBins) return ends;
  const chosen: number[] = [];
  let next = 0;
  for (let bin = 1; bin < mostBins; bin++) {
    // What is left is shared out evenly, so that a value that fills several bins does not starve the others.
    const start = chosen.at(-1) ?? 0;
    const goal = start + (count - start) / (mostBins - bin + 1);
    while (next < ends.length && (ends[next] as number) < goal) next += 1;
    if (next === ends.length) break;
    chosen.push(ends[next] as number);
    next += 1;
  }
  return chosen;
}

/** A number above the first and not above the second, between them where floating point has one. */
function toThreshold(below: number, above: number): number {
  const middle = below + (above - below) / 2;
  return middle > below && middle <= above ? middle : above;
}

/** How many thresholds are not above a value: its bin. */
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
