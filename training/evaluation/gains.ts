/** Gains and lift: what is found of a class if the rows with the highest probabilities are taken first. */
import type { ThresholdCounts } from '../curves.ts';

/** A tenth of the rows, those with the highest probabilities first. */
export interface Tenth {
  readonly rows: number;
  /** The number of rows of the class among them; those of a tie that two tenths share are divided in proportion. */
  readonly hits: number;
  /** The lowest probability. */
  readonly from: number;
  /** The share of the class among the rows, divided by that among all rows. */
  readonly lift: number;
  /** The share of all rows of the class in this tenth and those before, and its lift. */
  readonly gain: number;
  readonly cumulativeLift: number;
}

const TENTHS = 10;

/** The gains of a class by tenths of the rows; empty if no row is of the class, and fewer tenths if there are fewer rows. */
export function toGains(counts: ThresholdCounts): Tenth[] {
  const { thresholds, rows, hits } = counts;
  const [total, positives] = [rows.at(-1) ?? 0, hits.at(-1) ?? 0];
  if (positives === 0) return [];
  const ends = Array.from({ length: TENTHS }, (_, index) => Math.round(((index + 1) * total) / TENTHS));
  const tenths: Tenth[] = [];
  let [start, before] = [0, 0];
  for (const end of ends) {
    if (end === start) continue;
    const found = countHits(counts, end);
    tenths.push({
      rows: end - start,
      hits: found - before,
      from: thresholds[rows.findIndex((count) => count >= end)] as number,
      lift: (found - before) / (end - start) / (positives / total),
      gain: found / positives,
      cumulativeLift: found / end / (positives / total),
    });
    [start, before] = [end, found];
  }
  return tenths;
}

/** The expected number of hits among the first rows, if those of a tie come in any order. */
function countHits({ rows, hits }: ThresholdCounts, count: number): number {
  const at = rows.findIndex((end) => end >= count);
  const [first, found] = [rows[at - 1] ?? 0, hits[at - 1] ?? 0];
  return found + (((hits[at] as number) - found) * (count - first)) / ((rows[at] as number) - first);
}
