/**
 * The loops over the rows of a leaf, in which most of the time of boosting goes, over the memory that threads share. These are for
 * processes without WebAssembly; those of kernel.ts give the same bits in half the time.
 */
import { GROUP, STRIDE, type SharedState } from './shared-state.ts';

/** Rows are positions in `rows`; a place is a position in `histograms`. */
export interface Kernel {
  /** Copies the derivatives of rows to `ordered`, at the positions of the rows. */
  gather(start: number, end: number): void;
  /**
   * Counts the bins of the features of a group, in rows that have been gathered.
   * @param place of the histogram of the first feature, which those of the others follow
   */
  count(group: number, start: number, end: number, place: number): void;
  /** Subtracts a histogram from the one at another place. */
  subtract(place: number, other: number, binCount: number): void;
  /**
   * Moves the rows whose bin of a drawn feature is marked in `isLeft` before the others, keeping their order.
   * @param index of the feature in `used`
   * @returns where the others begin
   */
  partition(start: number, end: number, index: number): number;
}

/** Builds the kernel without WebAssembly. */
export function buildPlainKernel(state: SharedState): Kernel {
  const { rows, spare, derivatives, ordered, packed, histograms, isLeft } = state;
  const count = rows.length;
  return {
    gather(start, end) {
      for (let at = start; at < end; at++) {
        const row = rows[at] as number;
        ordered[2 * at] = derivatives[2 * row] as number;
        ordered[2 * at + 1] = derivatives[2 * row + 1] as number;
      }
    },
    count(group, start, end, place) {
      histograms.fill(0, place, place + GROUP * STRIDE);
      for (let index = 0; index < GROUP; index++) {
        const offset = group * GROUP * count + index;
        const first = place + index * STRIDE;
        for (let at = start; at < end; at++) {
          const bin = packed[offset + GROUP * (rows[at] as number)] as number;
          const sum = first + 2 * bin;
          histograms[sum] = (histograms[sum] as number) + (ordered[2 * at] as number);
          histograms[sum + 1] = (histograms[sum + 1] as number) + (ordered[2 * at + 1] as number);
        }
      }
    },
    subtract(place, other, binCount) {
      for (let at = 0; at < 2 * binCount; at++)
        histograms[other + at] = (histograms[other + at] as number) - (histograms[place + at] as number);
    },
    partition(start, end, index) {
      const offset = Math.floor(index / GROUP) * GROUP * count + (index % GROUP);
      let left = start;
      let right = 0;
      for (let at = start; at < end; at++) {
        const row = rows[at] as number;
        if (isLeft[packed[offset + GROUP * row] as number] === 1) rows[left++] = row;
        else spare[right++] = row;
      }
      rows.set(spare.subarray(0, right), left);
      return left;
    },
  };
}
