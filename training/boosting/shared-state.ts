/**
 * The memory that the threads of one boosting run share: the rows in the order of the leaves, gradients, histograms and the best
 * split of each feature. One thread leads: it grows the trees, and the others search splits for it, feature by feature. What
 * is found for a feature does not depend on the thread that searches it, so the model does not depend on their number.
 */
import { allocateSharedMemory, type SharedMemory } from '../../models/web-assembly/instantiate-module.ts';
import type { BoostingData, BoostingOptions } from './boosting-data.ts';

/** Histograms may take this much memory; when they would take more, those of some leaves are computed again. */
const HISTOGRAM_BYTES = 256 * 1024 * 1024;

/** The features of a group are counted together: their bins are packed into one number per row. */
export const GROUP = 4;
/** The numbers from the histogram of a feature to the next: 256 bins, and a cache line, or all would compete for the same lines. */
export const STRIDE = 2 * 256 + 8;

/** Positions in `control`. */
export const CONTROL = {
  epoch: 0,
  pending: 1,
  next: 2,
  groups: 3,
  slotA: 4,
  slotB: 5,
  start: 6,
  end: 7,
  usedCount: 8,
} as const;

/** Positions in `sums`: of each of the two leaves the sums of the gradients and hessians, and the number of rows. */
export const SUMS = { gradientA: 0, hessianA: 1, countA: 2, gradientB: 3, hessianB: 4, countB: 5 } as const;

export interface SharedState {
  /** The memory of the arrays; undefined without WebAssembly. */
  readonly memory: SharedMemory | undefined;
  readonly data: BoostingData;
  readonly options: BoostingOptions;
  /** The row indices, grouped by leaf, in the order of the table within a leaf. */
  readonly rows: Int32Array;
  /** Room for as many rows. */
  readonly spare: Int32Array;
  /** Pairs of a gradient and a hessian: of each row of the table, and of the rows of the leaf that is counted, as in `rows`. */
  readonly derivatives: Float32Array;
  readonly ordered: Float32Array;
  /** The bins of the features that are drawn for the tree: group by group, GROUP bytes per row of the table. */
  readonly packed: Uint8Array;
  /** By bin, whether a split sends it to the left. */
  readonly isLeft: Uint8Array;
  /** Histograms, `slotSize` numbers per slot: per feature as in `used`, STRIDE numbers: of each bin the sums of the pairs. */
  readonly histograms: Float64Array;
  readonly slotSize: number;
  readonly slots: number;
  /** The features that are drawn for the tree, in ascending order. */
  readonly used: Int32Array;
  readonly control: Int32Array;
  readonly sums: Float64Array;
  readonly best: BestSplits;
}

/** The best split of each feature, of leaf A at its index and of leaf B behind those of all features. */
export interface BestSplits {
  /** -Infinity if the feature cannot be split. */
  readonly gain: Float64Array;
  readonly bin: Int32Array;
  readonly missingLeft: Uint8Array;
  readonly sets: Uint32Array;
  readonly leftGradient: Float64Array;
  readonly leftHessian: Float64Array;
  /** The penalty of the leaves of the split. */
  readonly l2: Float64Array;
}

/**
 * Allocates the memory of a run.
 * @param histogramBytes how much histograms may take; there is room for three at least
 */
export function allocateState(
  data: BoostingData,
  options: BoostingOptions,
  histogramBytes = HISTOGRAM_BYTES,
): SharedState {
  const { features, target } = data;
  const count = target.length;
  const groups = Math.ceil(features.length / GROUP);
  const slotSize = groups * GROUP * STRIDE;
  const slots = Math.max(3, Math.min(options.leaves + 1, Math.floor(histogramBytes / (8 * slotSize))));
  const results = 2 * features.length;
  const sizes = {
    rows: 4 * count,
    spare: 4 * count,
    derivatives: 8 * count,
    ordered: 8 * count,
    packed: groups * GROUP * count,
    isLeft: 256,
    histograms: 8 * slots * slotSize,
    used: 4 * features.length,
    control: 4 * 16,
    sums: 8 * 6,
    gain: 8 * results,
    bin: 4 * results,
    missingLeft: results,
    sets: 4 * 8 * results,
    leftGradient: 8 * results,
    leftHessian: 8 * results,
    l2: 8 * results,
  };
  const starts = toStarts(sizes);
  const memory = allocateSharedMemory(starts.end);
  const buffer = memory?.buffer ?? new SharedArrayBuffer(starts.end);
  return {
    memory,
    data,
    options,
    rows: new Int32Array(buffer, starts.rows, count),
    spare: new Int32Array(buffer, starts.spare, count),
    derivatives: new Float32Array(buffer, starts.derivatives, 2 * count),
    ordered: new Float32Array(buffer, starts.ordered, 2 * count),
    packed: new Uint8Array(buffer, starts.packed, sizes.packed),
    isLeft: new Uint8Array(buffer, starts.isLeft, sizes.isLeft),
    histograms: new Float64Array(buffer, starts.histograms, slots * slotSize),
    slotSize,
    slots,
    used: new Int32Array(buffer, starts.used, features.length),
    control: new Int32Array(buffer, starts.control, 16),
    sums: new Float64Array(buffer, starts.sums, 6),
    best: {
      gain: new Float64Array(buffer, starts.gain, results),
      bin: new Int32Array(buffer, starts.bin, results),
      missingLeft: new Uint8Array(buffer, starts.missingLeft, results),
      sets: new Uint32Array(buffer, starts.sets, 8 * results),
      leftGradient: new Float64Array(buffer, starts.leftGradient, results),
      leftHessian: new Float64Array(buffer, starts.leftHessian, results),
      l2: new Float64Array(buffer, starts.l2, results),
    },
  };
}

/** Where arrays of given sizes start, in bytes, one after the other; none shares a cache line with another. */
function toStarts<Key extends string>(sizes: Readonly<Record<Key, number>>): Record<Key | 'end', number> {
  let end = 0;
  const starts: Record<string, number> = {};
  for (const [key, size] of Object.entries<number>(sizes)) {
    starts[key] = end;
    end = Math.ceil((end + size) / 64) * 64;
  }
  return { ...(starts as Record<Key, number>), end };
}
