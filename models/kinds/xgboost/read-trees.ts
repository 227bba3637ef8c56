/**
 * Reads the trees of a model of XGBoost (https://xgboost.readthedocs.io, Introduction to Model IO). A number goes left if it
 * is less than the threshold. A category goes right if it is in the node's set, and left if not, even if the model has never
 * seen it. A missing value goes where the node's default_left says.
 */
import { MAX_NODES } from '../../forest/check-ensemble.ts';
import { MISSING } from '../../forest/missing-values.ts';
import { TEST, type Tree, type TreeEnsemble } from '../../forest/tree-ensemble.ts';
import type { Part } from '../../json/numeric-value.ts';
import { checkKeys } from './check-keys.ts';

/** XGBoost stores categories as floats of 32 bits, and takes none beyond this. */
const MAX_CATEGORY = 2 ** 24;

const DEFAULT_RIGHT = 0;
const LEAF = -1;

export type Trees = Pick<TreeEnsemble, 'trees' | 'sets'>;

/**
 * Reads some trees.
 * @param model the part `model` of the booster
 * @param count the number of trees to read, from the first
 * @param weights of the trees (DART); undefined if all are 1
 */
export function readTrees(model: Part, count: number, weights: ArrayLike<number> | undefined): Trees {
  const outputs = model.at('tree_info').numbers();
  const sets: Int32Array[] = [];
  const trees = model
    .at('trees')
    .list()
    .slice(0, count)
    .map((tree, index) => readTree(tree, outputs[index] as number, weights?.[index] ?? 1, sets));
  return { trees, sets };
}

function readTree(tree: Part, output: number, weight: number, sets: Int32Array[]): Tree {
  checkKeys(tree, 'tree');
  checkKeys(tree.at('tree_param'), 'treeParameters');
  const left = tree.at('left_children').numbers();
  const count = left.length;
  const nodeCount = tree.at('tree_param').at('num_nodes');
  if (nodeCount.integer(1, MAX_NODES) !== count) nodeCount.fail(`${count}, the number of left_children`);
  const numbers = (key: string) => {
    const values = tree.at(key).numbers();
    return values.length === count ? values : tree.at(key).fail(`${count} numbers, one per node`);
  };
  const right = numbers('right_children');
  const condition = numbers('split_conditions');
  const defaultLeft = numbers('default_left');
  const nodes = {
    test: new Uint8Array(count),
    feature: numbers('split_indices'),
    threshold: Float64Array.from(condition),
    left: new Int32Array(count),
    right: new Int32Array(count),
    missing: new Uint8Array(count),
    value: new Float64Array(count),
    output,
  };
  const single = Math.fround(weight);
  // One loop: typed arrays that are mapped take several times as long.
  for (let node = 0; node < count; node++) {
    nodes.test[node] = left[node] === LEAF ? TEST.leaf : TEST.less;
    nodes.left[node] = toNode(left[node] as number);
    nodes.right[node] = toNode(right[node] as number);
    nodes.missing[node] = defaultLeft[node] === DEFAULT_RIGHT ? MISSING.right : MISSING.left;
    nodes.value[node] = Math.fround(Math.fround(condition[node] as number) * single);
  }
  readSets(tree, nodes, sets);
  return nodes;
}

/** A fraction or a number of 64 bits would become the index of a node. */
function toNode(child: number): number {
  return (child | 0) === child ? child : -2;
}

interface Nodes {
  readonly test: Uint8Array;
  readonly threshold: Float64Array;
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly missing: Uint8Array;
}

/** Replaces the tests of the nodes that test categories. Files of XGBoost 1.2 and older have none. */
function readSets(tree: Part, { test, threshold, left, right, missing }: Nodes, sets: Int32Array[]): void {
  const types = tree.at('split_type').exists ? tree.at('split_type').numbers() : [];
  const pending = new Set<number>();
  for (let node = 0; node < types.length; node++) {
    if (types[node] === 0 || test[node] !== TEST.less) continue;
    if (types[node] !== 1) tree.at('split_type').fail(`0 or 1 at index ${node}`);
    pending.add(node);
  }
  const [nodes, segments, sizes, categories] = [
    readOptional(tree.at('categories_nodes')),
    readOptional(tree.at('categories_segments')),
    readOptional(tree.at('categories_sizes')),
    readOptional(tree.at('categories')),
  ];
  for (let index = 0; index < nodes.length; index++) {
    const node = nodes[index] as number;
    if (!pending.delete(node)) tree.at('categories_nodes').fail(`a node that tests categories at index ${index}`);
    const [from, size] = [segments[index] ?? NaN, sizes[index] ?? NaN];
    const isRange = Number.isInteger(from) && Number.isInteger(size) && from >= 0 && size >= 0;
    if (!isRange || from + size > categories.length)
      tree.at('categories_segments').fail(`a range of the categories at index ${index}`);
    const set = new Int32Array(size);
    for (let place = 0; place < size; place++) {
      const category = categories[from + place] as number;
      if (!(Number.isInteger(category) && category >= 0 && category < MAX_CATEGORY))
        tree.at('categories').fail(`an integer from 0 to ${MAX_CATEGORY - 1} at index ${from + place}`);
      set[place] = category;
    }
    test[node] = TEST.inSet;
    threshold[node] = sets.push(set) - 1;
    // What is in the set goes right, so the children change sides, and with them the missing values.
    [left[node], right[node]] = [right[node] as number, left[node] as number];
    missing[node] = missing[node] === MISSING.left ? MISSING.right : MISSING.left;
  }
  const [first] = pending;
  if (first !== undefined) tree.at('categories_nodes').fail(`node ${first}, which tests categories`);
}

function readOptional(part: Part): ArrayLike<number> {
  return part.exists ? part.numbers() : [];
}
