/**
 * The memory that the threads of one boosting run share: the rows in the order of the leaves, gradients, histograms and the best
 * split of each feature. One thread leads: it grows the trees, and the others search splits for it, feature by feature. What
 * is found for a feature does not depend on the thread that searches it, so the model does not depend on their number.
 */
import type { BoostingData, BoostingOptions } from './boosting-data.ts';

/** Histograms may take this much memory; when they would take more, those of some leaves are computed again. */
const HISTOGRAM_BYTES = 256 * 1024 * 1024;

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
  readonly data: BoostingData;
  readonly options: BoostingOptions;
  /** The row indices, grouped by leaf, in the order of the table within a leaf. */
  readonly rows: Int32Array;
  /** The gradients and hessians of the rows in `rows` of the leaf that is counted, at the same positions. */
  readonly gradients: Float32Array;
  readonly hessians: Float32Array;
  /** Histograms, `slotSize` numbers per slot: of each bin the sums of the gradients and hessians. */
  readonly histograms: Float64Array;
  readonly slotSize: number;
  readonly slots: number;
  /** Where the bins of a feature start in a slot. */
  readonly offsets: Int32Array;
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
  const { features } = data;
  const offsets = new Int32Array(share(4 * features.length));
  let slotSize = 0;
  features.forEach(({ binCount }, index) => {
    offsets[index] = slotSize;
    slotSize += 2 * binCount;
  });
  const slots = Math.max(3, Math.min(options.leaves + 1, Math.floor(histogramBytes / (8 * slotSize))));
  const count = data.target.length;
  const results = 2 * features.length;
  return {
    data,
    options,
    rows: new Int32Array(share(4 * count)),
    gradients: new Float32Array(share(4 * count)),
    hessians: new Float32Array(share(4 * count)),
    histograms: new Float64Array(share(8 * slots * slotSize)),
    slotSize,
    slots,
    offsets,
    used: new Int32Array(share(4 * features.length)),
    control: new Int32Array(share(4 * 16)),
    sums: new Float64Array(share(8 * 6)),
    best: {
      gain: new Float64Array(share(8 * results)),
      bin: new Int32Array(share(4 * results)),
      missingLeft: new Uint8Array(share(results)),
      sets: new Uint32Array(share(4 * 8 * results)),
      leftGradient: new Float64Array(share(8 * results)),
      leftHessian: new Float64Array(share(8 * results)),
      l2: new Float64Array(share(8 * results)),
    },
  };
}

function share(bytes: number): SharedArrayBuffer {
  return new SharedArrayBuffer(bytes);
}
