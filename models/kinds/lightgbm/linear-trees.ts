/**
 * Trees whose leaves are linear models (LightGBM's linear_tree): constant + Σ coefficient · feature. Where one of these
 * features is missing, the value of the leaf counts instead.
 */
import type { CompiledForest } from '../../forest/compile-forest.ts';
import { NEARLY_ZERO } from '../../forest/missing-values.ts';
import { listLeaves } from '../../forest/score-forest.ts';
import type { Tree } from '../../forest/tree-ensemble.ts';
import { TEST } from '../../forest/tree-ensemble.ts';
import { toSharedFloats, toSharedIntegers } from '../../to-shared.ts';
import type { ReadTree } from './read-tree.ts';

/** The models of all leaves, in shared memory. */
export type LinearLeaves = Readonly<{
  /** The value of a leaf where a feature is missing. */
  value: Float64Array;
  constant: Float64Array;
  /** Where the features of a leaf begin; one more entry than leaves. */
  start: Int32Array;
  feature: Int32Array;
  coefficient: Float64Array;
}>;

/** How many rows are scored at a time: the leaves that they reach need memory. */
const BLOCK = 512;

/** Numbers the leaves of trees, so that a walk tells which one a row reaches, and collects their models. */
export function collectLeaves(trees: readonly ReadTree[]): { trees: Tree[]; leaves: LinearLeaves } {
  const leafCount = trees.reduce((sum, tree) => sum + tree.leafCount, 0);
  const termCount = trees.reduce((sum, { linear }) => sum + (linear?.feature.length ?? 0), 0);
  const leaves = {
    value: toSharedFloats(new Float64Array(leafCount)),
    constant: toSharedFloats(new Float64Array(leafCount)),
    start: toSharedIntegers(new Int32Array(leafCount + 1)),
    feature: toSharedIntegers(new Int32Array(termCount)),
    coefficient: toSharedFloats(new Float64Array(termCount)),
  };
  let leaf = 0;
  let term = 0;
  const numbered = trees.map(({ tree, linear }) => {
    if (linear) {
      leaves.feature.set(linear.feature, term);
      leaves.coefficient.set(linear.coefficient, term);
    }
    const value = new Float64Array(tree.value.length);
    for (let node = 0, own = 0; node < tree.value.length; node++) {
      if (tree.test[node] !== TEST.leaf) continue;
      value[node] = leaf;
      leaves.value[leaf] = tree.value[node] as number;
      leaves.constant[leaf] = linear ? (linear.constant[own] as number) : (tree.value[node] as number);
      term += linear ? (linear.counts[own] as number) : 0;
      own++;
      leaves.start[++leaf] = term;
    }
    return { ...tree, value };
  });
  return { trees: numbered, leaves };
}

/**
 * Scores rows like scoreForest, with a forest whose leaves are numbered.
 * @param isAverage whether the sum of an output is divided by its number of trees
 */
export function scoreLinear(
  forest: CompiledForest,
  leaves: LinearLeaves,
  isAverage: boolean,
  matrix: Float64Array,
): Float64Array {
  const { featureCount, outputCount, treeCount } = forest;
  const rowCount = matrix.length / featureCount;
  const margins = new Float64Array(rowCount * outputCount);
  for (let from = 0; from < rowCount; from += BLOCK) {
    const to = Math.min(rowCount, from + BLOCK);
    const reached = listLeaves(forest, matrix.subarray(from * featureCount, to * featureCount));
    for (let row = from, at = 0; row < to; row++) {
      for (let tree = 0; tree < treeCount; tree++, at++) {
        const index = row * outputCount + (tree % outputCount);
        margins[index] =
          (margins[index] as number) + scoreLeaf(leaves, reached[at] as number, matrix, row * featureCount);
      }
    }
  }
  return isAverage ? margins.map((sum) => sum / (treeCount / outputCount)) : margins;
}

function scoreLeaf(
  { value, constant, start, feature, coefficient }: LinearLeaves,
  leaf: number,
  matrix: Float64Array,
  row: number,
): number {
  let sum = constant[leaf] as number;
  for (let term = start[leaf] as number, end = start[leaf + 1] as number; term < end; term++) {
    const x = matrix[row + (feature[term] as number)] as number;
    if (Number.isNaN(x)) return value[leaf] as number;
    if (Math.abs(x) > NEARLY_ZERO) sum += (coefficient[term] as number) * x;
  }
  return sum;
}
