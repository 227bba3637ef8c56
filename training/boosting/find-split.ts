/**
 * The best split of a leaf by one feature, from its histogram, by LightGBM's rules (Ke et al. 2017; its source,
 * src/treelearner/feature_histogram.hpp): missing values go to the side where they gain more; categories are ordered by their
 * gradients, and a prefix of that order, from either end, becomes the left side (Fisher 1958). The number of rows of a bin is
 * estimated from its hessian.
 */
import { SET_WORDS, type BoostingFeature } from './boosting-data.ts';
import type { BestSplits } from './shared-state.ts';

/** LightGBM's defaults, under its names. */
const MIN_SUM_HESSIAN = 1e-3;
const MAX_CAT_TO_ONEHOT = 4;
const CAT_SMOOTH = 10;
const CAT_L2 = 10;
const MAX_CAT_THRESHOLD = 32;
const MIN_DATA_PER_GROUP = 100;

/** The rows of a leaf, summed up. */
export interface LeafSums {
  readonly gradient: number;
  readonly hessian: number;
  readonly count: number;
}

export interface SplitRules {
  readonly minLeaf: number;
  readonly l2: number;
}

/** Finds the best split of leaves. Not re-entrant: it keeps arrays for the categories. */
export class SplitFinder {
  readonly #rules: SplitRules;
  readonly #best: BestSplits;
  readonly #order = new Uint8Array(256);
  readonly #ratios = new Float64Array(256);

  constructor(rules: SplitRules, best: BestSplits) {
    this.#rules = rules;
    this.#best = best;
  }

  /**
   * Finds the best split, and writes it to the results.
   * @param at where the feature's bins start in the histogram
   * @param slot the index of the result
   */
  find(feature: BoostingFeature, histogram: Float64Array, at: number, sums: LeafSums, slot: number): void {
    this.#best.gain[slot] = -Infinity;
    if (sums.count < 2 * this.#rules.minLeaf) return;
    if (feature.upperBounds) this.#findNumber(feature, histogram, at, sums, slot);
    else if (feature.binCount <= MAX_CAT_TO_ONEHOT) this.#findOneCategory(feature, histogram, at, sums, slot);
    else this.#findCategories(feature, histogram, at, sums, slot);
  }

  #findNumber(
    { binCount, hasMissing }: BoostingFeature,
    histogram: Float64Array,
    at: number,
    { gradient, hessian, count }: LeafSums,
    slot: number,
  ): void {
    const { l2, minLeaf } = this.#rules;
    const perHessian = count / hessian;
    const values = hasMissing ? binCount - 1 : binCount;
    const shift = toGain(gradient, hessian, l2);
    let bestGain = shift;
    let bestBin = -1;
    let bestLeft = true;
    let bestGradient = 0;
    let bestHessian = 0;
    // From the right: missing values are on the left.
    let rightGradient = 0;
    let rightHessian = 0;
    let rightCount = 0;
    for (let bin = values - 1; bin > 0; bin--) {
      const place = at + 2 * bin;
      const binHessian = histogram[place + 1] as number;
      rightGradient += histogram[place] as number;
      rightHessian += binHessian;
      rightCount += (binHessian * perHessian + 0.5) | 0;
      if (rightCount < minLeaf || rightHessian < MIN_SUM_HESSIAN) continue;
      const leftHessian = hessian - rightHessian;
      if (count - rightCount < minLeaf || leftHessian < MIN_SUM_HESSIAN) break;
      const leftGradient = gradient - rightGradient;
      const gain = toGain(leftGradient, leftHessian, l2) + toGain(rightGradient, rightHessian, l2);
      if (gain <= bestGain) continue;
      bestGain = gain;
      bestBin = bin - 1;
      bestGradient = leftGradient;
      bestHessian = leftHessian;
    }
    if (hasMissing) {
      // From the left: missing values are on the right.
      let leftGradient = 0;
      let leftHessian = 0;
      let leftCount = 0;
      for (let bin = 0; bin < values; bin++) {
        const place = at + 2 * bin;
        const binHessian = histogram[place + 1] as number;
        leftGradient += histogram[place] as number;
        leftHessian += binHessian;
        leftCount += (binHessian * perHessian + 0.5) | 0;
        if (leftCount < minLeaf || leftHessian < MIN_SUM_HESSIAN) continue;
        const rightHessian = hessian - leftHessian;
        if (count - leftCount < minLeaf || rightHessian < MIN_SUM_HESSIAN) break;
        const rightGradient = gradient - leftGradient;
        const gain = toGain(leftGradient, leftHessian, l2) + toGain(rightGradient, rightHessian, l2);
        if (gain <= bestGain) continue;
        bestGain = gain;
        bestBin = bin;
        bestLeft = false;
        bestGradient = leftGradient;
        bestHessian = leftHessian;
      }
    }
    if (bestBin < 0) return;
    this.#best.bin[slot] = bestBin;
    this.#best.missingLeft[slot] = bestLeft ? 1 : 0;
    this.#keep(slot, bestGain - shift, bestGradient, bestHessian, l2);
  }

  /** One category against all others. */
  #findOneCategory(
    { binCount }: BoostingFeature,
    histogram: Float64Array,
    at: number,
    { gradient, hessian, count }: LeafSums,
    slot: number,
  ): void {
    const { l2, minLeaf } = this.#rules;
    const perHessian = count / hessian;
    const shift = toGain(gradient, hessian, l2);
    let bestGain = shift;
    let bestBin = -1;
    for (let bin = 0; bin < binCount - 1; bin++) {
      const binGradient = histogram[at + 2 * bin] as number;
      const binHessian = histogram[at + 2 * bin + 1] as number;
      const binRows = (binHessian * perHessian + 0.5) | 0;
      if (binRows < minLeaf || count - binRows < minLeaf) continue;
      if (binHessian < MIN_SUM_HESSIAN || hessian - binHessian < MIN_SUM_HESSIAN) continue;
      const others = gradient - binGradient;
      const gain = toGain(binGradient, binHessian, l2) + toGain(others, hessian - binHessian, l2);
      if (gain <= bestGain) continue;
      bestGain = gain;
      bestBin = bin;
    }
    if (bestBin < 0) return;
    this.#clearSet(slot);
    this.#addToSet(slot, bestBin);
    const place = at + 2 * bestBin;
    this.#keep(slot, bestGain - shift, histogram[place] as number, histogram[place + 1] as number, l2);
  }

  /** A set of categories against all others. */
  #findCategories(
    { binCount }: BoostingFeature,
    histogram: Float64Array,
    at: number,
    { gradient, hessian, count }: LeafSums,
    slot: number,
  ): void {
    const { minLeaf } = this.#rules;
    const l2 = this.#rules.l2 + CAT_L2;
    const perHessian = count / hessian;
    const minRight = Math.max(minLeaf, MIN_DATA_PER_GROUP);
    const size = this.#orderCategories(histogram, at, binCount - 1, perHessian);
    const order = this.#order;
    const maxSize = Math.min(MAX_CAT_THRESHOLD, (size + 1) >> 1);
    const shift = toGain(gradient, hessian, this.#rules.l2);
    let bestGain = shift;
    let bestSize = 0;
    let bestFromEnd = false;
    let bestGradient = 0;
    let bestHessian = 0;
    for (const fromEnd of [false, true]) {
      let leftGradient = 0;
      let leftHessian = 0;
      let leftCount = 0;
      let groupCount = 0;
      for (let taken = 1; taken <= maxSize; taken++) {
        const place = at + 2 * (order[fromEnd ? size - taken : taken - 1] as number);
        const binHessian = histogram[place + 1] as number;
        const binRows = (binHessian * perHessian + 0.5) | 0;
        leftGradient += histogram[place] as number;
        leftHessian += binHessian;
        leftCount += binRows;
        groupCount += binRows;
        if (leftCount < minLeaf || leftHessian < MIN_SUM_HESSIAN) continue;
        const rightHessian = hessian - leftHessian;
        if (count - leftCount < minRight || rightHessian < MIN_SUM_HESSIAN) break;
        if (groupCount < MIN_DATA_PER_GROUP) continue;
        groupCount = 0;
        const rightGradient = gradient - leftGradient;
        const gain = toGain(leftGradient, leftHessian, l2) + toGain(rightGradient, rightHessian, l2);
        if (gain <= bestGain) continue;
        bestGain = gain;
        bestSize = taken;
        bestFromEnd = fromEnd;
        bestGradient = leftGradient;
        bestHessian = leftHessian;
      }
    }
    if (bestSize === 0) return;
    this.#clearSet(slot);
    for (let taken = 1; taken <= bestSize; taken++)
      this.#addToSet(slot, order[bestFromEnd ? size - taken : taken - 1] as number);
    this.#keep(slot, bestGain - shift, bestGradient, bestHessian, l2);
  }

  /** Orders the categories with enough rows by their smoothed gradients; returns their number. */
  #orderCategories(histogram: Float64Array, at: number, categories: number, perHessian: number): number {
    const order = this.#order;
    const ratios = this.#ratios;
    let size = 0;
    for (let bin = 0; bin < categories; bin++) {
      const binHessian = histogram[at + 2 * bin + 1] as number;
      if (((binHessian * perHessian + 0.5) | 0) < CAT_SMOOTH) continue;
      ratios[bin] = (histogram[at + 2 * bin] as number) / (binHessian + CAT_SMOOTH);
      order[size++] = bin;
    }
    order.subarray(0, size).sort((a, b) => (ratios[a] as number) - (ratios[b] as number) || a - b);
    return size;
  }

  #clearSet(slot: number): void {
    this.#best.sets.fill(0, slot * SET_WORDS, (slot + 1) * SET_WORDS);
  }

  #addToSet(slot: number, bin: number): void {
    const word = slot * SET_WORDS + (bin >> 5);
    this.#best.sets[word] = (this.#best.sets[word] as number) | (1 << (bin & 31));
  }

  #keep(slot: number, gain: number, leftGradient: number, leftHessian: number, l2: number): void {
    const best = this.#best;
    best.gain[slot] = gain;
    best.leftGradient[slot] = leftGradient;
    best.leftHessian[slot] = leftHessian;
    best.l2[slot] = l2;
  }
}

/** What a leaf lowers the loss by, doubled (Chen and Guestrin 2016, equation 6). */
function toGain(gradient: number, hessian: number, l2: number): number {
  return (gradient * gradient) / (hessian + l2);
}
