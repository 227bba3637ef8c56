/**
 * Reads the trees of a CatBoost model. In an oblivious tree all nodes of a level have the same test, and the test with index
 * k gives bit k of the index of a leaf. Other trees are nested objects. A test that holds leads to the right.
 */
import { MAX_NODES } from '../../forest/check-ensemble.ts';
import { MISSING } from '../../forest/missing-values.ts';
import { TEST, type Tree } from '../../forest/tree-ensemble.ts';
import type { Part } from '../../json/numeric-value.ts';
import type { Features } from './read-features.ts';

/** The trees of a model, and the sets of categories that they test. */
export interface Trees {
  readonly trees: readonly Tree[];
  readonly sets: readonly (readonly number[])[];
  readonly leafCount: number;
}

/** CatBoost's own limit of the depth of an oblivious tree. */
const MAX_DEPTH = 16;

/** A test as the kernel takes it, and whether a row goes left there where it goes right in CatBoost. */
interface Test {
  readonly test: number;
  readonly feature: number;
  readonly threshold: number;
  readonly missing: number;
  readonly isSwapped: boolean;
}

/**
 * Reads all trees.
 * @param root the whole file
 * @throws {DeploymentError} that names the place
 */
export function readTrees(root: Part, features: Features, outputCount: number): Trees {
  const reader = buildTestReader(features);
  const isOblivious = root.at('oblivious_trees').exists;
  const list = root.at(isOblivious ? 'oblivious_trees' : 'trees').list();
  if (list.length === 0) root.fail('one tree or more in oblivious_trees or trees');
  const count = { nodes: 0, leaves: 0 };
  const readOne = isOblivious ? readOblivious : readNested;
  const trees = list.map((part) => readOne(part, outputCount, reader.read, count));
  return { trees, sets: reader.sets, leafCount: count.leaves };
}

function buildTestReader({ floats, categories }: Features): { read: (split: Part) => Test; sets: number[][] } {
  const sets: number[][] = [];
  const known = new Map<string, number>();
  const readCategory = (split: Part): Test => {
    const feature = split.at('cat_feature_index').integer(0, categories.length - 1);
    const value = split.at('value').integer(-(2 ** 31), 2 ** 31 - 1);
    const { index, codes } = categories[feature] as Features['categories'][number];
    const members = codes.get(value >>> 0);
    if (!members) return split.at('value').fail(`one of the values of categorical feature ${feature}`);
    const key = `${feature}/${value}`;
    const set = known.get(key) ?? sets.push([...members]) - 1;
    known.set(key, set);
    return { test: TEST.inSet, feature: index, threshold: set, missing: MISSING.right, isSwapped: true };
  };
  const readFloat = (split: Part): Test => {
    const { index, isMissingAbove } = floats[
      split.at('float_feature_index').integer(0, floats.length - 1)
    ] as Features['floats'][number];
    const border = split.at('border').value;
    if (typeof border !== 'number' || !Number.isFinite(border)) return split.at('border').fail('a finite number');
    const missing = isMissingAbove ? MISSING.right : MISSING.left;
    return { test: TEST.atMost, feature: index, threshold: border, missing, isSwapped: false };
  };
  const read = (split: Part): Test => {
    const type = split.at('split_type').text();
    if (type === 'FloatFeature') return readFloat(split);
    if (type === 'OneHotFeature') return readCategory(split);
    return split.at('split_type').fail('FloatFeature or OneHotFeature: other tests are not supported');
  };
  return { read, sets };
}

interface Count {
  nodes: number;
  leaves: number;
}

type TreeReader = (part: Part, outputCount: number, readTest: (split: Part) => Test, count: Count) => Tree;

/** The nodes of each level follow those of the level above: the children of node n are 2n + 1 and 2n + 2. */
const readOblivious: TreeReader = (part, outputCount, readTest, count) => {
  const splits = part.at('splits').exists ? part.at('splits').list() : [];
  const depth = splits.length;
  if (depth > MAX_DEPTH) part.at('splits').fail(`at most ${MAX_DEPTH} splits`);
  const leafCount = 2 ** depth;
  const values = part.at('leaf_values').numbers();
  if (values.length !== leafCount * outputCount) part.at('leaf_values').fail(`${leafCount * outputCount} numbers`);
  const tree = makeTree(2 * leafCount - 1, outputCount, part, count);
  count.leaves += leafCount;
  for (let level = 0; level < depth; level++) {
    const test = readTest(splits[depth - 1 - level] as Part);
    for (let node = 2 ** level - 1; node < 2 ** (level + 1) - 1; node++)
      writeNode(tree, node, test, 2 * node + 1, 2 * node + 2);
  }
  tree.value.set(values, (leafCount - 1) * outputCount);
  return tree;
};

const readNested: TreeReader = (root, outputCount, readTest, count) => {
  // Nodes are numbered in the order in which they are met: parents before children, which are appended meanwhile.
  const parts = [root];
  const tests: (Test | undefined)[] = [];
  const children: number[] = [];
  for (const part of parts) {
    const hasSplit = part.at('split').exists;
    tests.push(hasSplit ? readTest(part.at('split')) : undefined);
    children.push(parts.length);
    if (hasSplit) parts.push(part.at('left'), part.at('right'));
  }
  const tree = makeTree(parts.length, outputCount, root, count);
  for (const [node, part] of parts.entries()) {
    const test = tests[node];
    const child = children[node] as number;
    if (test) writeNode(tree, node, test, child, child + 1);
    else {
      count.leaves++;
      tree.value.set(readLeaf(part.at('value'), outputCount), node * outputCount);
    }
  }
  return tree;
};

function readLeaf(part: Part, outputCount: number): ArrayLike<number> {
  const values = typeof part.value === 'number' ? [part.value] : part.numbers();
  return values.length === outputCount ? values : part.fail(`${outputCount} numbers`);
}

function makeTree(nodeCount: number, outputCount: number, part: Part, count: Count) {
  count.nodes += nodeCount;
  if (count.nodes > MAX_NODES) part.fail(`at most ${MAX_NODES} nodes in all trees`);
  return {
    test: new Uint8Array(nodeCount),
    feature: new Int32Array(nodeCount),
    threshold: new Float64Array(nodeCount),
    left: new Int32Array(nodeCount),
    right: new Int32Array(nodeCount),
    missing: new Uint8Array(nodeCount),
    value: new Float64Array(nodeCount * outputCount),
    ...(outputCount === 1 && { output: 0 }),
  };
}

function writeNode(tree: ReturnType<typeof makeTree>, node: number, test: Test, fails: number, holds: number): void {
  tree.test[node] = test.test;
  tree.feature[node] = test.feature;
  tree.threshold[node] = test.threshold;
  tree.missing[node] = test.missing;
  tree.left[node] = test.isSwapped ? holds : fails;
  tree.right[node] = test.isSwapped ? fails : holds;
}
