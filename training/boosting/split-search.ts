/** One thread's part in the search for splits: it takes groups of features until none is left. */
import { SET_WORDS } from './boosting-data.ts';
import { SplitFinder } from './find-split.ts';
import { buildKernel } from './kernel.ts';
import type { Kernel } from './plain-kernel.ts';
import { CONTROL, GROUP, STRIDE, SUMS, type SharedState } from './shared-state.ts';

/**
 * Counts the bins of leaf A, and finds its best splits. If there is a leaf B, its histogram is what is left of its parent's
 * without A, in place.
 */
export class SplitSearch {
  readonly #state: SharedState;
  readonly #kernel: Kernel;
  readonly #finder: SplitFinder;

  constructor(state: SharedState) {
    this.#state = state;
    this.#kernel = buildKernel(state);
    this.#finder = new SplitFinder(state.options, state.best);
  }

  /** Searches until every group has been taken by some thread. */
  run(): void {
    const { control } = this.#state;
    const groups = control[CONTROL.groups] as number;
    for (;;) {
      const group = Atomics.add(control, CONTROL.next, 1);
      if (group >= groups) return;
      this.#searchGroup(group);
    }
  }

  #searchGroup(group: number): void {
    const { data, histograms, slotSize, used, control, sums } = this.#state;
    const first = group * GROUP;
    const count = Math.min(GROUP, (control[CONTROL.usedCount] as number) - first);
    const placeA = (control[CONTROL.slotA] as number) * slotSize + first * STRIDE;
    const slotB = control[CONTROL.slotB] as number;
    const placeB = slotB * slotSize + first * STRIDE;
    this.#kernel.count(group, control[CONTROL.start] as number, control[CONTROL.end] as number, placeA);
    const sumsA = {
      gradient: sums[SUMS.gradientA] as number,
      hessian: sums[SUMS.hessianA] as number,
      count: sums[SUMS.countA] as number,
    };
    const sumsB = {
      gradient: sums[SUMS.gradientB] as number,
      hessian: sums[SUMS.hessianB] as number,
      count: sums[SUMS.countB] as number,
    };
    for (let index = 0; index < count; index++) {
      const number = used[first + index] as number;
      const feature = data.features[number] as (typeof data.features)[number];
      const place = placeA + index * STRIDE;
      this.#finder.find(feature, histograms, place, sumsA, number);
      if (slotB < 0) continue;
      const other = placeB + index * STRIDE;
      this.#kernel.subtract(place, other, feature.binCount);
      this.#finder.find(feature, histograms, other, sumsB, data.features.length + number);
    }
  }
}

/** The best split of a leaf over all features. */
export interface LeafSplit {
  readonly feature: number;
  readonly gain: number;
  readonly bin: number;
  readonly missingLeft: number;
  readonly set: Uint32Array;
  readonly leftGradient: number;
  readonly leftHessian: number;
  readonly l2: number;
}

/** Chooses the feature with the largest gain, the first of equal ones; undefined if none gains anything. */
export function chooseSplit({ best, used, control, data }: SharedState, isB: boolean): LeafSplit | undefined {
  const base = isB ? data.features.length : 0;
  let chosen = -1;
  let gain = 0;
  for (let index = 0; index < (control[CONTROL.usedCount] as number); index++) {
    const feature = used[index] as number;
    if ((best.gain[base + feature] as number) <= gain) continue;
    gain = best.gain[base + feature] as number;
    chosen = feature;
  }
  if (chosen < 0) return undefined;
  const slot = base + chosen;
  return {
    feature: chosen,
    gain,
    bin: best.bin[slot] as number,
    missingLeft: best.missingLeft[slot] as number,
    set: best.sets.slice(slot * SET_WORDS, (slot + 1) * SET_WORDS),
    leftGradient: best.leftGradient[slot] as number,
    leftHessian: best.leftHessian[slot] as number,
    l2: best.l2[slot] as number,
  };
}
