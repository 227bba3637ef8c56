/** The worker thread of learn-forest.ts. */
import { workerData } from 'piscina';
import { growTree, type TrainingData, type Tree, type TreeOptions } from './grow-tree.ts';

const { data, options } = workerData as { data: TrainingData; options: TreeOptions };

/** Grows the tree with a number. */
export default function grow(index: number): Tree {
  return growTree(data, options, index);
}
