/** Puts the nodes of all trees of an ensemble into one list, in which the two children of a node are adjacent. */
import { toLeafWidth } from './check-ensemble.ts';
import { MISSING } from './missing-values.ts';
import { roundThreshold } from './to-cut.ts';
import { TEST, type TreeEnsemble } from './tree-ensemble.ts';

/** The nodes of all trees. What is not described here is as in Tree. */
export interface NodeList {
  /** The root of each tree. */
  readonly roots: Int32Array;
  readonly test: Uint8Array;
  readonly feature: Int32Array;
  /** The threshold, rounded to its precision, or the index of a set. */
  readonly threshold: Float64Array;
  readonly missing: Uint8Array;
  /** The left child; the right one is the next node. For a leaf: where its values begin in `leaves`. */
  readonly child: Int32Array;
  /** The values of the leaves, rounded to the precision of sums. */
  readonly leaves: Float64Array;
}

/** Lays out the reachable nodes of an ensemble that has been checked, depth first, from left to right. */
export function layOutTrees({ trees, outputCount, precision, leaves: shared }: TreeEnsemble): NodeList {
  const most = trees.reduce((sum, { test }) => sum + test.length, 0);
  const roots = new Int32Array(trees.length);
  const tests = new Uint8Array(most);
  const features = new Int32Array(most);
  const thresholds = new Float64Array(most);
  const directions = new Uint8Array(most);
  const children = new Int32Array(most);
  // A tree of n nodes has (n + 1) / 2 leaves.
  const leaves = shared
    ? Float64Array.from(shared)
    : new Float64Array(((most + trees.length) >> 1) * toLeafWidth(trees[0] ?? {}, outputCount));
  let count = 0;
  let leafEnd = shared ? leaves.length : 0;
  for (const [index, tree] of trees.entries()) {
    const { test, feature, threshold, left, right, missing, value } = tree;
    const leafWidth = toLeafWidth(tree, outputCount);
    roots[index] = count;
    // Pairs: the index of a node in the tree, and its index in the list.
    const pending = [0, count++];
    while (pending.length > 0) {
      const place = pending.pop() as number;
      const node = pending.pop() as number;
      const code = (tests[place] = test[node] as number);
      if (code === TEST.leaf && shared) {
        children[place] = outputCount * (value[node] as number);
        continue;
      }
      if (code === TEST.leaf) {
        children[place] = leafEnd;
        for (let at = node * leafWidth; at < (node + 1) * leafWidth; at++) leaves[leafEnd++] = value[at] as number;
        continue;
      }
      features[place] = feature[node] as number;
      thresholds[place] =
        code === TEST.inSet ? (threshold[node] as number) : roundThreshold(threshold[node] as number, precision);
      directions[place] = missing?.[node] ?? MISSING.right;
      children[place] = count;
      pending.push(right[node] as number, count + 1, left[node] as number, count);
      count += 2;
    }
  }
  return {
    roots,
    test: tests.subarray(0, count),
    feature: features.subarray(0, count),
    threshold: thresholds.subarray(0, count),
    missing: directions.subarray(0, count),
    child: children.subarray(0, count),
    leaves:
      precision.sums === 32 ? Float64Array.from(leaves.subarray(0, leafEnd), Math.fround) : leaves.subarray(0, leafEnd),
  };
}
