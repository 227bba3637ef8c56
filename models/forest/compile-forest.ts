/**
 * From a flat forest to the one that is walked. A node is two integers: its word, which says what to compare, and its child.
 *
 * - The word holds the column in its low bits, as an offset into a group of ranks, and above them the rank of the threshold:
 *   the step goes right where the row's rank, shifted as the word's, is above the word. The difference of the two is
 *   negative then, so that its sign bit leads to the right child, which is next to the left one: no branch.
 * - No rank is above a leaf's word, and its child is itself: a row that has arrived stays, while others go on.
 *
 * Ranks and offsets share 30 bits. Where a feature has more thresholds than fit, it takes several columns.
 */
import { toSharedFloats, toSharedIntegers } from '../to-shared.ts';
import type { FlatForest } from './flatten-forest.ts';
import { LANES, layOutThresholds, type FeatureThresholds, type Thresholds } from './thresholds.ts';

/** The word of a leaf. */
export const LEAF = 1 << 30;
const WORD_BITS = 30;

/** A forest as it is walked, in shared memory. */
export type CompiledForest = Readonly<{
  thresholds: Thresholds;
  /** The word and the child of each node. A node's number is the place of its word. */
  nodes: Int32Array;
  /** How far left the ranks in words stand. */
  shift: number;
  treeCount: number;
  /** The root of each tree, filled to a multiple of LANES with a leaf. */
  roots: Int32Array;
  /** By half the number of a node: the number of its leaf. */
  leafOf: Int32Array;
  leafWidth: number;
  /** What the leaves hold: leafWidth numbers each. */
  leaves: Float64Array;
}>;

/**
 * Compiles a forest.
 * @param leaves what its leaves are worth: leafWidth numbers each
 */
export function compileForest(forest: FlatForest, leaves: Float64Array, leafWidth: number): CompiledForest {
  const { feature, threshold, child } = forest;
  const features = listThresholds(forest);
  const shift = chooseShift(features.map(({ values }) => values.length));
  const most = toMost(shift);
  const thresholds = layOutThresholds(features, most);

  const valuesOf = new Map(features.map(({ feature, values }) => [feature, values]));
  const firstColumn = new Map<number, number>();
  thresholds.feature.forEach((feature, column) => {
    if (!firstColumn.has(feature)) firstColumn.set(feature, column);
  });
  const count = feature.length;
  // One node more: the leaf that fills the roots.
  const nodes = new Int32Array(2 * (count + 1));
  const leafOf = new Int32Array(count + 1);
  for (let node = 0; node <= count; node++) {
    const column = feature[node] ?? -1;
    if (column < 0) {
      nodes[2 * node] = LEAF;
      nodes[2 * node + 1] = 2 * node;
      leafOf[node] = child[node] ?? 0;
    } else {
      const rank = findRank(valuesOf.get(column) as Float64Array, threshold[node] as number);
      const part = (firstColumn.get(column) as number) + Math.floor(rank / most);
      nodes[2 * node] = ((rank % most) << shift) | (part * LANES);
      nodes[2 * node + 1] = 2 * (child[node] as number);
    }
  }
  const treeCount = forest.roots.length;
  const roots = new Int32Array(Math.ceil(treeCount / LANES) * LANES).fill(2 * count);
  forest.roots.forEach((root, tree) => (roots[tree] = 2 * root));
  return {
    thresholds,
    nodes: toSharedIntegers(nodes),
    shift,
    treeCount,
    roots: toSharedIntegers(roots),
    leafOf: toSharedIntegers(leafOf),
    leafWidth,
    leaves: toSharedFloats(leaves),
  };
}

/** The thresholds of each feature that the forest asks for, ascending and distinct. */
function listThresholds({ feature, threshold }: FlatForest): FeatureThresholds[] {
  const counts = new Map<number, number>();
  for (const column of feature) if (column >= 0) counts.set(column, (counts.get(column) ?? 0) + 1);
  const all = new Map([...counts].map(([column, count]) => [column, { values: new Float64Array(count), length: 0 }]));
  feature.forEach((column, node) => {
    const list = all.get(column);
    if (list) list.values[list.length++] = threshold[node] as number;
  });
  return [...all]
    .map(([feature, { values }]) => ({ feature, values: toDistinct(values.sort()) }))
    .sort((a, b) => a.feature - b.feature);
}

/** Ascending numbers, each once. 0 and -0 are one: nothing is less than the one that is not less than the other. */
function toDistinct(sorted: Float64Array): Float64Array {
  return sorted.filter((value, index) => value !== sorted[index - 1]);
}

/** How many of the numbers, ascending and distinct, are less than the one: its place, where it is among them. */
function findRank(values: Float64Array, value: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The fewest bits for offsets that hold those of all columns, when the other bits hold the ranks. */
function chooseShift(counts: readonly number[]): number {
  let shift = Math.log2(LANES);
  const fits = () => {
    const columns = counts.reduce((sum, count) => sum + Math.ceil(count / toMost(shift)), 0);
    return columns * LANES <= 2 ** shift;
  };
  while (!fits()) shift++;
  return shift;
}

/** How many thresholds a column may have: as many as there are ranks above the offsets. */
function toMost(shift: number): number {
  return 2 ** (WORD_BITS - shift);
}
