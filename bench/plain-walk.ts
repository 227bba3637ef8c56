/**
 * Scores with an ensemble one row and one tree at a time, over typed arrays. The kernel must equal it to the last bit, and is
 * measured against it. It covers cells and thresholds of 64 bits, categories that are small integers, and sums without a base.
 */
import { layOutTrees, type NodeList } from '../models/forest/lay-out-trees.ts';
import { isLeft } from '../models/forest/missing-values.ts';
import { TEST, type TreeEnsemble } from '../models/forest/tree-ensemble.ts';

// V8 folds these constants, but reads imported and exported ones at each use.
const { leaf: LEAF, less: LESS, atMost: AT_MOST } = TEST;

/** An ensemble in typed arrays. */
export interface PlainForest {
  readonly nodes: NodeList;
  /** For each set, 1 at the index of each member. */
  readonly members: readonly Uint8Array[];
  readonly featureCount: number;
  readonly outputCount: number;
  /** The number of values in a leaf. */
  readonly leafWidth: number;
}

/** Lays out an ensemble. */
export function toPlainForest(ensemble: TreeEnsemble): PlainForest {
  const { sets = [], trees, featureCount, outputCount } = ensemble;
  const members = sets.map((set) => {
    const bytes = new Uint8Array(Math.max(-1, ...Array.from(set)) + 1);
    for (const member of Array.from(set)) bytes[member] = 1;
    return bytes;
  });
  const leafWidth = trees[0]?.output === undefined ? outputCount : 1;
  return { nodes: layOutTrees(ensemble), members, featureCount, outputCount, leafWidth };
}

/** Sums the values of the leaves that each row reaches: rows × outputCount. Trees with one value add to the first output. */
export function sumLeavesPlainly(forest: PlainForest, matrix: Float64Array): Float64Array {
  const { featureCount, outputCount, leafWidth } = forest;
  const { roots, leaves } = forest.nodes;
  const rowCount = matrix.length / featureCount;
  const sums = new Float64Array(rowCount * outputCount);
  for (let row = 0; row < rowCount; row++) {
    const at = row * outputCount;
    for (let tree = 0; tree < roots.length; tree++) {
      const leaf = findLeaf(forest, tree, matrix, row * featureCount);
      for (let index = 0; index < leafWidth; index++) {
        sums[at + index] = (sums[at + index] as number) + (leaves[leaf + index] as number);
      }
    }
  }
  return sums;
}

/** Finds where the values begin of the leaf that a row reaches in a tree. The row starts at index `at` of the matrix. */
export function findLeaf({ nodes, members }: PlainForest, tree: number, matrix: Float64Array, at: number): number {
  const { roots, test, feature, threshold, missing, child } = nodes;
  let node = roots[tree] as number;
  for (let code = test[node] as number; code !== LEAF; code = test[node] as number) {
    const x = matrix[at + (feature[node] as number)] as number;
    const limit = threshold[node] as number;
    let holds: boolean;
    if (Number.isNaN(x)) holds = isLeft(missing[node] as number);
    else if (code === LESS) holds = x < limit;
    else if (code === AT_MOST) holds = x <= limit;
    else holds = (members[limit] as Uint8Array)[x] === 1;
    node = (child[node] as number) + (holds ? 0 : 1);
  }
  return child[node] as number;
}
