/**
 * Grows one tree of a random forest (Breiman 2001) on a bootstrap sample of the rows. Each node takes the best split of a
 * few randomly drawn features, found by histograms over their bins. Splits minimise the Gini impurity or the squared
 * error; for two classes these are equivalent, so only three or more classes need counts per class.
 */
import { MAX_BINS, type BinnedFeature } from './bin-feature.ts';
import { drawBootstrap, toTreeRandom } from './bootstrap.ts';
import type { Random } from './random.ts';

/** The n rows that a tree learns from. */
export interface TrainingData {
  readonly features: readonly BinnedFeature[];
  /** One target per row: a class index from 0, or a number. */
  readonly target: Float64Array;
  /** The number of classes; 0 for a regression. */
  readonly classCount: number;
  /** How many rows a row of each class counts as. */
  readonly classWeights?: Float64Array;
}

export interface TreeOptions {
  /** The maximum number of splits from the root to a leaf. */
  readonly maxDepth: number;
  /** The minimum number of rows in a leaf, counted as often as they are drawn, times the weight of their class. */
  readonly minLeaf: number;
  /** The number of features drawn per node. */
  readonly maxFeatures: number;
  readonly seed: number;
}

/** A grown tree. Node 0 is the root; a leaf has feature -1, other nodes have the children `child` and `child + 1`. */
export interface Tree {
  readonly feature: Int32Array;
  /** Rows below the threshold go left; `bin` is the last bin of those rows. */
  readonly threshold: Float64Array;
  readonly bin: Uint8Array;
  /** The left child; for a leaf its number. */
  readonly child: Int32Array;
  /** Where the values of each leaf start in `value`; one more entry is the end of the last. */
  readonly starts: Int32Array;
  /** The mean target of each leaf, or its class distribution, up to the last class that occurs in it. */
  readonly value: Float64Array;
}

/** The values of a leaf, given as a node. */
export function listLeafValues({ child, starts, value }: Tree, node: number): Float64Array {
  const leaf = child[node] as number;
  return value.subarray(starts[leaf], starts[leaf + 1]);
}

/** Up to this many rows are sorted instead: clearing and scanning a histogram would cost more. */
const FEW_ROWS = 40;
/** So are more rows if the histogram, of classes times bins, is larger than they are by this factor. */
const CLASSES_TIMES_BINS = 2;

/**
 * Grows the tree with a number.
 * @param index the number of the tree, which with the seed determines everything that is drawn
 */
export function growTree(data: TrainingData, options: TreeOptions, index: number): Tree {
  return new Grower(data, options, toTreeRandom(options.seed, index)).grow();
}

/** A node that is not split yet; its rows are at start to end. */
interface OpenNode {
  readonly node: number;
  readonly depth: number;
  readonly start: number;
  readonly end: number;
}

class Grower {
  readonly #data: TrainingData;
  readonly #options: TreeOptions;
  readonly #random: Random;
  /** How many numbers summarise the rows of a node: one count per class, or a count and a sum. */
  readonly #width: number;
  readonly #multiclass: boolean;
  /** The rows that were drawn, each once, grouped by node. */
  readonly #rows: Int32Array;
  readonly #spare: Int32Array;
  /** How often each row was drawn, times the weight of its class. */
  readonly #weights: Float64Array;
  /** Targets times weights; regression targets are standardised, so that precision does not depend on their scale. */
  readonly #weighted: Float64Array;
  readonly #centre: number;
  readonly #scale: number;
  readonly #histogram: Float64Array;
  readonly #keys = new Int32Array(FEW_ROWS);
  readonly #places = new Int32Array(MAX_BINS + 1);
  readonly #order: Int32Array;
  readonly #left: Float64Array;
  readonly #total: Float64Array;

  readonly #feature: number[] = [];
  readonly #threshold: number[] = [];
  readonly #bin: number[] = [];
  readonly #child: number[] = [];
  readonly #starts: number[] = [0];
  readonly #value: number[] = [];

  /** Of the node that is being split: the number of its rows, and the sum of the squares of its counts. */
  #totalWeight = 0;
  #totalSquares = 0;
  #bestGain = 0;
  #bestFeature = -1;
  #bestBin = 0;

  constructor(data: TrainingData, options: TreeOptions, random: Random) {
    this.#data = data;
    this.#options = options;
    this.#random = random;
    this.#multiclass = data.classCount > 2;
    this.#width = this.#multiclass ? data.classCount : 2;
    const { weights, rows } = drawBootstrap(data.target.length, random);
    const { classWeights } = data;
    if (classWeights)
      weights.forEach((weight, row) => {
        weights[row] = weight * (classWeights[data.target[row] as number] as number);
      });
    this.#weights = weights;
    this.#rows = rows;
    this.#spare = new Int32Array(rows.length);
    const { centre, scale } = data.classCount === 0 ? toSpread(data.target) : { centre: 0, scale: 1 };
    this.#centre = centre;
    this.#scale = scale;
    this.#weighted = weights.map((weight, row) => (weight * ((data.target[row] as number) - centre)) / scale);
    this.#histogram = new Float64Array(Math.max(...data.features.map(({ binCount }) => binCount)) * this.#width);
    this.#order = Int32Array.from(data.features, (_, feature) => feature);
    this.#left = new Float64Array(this.#width);
    this.#total = new Float64Array(this.#width);
  }

  grow(): Tree {
    const open: OpenNode[] = [{ node: this.#addNode(), depth: 0, start: 0, end: this.#rows.length }];
    for (let next = open.pop(); next; next = open.pop()) {
      const { node, depth, start, end } = next;
      this.#sumUp(start, end);
      if (depth >= this.#options.maxDepth || !this.#findSplit(start, end)) {
        this.#addLeaf(node);
        continue;
      }
      const { thresholds } = this.#data.features[this.#bestFeature] as BinnedFeature;
      this.#feature[node] = this.#bestFeature;
      // A split that separates missing values from all others: every number is below MAX_VALUE, and NaN is not.
      this.#threshold[node] = thresholds[this.#bestBin] ?? Number.MAX_VALUE;
      this.#bin[node] = this.#bestBin;
      const middle = this.#partition(start, end);
      const left = this.#addNode();
      this.#child[node] = left;
      open.push({ node: this.#addNode(), depth: depth + 1, start: middle, end });
      open.push({ node: left, depth: depth + 1, start, end: middle });
    }
    return {
      feature: Int32Array.from(this.#feature),
      threshold: Float64Array.from(this.#threshold),
      bin: Uint8Array.from(this.#bin),
      child: Int32Array.from(this.#child),
      starts: Int32Array.from(this.#starts),
      value: Float64Array.from(this.#value),
    };
  }

  #addNode(): number {
    this.#threshold.push(0);
    this.#bin.push(0);
    this.#child.push(0);
    return this.#feature.push(-1) - 1;
  }

  /** Sets the totals to those of the rows of a node. */
  #sumUp(start: number, end: number): void {
    this.#total.fill(0);
    for (let at = start; at < end; at++) this.#add(this.#total, 0, this.#rows[at] as number);
  }

  #add(sums: Float64Array, at: number, row: number): void {
    const weight = this.#weights[row] as number;
    if (this.#multiclass) {
      const slot = at + (this.#data.target[row] as number);
      sums[slot] = (sums[slot] as number) + weight;
    } else {
      sums[at] = (sums[at] as number) + weight;
      sums[at + 1] = (sums[at + 1] as number) + (this.#weighted[row] as number);
    }
  }

  #addLeaf(node: number): void {
    const { classCount } = this.#data;
    const values = this.#value;
    this.#child[node] = this.#starts.length - 1;
    if (this.#multiclass) {
      const weight = this.#total.reduce((sum, count) => sum + count, 0);
      const last = this.#total.findLastIndex((count) => count > 0);
      for (let index = 0; index <= last; index++) values.push((this.#total[index] as number) / weight);
    } else {
      const mean = (this.#total[1] as number) / (this.#total[0] as number);
      if (classCount === 0) values.push(this.#centre + this.#scale * mean);
      else if (mean === 0) values.push(1);
      else values.push(1 - mean, mean);
    }
    this.#starts.push(values.length);
  }

  /** Finds the best split over features drawn one by one; draws more than maxFeatures if none of those can be split. */
  #findSplit(start: number, end: number): boolean {
    const weight = this.#multiclass ? this.#total.reduce((sum, count) => sum + count, 0) : (this.#total[0] as number);
    this.#totalWeight = weight;
    if (end - start < 2 || weight < 2 * this.#options.minLeaf) return false;
    this.#totalSquares = this.#multiclass ? sumOfSquares(this.#total) : (this.#total[1] as number) ** 2;
    const purity = this.#totalSquares / weight;
    if (this.#multiclass && purity === weight) return false;
    // The gain of a useless split is not always 0 in floating point.
    this.#bestGain = purity + 1e-9 * Math.max(weight, Math.abs(purity));
    this.#bestFeature = -1;
    const order = this.#order;
    for (let drawn = 0; drawn < order.length; drawn++) {
      if (drawn >= this.#options.maxFeatures && this.#bestFeature >= 0) break;
      const other = drawn + this.#random.below(order.length - drawn);
      const feature = order[other] as number;
      order[other] = order[drawn] as number;
      order[drawn] = feature;
      const { binCount } = this.#data.features[feature] as BinnedFeature;
      if (end - start <= FEW_ROWS) this.#trySorted(feature, start, end);
      else if (this.#multiclass && this.#width * binCount > CLASSES_TIMES_BINS * (end - start))
        this.#tryOrdered(feature, start, end);
      else this.#tryCounted(feature, start, end);
    }
    return this.#bestFeature >= 0;
  }

  /** Tries all splits of a feature, by a histogram of the node's rows over its bins. */
  #tryCounted(feature: number, start: number, end: number): void {
    const { bins, binCount } = this.#data.features[feature] as BinnedFeature;
    const width = this.#width;
    const histogram = this.#histogram;
    histogram.fill(0, 0, binCount * width);
    this.#count(bins, start, end);
    if (!this.#multiclass) {
      this.#considerAll(feature, binCount);
      return;
    }
    const left = this.#left;
    left.fill(0);
    for (let bin = 0; bin < binCount - 1; bin++) {
      const at = bin * width;
      let rows = 0;
      for (let index = 0; index < width; index++) {
        const amount = histogram[at + index] as number;
        left[index] = (left[index] as number) + amount;
        rows += amount;
      }
      if (rows > 0) this.#consider(feature, bin);
    }
  }

  /** Does what #consider does for every bin of a histogram of counts and sums, in one loop. */
  #considerAll(feature: number, binCount: number): void {
    const histogram = this.#histogram;
    const { minLeaf } = this.#options;
    const weight = this.#total[0] as number;
    const sum = this.#total[1] as number;
    let leftWeight = 0;
    let leftSum = 0;
    for (let bin = 0; bin < binCount - 1; bin++) {
      const amount = histogram[bin << 1] as number;
      if (amount === 0) continue;
      leftWeight += amount;
      leftSum += histogram[(bin << 1) + 1] as number;
      const rightWeight = weight - leftWeight;
      if (leftWeight < minLeaf) continue;
      if (rightWeight < minLeaf) break;
      const rightSum = sum - leftSum;
      const gain = (leftSum * leftSum) / leftWeight + (rightSum * rightSum) / rightWeight;
      if (gain <= this.#bestGain) continue;
      this.#bestGain = gain;
      this.#bestFeature = feature;
      this.#bestBin = bin;
    }
  }

  /** The hot loop of learning. */
  #count(bins: Uint8Array, start: number, end: number): void {
    const histogram = this.#histogram;
    const rows = this.#rows;
    const weights = this.#weights;
    if (this.#multiclass) {
      const width = this.#width;
      const { target } = this.#data;
      for (let at = start; at < end; at++) {
        const row = rows[at] as number;
        const slot = (bins[row] as number) * width + (target[row] as number);
        histogram[slot] = (histogram[slot] as number) + (weights[row] as number);
      }
      return;
    }
    const weighted = this.#weighted;
    for (let at = start; at < end; at++) {
      const row = rows[at] as number;
      const slot = (bins[row] as number) << 1;
      histogram[slot] = (histogram[slot] as number) + (weights[row] as number);
      histogram[slot + 1] = (histogram[slot + 1] as number) + (weighted[row] as number);
    }
  }

  /** Tries all splits of a feature, by sorting the few rows of a node by bin. */
  #trySorted(feature: number, start: number, end: number): void {
    const { bins } = this.#data.features[feature] as BinnedFeature;
    const keys = this.#keys;
    const count = end - start;
    for (let index = 0; index < count; index++) {
      const key = ((bins[this.#rows[start + index] as number] as number) << 8) | index;
      let place = index;
      for (; place > 0 && (keys[place - 1] as number) > key; place--) keys[place] = keys[place - 1] as number;
      keys[place] = key;
    }
    if (this.#multiclass) {
      for (let index = 0; index < count; index++)
        this.#spare[index] = this.#rows[start + ((keys[index] as number) & 255)] as number;
      this.#sweep(feature, count);
      return;
    }
    this.#left.fill(0);
    for (let index = 0; index < count - 1; index++) {
      const key = keys[index] as number;
      this.#add(this.#left, 0, this.#rows[start + (key & 255)] as number);
      const bin = key >> 8;
      if ((keys[index + 1] as number) >> 8 !== bin) this.#consider(feature, bin);
    }
  }

  /** Tries all splits of a feature between several classes, by sorting the rows of a node by bin. */
  #tryOrdered(feature: number, start: number, end: number): void {
    const { bins, binCount } = this.#data.features[feature] as BinnedFeature;
    const rows = this.#rows;
    const places = this.#places.fill(0, 0, binCount + 1);
    for (let at = start; at < end; at++) {
      const next = (bins[rows[at] as number] as number) + 1;
      places[next] = (places[next] as number) + 1;
    }
    for (let bin = 0; bin < binCount; bin++) places[bin + 1] = (places[bin + 1] as number) + (places[bin] as number);
    for (let at = start; at < end; at++) {
      const row = rows[at] as number;
      const bin = bins[row] as number;
      const place = places[bin] as number;
      this.#spare[place] = row;
      places[bin] = place + 1;
    }
    this.#sweep(feature, end - start);
  }

  /**
   * Moves the rows at the start of #spare, which are sorted by bin, from the right side to the left, one by one. Squares of
   * the counts are kept up to date: counting them anew for each bin would take the time of all classes.
   */
  #sweep(feature: number, count: number): void {
    const { bins } = this.#data.features[feature] as BinnedFeature;
    const { target } = this.#data;
    const { minLeaf } = this.#options;
    const left = this.#left.fill(0);
    const total = this.#total;
    const weight = this.#totalWeight;
    let leftWeight = 0;
    let leftSquares = 0;
    let rightSquares = this.#totalSquares;
    let bin = bins[this.#spare[0] as number] as number;
    for (let index = 0; index < count - 1; index++) {
      const row = this.#spare[index] as number;
      const label = target[row] as number;
      const amount = this.#weights[row] as number;
      const onLeft = left[label] as number;
      leftSquares += amount * (2 * onLeft + amount);
      rightSquares += amount * (amount - 2 * ((total[label] as number) - onLeft));
      left[label] = onLeft + amount;
      leftWeight += amount;
      const next = bins[this.#spare[index + 1] as number] as number;
      if (next === bin) continue;
      const rightWeight = weight - leftWeight;
      const gain = leftSquares / leftWeight + rightSquares / rightWeight;
      if (leftWeight >= minLeaf && rightWeight >= minLeaf && gain > this.#bestGain) {
        this.#bestGain = gain;
        this.#bestFeature = feature;
        this.#bestBin = bin;
      }
      bin = next;
    }
  }

  /** Remembers a split after a bin if it is the best so far. #left holds the sums of its left side. */
  #consider(feature: number, bin: number): void {
    const left = this.#left;
    const total = this.#total;
    let gain: number;
    let leftWeight: number;
    let rightWeight: number;
    if (this.#multiclass) {
      let leftSquares = 0;
      let rightSquares = 0;
      leftWeight = 0;
      rightWeight = 0;
      for (let index = 0; index < left.length; index++) {
        const onLeft = left[index] as number;
        const onRight = (total[index] as number) - onLeft;
        leftWeight += onLeft;
        rightWeight += onRight;
        leftSquares += onLeft * onLeft;
        rightSquares += onRight * onRight;
      }
      gain = leftSquares / leftWeight + rightSquares / rightWeight;
    } else {
      leftWeight = left[0] as number;
      rightWeight = (total[0] as number) - leftWeight;
      const leftSum = left[1] as number;
      const rightSum = (total[1] as number) - leftSum;
      gain = (leftSum * leftSum) / leftWeight + (rightSum * rightSum) / rightWeight;
    }
    const { minLeaf } = this.#options;
    if (leftWeight < minLeaf || rightWeight < minLeaf || !(gain > this.#bestGain)) return;
    this.#bestGain = gain;
    this.#bestFeature = feature;
    this.#bestBin = bin;
  }

  /** Moves the rows of the left child before those of the right, keeping their order; returns where the right begins. */
  #partition(start: number, end: number): number {
    const { bins } = this.#data.features[this.#bestFeature] as BinnedFeature;
    const rows = this.#rows;
    let left = start;
    let right = 0;
    for (let at = start; at < end; at++) {
      const row = rows[at] as number;
      if ((bins[row] as number) <= this.#bestBin) rows[left++] = row;
      else this.#spare[right++] = row;
    }
    rows.set(this.#spare.subarray(0, right), left);
    return left;
  }
}

function toSpread(values: Float64Array): { centre: number; scale: number } {
  const centre = values.reduce((sum, value) => sum + value / values.length, 0);
  const scale = Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2 / values.length, 0));
  return { centre, scale: scale || 1 };
}

function sumOfSquares(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value * value, 0);
}
