/**
 * Compiles an ensemble of trees into the form that is walked. A node is two integers: its word, which encodes its test, and
 * the place of its left child.
 *
 * - The low bits of the word are the column, as an offset into a group of ranks, and the bits above are the rank of the
 *   threshold (plan-columns.ts). A row goes right if its rank, shifted like that of the word, is greater than the word. The
 *   difference is then negative, and its sign bit leads to the right child, which is next to the left one: no branch.
 * - No rank is greater than the word of a leaf, and a leaf is its own child: a row that has reached it stays while others
 *   continue.
 * - A node that tests a set has rank 0 and a mask, which selects its bit of the row's rank. If the bit is set, the row goes
 *   right.
 */
import { toPredictions } from '../model.ts';
import { allocateIntegers, toSharedFloats, toSharedIntegers } from '../to-shared.ts';
import type { SetPages } from './category-sets.ts';
import { checkEnsemble, toLeafWidth } from './check-ensemble.ts';
import { layOutTrees, type NodeList } from './lay-out-trees.ts';
import type { MissingColumns } from './missing-values.ts';
import { LEAF, planColumns } from './plan-columns.ts';
import { LANES, type Thresholds } from './thresholds.ts';
import { TEST, type TreeEnsemble } from './tree-ensemble.ts';

/** A compiled forest, in shared memory. */
export type CompiledForest = Readonly<{
  featureCount: number;
  outputCount: number;
  treeCount: number;
  thresholds: Thresholds;
  missing: MissingColumns;
  /** Undefined if no node tests a set. */
  sets: SetPages | undefined;
  /** The number of ranks per row, including those of `missing` and `sets`. */
  columnCount: number;
  /** By how many bits ranks are shifted to the left. */
  shift: number;
  /** The word and the left child of each node. Nodes are numbered by the index of their word. */
  nodes: Int32Array;
  /** At the index of each word, the bits of the rank that are compared; empty if no node tests a set. */
  masks: Int32Array;
  /** The root of each tree, padded with a leaf to a multiple of LANES. */
  roots: Int32Array;
  /** For each tree, 1 if one of its nodes tests a set, else 0. */
  hasSets: Int32Array;
  /** For each leaf, at half its number: where its values begin in `leaves`. */
  leafOf: Int32Array;
  /** The values of the leaves, leafWidth each; votes are 1 and 0. */
  leaves: Float64Array;
  /** The number of values in a leaf: outputCount or 1. */
  leafWidth: number;
  /** The output that each tree contributes to; 0 if leaves have a value for each output. */
  output: Int32Array;
  /** The initial sum of each output; undefined if all are 0. */
  base: Float64Array | undefined;
  /** The divisor of each output's sum; undefined if there is none. */
  divisor: Float64Array | undefined;
  /** Whether sums are rounded to 32 bits. */
  single: boolean;
}>;

/**
 * Checks and compiles an ensemble.
 * @param place where the ensemble comes from, a file name; error messages start with it
 * @throws {DeploymentError} with the first problem, naming the tree and the node
 */
export function compileForest(ensemble: TreeEnsemble, place: string): CompiledForest {
  return compileNodes(layOutForest(ensemble, place));
}

/** The nodes of an ensemble, and the ensemble without them. */
export interface LaidOutForest {
  readonly nodes: NodeList;
  readonly ensemble: TreeEnsemble;
}

const NO_NODES = { test: [], feature: [], threshold: [], left: [], right: [], value: [] };

/** The first half of compileForest: a large ensemble can be released before the second, compileNodes. */
export function layOutForest(ensemble: TreeEnsemble, place: string): LaidOutForest {
  checkEnsemble(ensemble, place);
  const nodes = layOutTrees(ensemble);
  const { leaves: _, ...rest } = ensemble;
  const trees = ensemble.trees.map(({ output }) => ({ ...NO_NODES, ...(output !== undefined && { output }) }));
  return { nodes, ensemble: { ...rest, trees } };
}

/** The second half of compileForest. */
export function compileNodes({ nodes, ensemble }: LaidOutForest): CompiledForest {
  const { featureCount, outputCount, trees, aggregation } = ensemble;
  const { toWord, toMask, ...columns } = planColumns(nodes, ensemble);
  const count = nodes.test.length;
  // One more node: the leaf that pads the roots.
  const words = allocateIntegers(2 * (count + 1));
  const masks = allocateIntegers(columns.sets ? words.length : 0).fill(-1);
  const leafOf = allocateIntegers(count + 1);
  for (let node = 0, at = 0; node <= count; node++, at += 2) {
    if ((nodes.test[node] ?? TEST.leaf) === TEST.leaf) {
      words[at] = LEAF;
      words[at + 1] = at;
      leafOf[node] = nodes.child[node] ?? 0;
    } else {
      words[at] = toWord(node);
      words[at + 1] = 2 * (nodes.child[node] as number);
      if (columns.sets) masks[at] = toMask(node);
    }
  }
  const treeCount = trees.length;
  const roots = new Int32Array(Math.ceil(treeCount / LANES) * LANES).fill(2 * count);
  nodes.roots.forEach((root, tree) => (roots[tree] = 2 * root));
  return {
    featureCount,
    outputCount,
    treeCount,
    ...columns,
    nodes: words,
    masks,
    roots: toSharedIntegers(roots),
    hasSets: toSharedIntegers(listTreesWithSets(nodes)),
    leafOf,
    leaves: toSharedFloats(aggregation === 'vote' ? toVotes(nodes.leaves, outputCount) : nodes.leaves),
    leafWidth: toLeafWidth(trees[0] ?? {}, outputCount),
    ...toAggregation(ensemble),
  };
}

function listTreesWithSets({ roots, test }: NodeList): Int32Array {
  return roots.map((root, tree) => (test.subarray(root, roots[tree + 1]).includes(TEST.inSet) ? 1 : 0));
}

/** The vote of each leaf: 1 for the first of its greatest values, 0 for the others. */
function toVotes(leaves: Float64Array, outputCount: number): Float64Array {
  const votes = new Float64Array(leaves.length);
  toPredictions(leaves, outputCount).forEach((winner, leaf) => {
    votes[leaf * outputCount + winner] = 1;
  });
  return votes;
}

function toAggregation({
  trees,
  outputCount,
  aggregation,
  base,
  precision,
}: TreeEnsemble): Pick<CompiledForest, 'output' | 'base' | 'divisor' | 'single'> {
  const single = precision.sums === 32;
  // An output that no tree contributes to stays 0.
  const toTreeCount = (output: number) => trees.filter((tree) => (tree.output ?? output) === output).length || 1;
  return {
    output: toSharedIntegers(trees.map(({ output }) => output ?? 0)),
    base: base && toSharedFloats(single ? Array.from(base, Math.fround) : base),
    divisor:
      aggregation === 'sum' ? undefined : toSharedFloats(Array.from({ length: outputCount }, (_, k) => toTreeCount(k))),
    single,
  };
}
