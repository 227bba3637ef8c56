/** The worker thread of learn-forest.ts. */
import { workerData } from 'piscina';
import { compressTree, toTreeJson } from './forest-json.ts';
import { growTree, type TrainingData, type Tree, type TreeOptions } from './grow-tree.ts';
import { addVotes, type OutOfBagVotes } from './out-of-bag.ts';
import type { GrownTree } from './size-check.ts';

const { data, options, votes } = workerData as {
  data: TrainingData;
  options: TreeOptions;
  votes: OutOfBagVotes;
};

/** Grows the tree with a number. */
export default function grow(index: number): GrownTree {
  const tree = growTree(data, options, index);
  addVotes(votes, tree, data, options.seed, index);
  const json = toTreeJson(tree, { classCount: data.classCount, ...options });
  return {
    json: compressTree(json),
    bytes: json.length,
    nodes: tree.feature.length,
    values: countMixed(tree) * data.classCount,
    used: Int32Array.from(new Set(tree.feature.filter((feature) => feature >= 0))),
  };
}

/** The number of leaves with more than one class. */
function countMixed({ starts, value }: Tree): number {
  return starts.subarray(1).filter((end) => (value[end - 1] as number) < 1).length;
}
