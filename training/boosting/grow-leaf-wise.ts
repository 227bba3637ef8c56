/**
 * Grows trees leaf by leaf: the leaf whose split gains most is split next (Shi 2007; LightGBM, Ke et al. 2017). Of two
 * siblings only the smaller is counted; the histogram of the other is what is left of their parent's.
 */
import { SET_WORDS, type BoostedTree, type BoostingFeature } from './boosting-data.ts';
import type { Crew } from './crew.ts';
import { buildKernel } from './kernel.ts';
import type { Kernel } from './plain-kernel.ts';
import { CONTROL, SUMS, type SharedState } from './shared-state.ts';
import { chooseSplit, type LeafSplit } from './split-search.ts';
import type { LeafSums } from './find-split.ts';

interface Leaf extends LeafSums {
  readonly start: number;
  readonly end: number;
  readonly depth: number;
  /** Where its histogram is kept; -1 if it is not. */
  slot: number;
  readonly value: number;
  split: LeafSplit | undefined;
}

export class Grower {
  readonly #state: SharedState;
  readonly #crew: Crew;
  readonly #kernel: Kernel;
  /** The slots without a histogram; the last slot of all is scratch. */
  #free: number[] = [];
  #leaves: Leaf[] = [];

  constructor(state: SharedState, crew: Crew) {
    this.#state = state;
    this.#crew = crew;
    this.#kernel = buildKernel(state);
  }

  /** Grows a tree on the first `count` entries of `rows`, which it regroups by leaf. */
  grow(count: number): BoostedTree {
    const { options, slots } = this.#state;
    this.#free = Array.from({ length: slots - 1 }, (_, slot) => slots - 2 - slot);
    const root = this.#toRoot(count);
    this.#leaves = [root];
    const tree = new TreeWriter(options.leaves);
    this.#searchAlone(root);
    const parents = [-1];
    while (this.#leaves.length < options.leaves) {
      const number = this.#chooseLeaf();
      if (number < 0) break;
      const leaf = this.#leaves[number] as Leaf;
      const split = leaf.split as LeafSplit;
      const [left, right] = this.#split(leaf, split);
      const node = tree.addSplit(leaf, split, parents[number] as number, number, this.#leaves.length);
      parents[number] = node;
      parents.push(node);
      this.#leaves[number] = left;
      this.#leaves.push(right);
      this.#searchBoth(leaf, left, right);
    }
    return tree.finish(this.#leaves);
  }

  /** The rows of each leaf of the tree that was grown last: positions in `rows`, in the order of the leaves. */
  get leaves(): readonly { readonly start: number; readonly end: number }[] {
    return this.#leaves;
  }

  #toRoot(count: number): Leaf {
    const { ordered, options } = this.#state;
    this.#kernel.gather(0, count);
    let gradient = 0;
    let hessian = 0;
    for (let at = 0; at < count; at++) {
      gradient += ordered[2 * at] as number;
      hessian += ordered[2 * at + 1] as number;
    }
    const value = toValue(gradient, hessian, options.l2);
    return { start: 0, end: count, depth: 0, slot: -1, gradient, hessian, count, value, split: undefined };
  }

  /** The leaf whose split gains most, the first of equal ones; -1 if none can be split. */
  #chooseLeaf(): number {
    let chosen = -1;
    let gain = 0;
    for (const [number, { split }] of this.#leaves.entries()) {
      if (!split || split.gain <= gain) continue;
      gain = split.gain;
      chosen = number;
    }
    return chosen;
  }

  #split(leaf: Leaf, split: LeafSplit): [Leaf, Leaf] {
    const middle = this.#partition(leaf, split);
    const { gradient, hessian, start, end } = leaf;
    const depth = leaf.depth + 1;
    const { leftGradient, leftHessian, l2 } = split;
    const rightGradient = gradient - leftGradient;
    const rightHessian = hessian - leftHessian;
    return [
      {
        start,
        end: middle,
        depth,
        slot: -1,
        gradient: leftGradient,
        hessian: leftHessian,
        count: middle - start,
        value: toValue(leftGradient, leftHessian, l2),
        split: undefined,
      },
      {
        start: middle,
        end,
        depth,
        slot: -1,
        gradient: rightGradient,
        hessian: rightHessian,
        count: end - middle,
        value: toValue(rightGradient, rightHessian, l2),
        split: undefined,
      },
    ];
  }

  /** Moves the rows of the left child before those of the right, keeping their order; returns where the right begins. */
  #partition({ start, end }: Leaf, { feature, bin: lastBin, missingLeft, set }: LeafSplit): number {
    const { isLeft, used, data } = this.#state;
    const { binCount, hasMissing, upperBounds } = data.features[feature] as BoostingFeature;
    for (let bin = 0; bin < binCount; bin++) {
      if (!upperBounds) isLeft[bin] = ((set[bin >> 5] as number) >>> (bin & 31)) & 1;
      else if (hasMissing && bin === binCount - 1) isLeft[bin] = missingLeft;
      else isLeft[bin] = bin <= lastBin ? 1 : 0;
    }
    return this.#kernel.partition(start, end, used.indexOf(feature));
  }

  #searchBoth(parent: Leaf, left: Leaf, right: Leaf): void {
    const [smaller, larger] = left.count <= right.count ? [left, right] : [right, left];
    const canSplit = (leaf: Leaf) =>
      leaf.depth < this.#state.options.maxDepth && leaf.count >= 2 * this.#state.options.minLeaf;
    const isLast = this.#leaves.length >= this.#state.options.leaves;
    if (isLast || (!canSplit(smaller) && !canSplit(larger))) {
      this.#release(parent);
      return;
    }
    if (parent.slot < 0) {
      if (canSplit(larger)) this.#searchAlone(larger);
      if (canSplit(smaller)) this.#searchAlone(smaller);
      return;
    }
    smaller.slot = this.#free.pop() ?? -1;
    larger.slot = parent.slot;
    this.#search(smaller, larger);
    smaller.split = canSplit(smaller) ? chooseSplit(this.#state, false) : undefined;
    larger.split = canSplit(larger) ? chooseSplit(this.#state, true) : undefined;
    for (const leaf of [smaller, larger]) if (!leaf.split) this.#release(leaf);
  }

  #searchAlone(leaf: Leaf): void {
    leaf.slot = this.#free.pop() ?? -1;
    this.#search(leaf, undefined);
    leaf.split = chooseSplit(this.#state, false);
    if (!leaf.split) this.#release(leaf);
  }

  #release(leaf: Leaf): void {
    if (leaf.slot >= 0) this.#free.push(leaf.slot);
    leaf.slot = -1;
  }

  #search(a: Leaf, b: Leaf | undefined): void {
    const { control, sums, slots } = this.#state;
    this.#kernel.gather(a.start, a.end);
    control[CONTROL.slotA] = a.slot < 0 ? slots - 1 : a.slot;
    control[CONTROL.slotB] = b ? b.slot : -1;
    control[CONTROL.start] = a.start;
    control[CONTROL.end] = a.end;
    sums[SUMS.gradientA] = a.gradient;
    sums[SUMS.hessianA] = a.hessian;
    sums[SUMS.countA] = a.count;
    sums[SUMS.gradientB] = b?.gradient ?? 0;
    sums[SUMS.hessianB] = b?.hessian ?? 0;
    sums[SUMS.countB] = b?.count ?? 0;
    this.#crew.search();
  }
}

function toValue(gradient: number, hessian: number, l2: number): number {
  return hessian + l2 > 0 ? -gradient / (hessian + l2) : 0;
}

/** Writes down the splits of a tree, in their order. */
class TreeWriter {
  readonly #feature: number[] = [];
  readonly #bin: number[] = [];
  readonly #missingLeft: number[] = [];
  readonly #sets: Uint32Array;
  readonly #gain: number[] = [];
  readonly #left: number[] = [];
  readonly #right: number[] = [];
  readonly #value: number[] = [];
  readonly #count: number[] = [];
  readonly #weight: number[] = [];

  constructor(leaves: number) {
    this.#sets = new Uint32Array(leaves * SET_WORDS);
  }

  /** Turns a leaf into a split whose children are leaves: the left one keeps the number of the leaf. */
  addSplit(leaf: Leaf, split: LeafSplit, parent: number, number: number, rightNumber: number): number {
    const node = this.#feature.push(split.feature) - 1;
    this.#bin.push(split.bin);
    this.#missingLeft.push(split.missingLeft);
    this.#sets.set(split.set, node * SET_WORDS);
    this.#gain.push(split.gain);
    this.#value.push(leaf.value);
    this.#count.push(leaf.count);
    this.#weight.push(leaf.hessian);
    this.#left.push(-1 - number);
    this.#right.push(-1 - rightNumber);
    if (parent >= 0) {
      const children = this.#left[parent] === -1 - number ? this.#left : this.#right;
      children[parent] = node;
    }
    return node;
  }

  finish(leaves: readonly Leaf[]): BoostedTree {
    return {
      feature: Int32Array.from(this.#feature),
      bin: Int32Array.from(this.#bin),
      missingLeft: Uint8Array.from(this.#missingLeft),
      sets: this.#sets.slice(0, this.#feature.length * SET_WORDS),
      gain: Float64Array.from(this.#gain),
      left: Int32Array.from(this.#left),
      right: Int32Array.from(this.#right),
      splitValue: Float64Array.from(this.#value),
      splitCount: Int32Array.from(this.#count),
      splitWeight: Float64Array.from(this.#weight),
      leafValue: Float64Array.from(leaves, ({ value }) => value),
      leafCount: Int32Array.from(leaves, ({ count }) => count),
      leafWeight: Float64Array.from(leaves, ({ hessian }) => hessian),
    };
  }
}
