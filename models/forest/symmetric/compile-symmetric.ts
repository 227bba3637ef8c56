/**
 * Compiles an ensemble of symmetric trees, which are also called oblivious: all nodes of a level have the same test, as in the
 * trees that CatBoost learns by default. The results of a row's tests, written as bits, are then the index of its leaf.
 *
 * A test compares a rank (thresholds.ts) with a limit, both of which are bytes; a category set is a rank that is 1 if the value
 * is not in the set. Trees are in batches of eight, and those of a batch are made equally deep by tests that no rank passes.
 */
import { toSharedFloats, toSharedIntegers } from '../../to-shared.ts';
import { layOutSets, listSetTests, type SetBit, type SetPages } from '../category-sets.ts';
import { checkEnsemble, toLeafWidth } from '../check-ensemble.ts';
import { layOutTrees, type NodeList } from '../lay-out-trees.ts';
import { isLeft, takesZero } from '../missing-values.ts';
import { findRank, layOutThresholds, toDistinct, type Thresholds } from '../thresholds.ts';
import { toCut } from '../to-cut.ts';
import { TEST, type TreeEnsemble } from '../tree-ensemble.ts';
import { BATCH, MAX_DEPTH, MAX_RANKS, MAX_SUMS, MAX_THRESHOLDS, SHIFT, toTest, VECTOR } from './block-program.ts';

/** A compiled forest of symmetric trees, in shared memory. */
export type SymmetricForest = Readonly<{
  featureCount: number;
  outputCount: number;
  thresholds: Thresholds;
  /** Undefined if no test is of a set. */
  sets: SetPages | undefined;
  /** The number of ranks per row, including those of sets, which come last. */
  columnCount: number;
  /** The tests (toTest), root first: MAX_DEPTH per tree, filled from the end. The number of trees is a multiple of BATCH. */
  tests: Int32Array;
  /** The depth of the trees of each batch, 1 or more. */
  depths: Int32Array;
  /** Where the leaves of each batch begin in `leaves`. */
  starts: Int32Array;
  /** The leaves of each batch, for each output those of each tree, 2 ** depth values each. */
  leaves: Float64Array;
  /** The initial sum of each output. */
  base: Float64Array;
}>;

/** A limit that no rank is greater than. */
const NEVER = 255;

/**
 * Checks and compiles an ensemble of symmetric trees.
 * @param place where the ensemble comes from, a file name; error messages start with it
 * @returns undefined if a tree is not symmetric or too deep, or if the ensemble has what symmetric trees of libraries have not
 * @throws {DeploymentError} with the first problem, naming the tree and the node
 */
export function compileSymmetric(ensemble: TreeEnsemble, place: string): SymmetricForest | undefined {
  checkEnsemble(ensemble, place);
  const { featureCount, outputCount, trees, aggregation, precision, base } = ensemble;
  if (aggregation !== 'sum' || precision.sums !== 64 || toLeafWidth(trees[0] ?? {}, outputCount) !== outputCount)
    return undefined;
  const nodes = layOutTrees(ensemble);
  const levels = listLevels(nodes);
  if (!levels) return undefined;
  const batches = planBatches(levels, outputCount);
  const columns = planTests(nodes, ensemble, levels);
  if (!batches || !columns) return undefined;
  const tests = new Int32Array(batches.depths.length * BATCH * MAX_DEPTH).fill(toTest(0, NEVER));
  const leaves = new Float64Array(batches.leafCount * outputCount);
  levels.forEach(({ tested, leaves: places }, tree) => {
    const batch = Math.floor(tree / BATCH);
    const depth = batches.depths[batch] as number;
    // The tests that no rank passes come first: then the leaves are the first ones of the batch's depth.
    const first = (tree + 1) * MAX_DEPTH - tested.length;
    tested.forEach((node, level) => (tests[first + level] = columns.toTest(node)));
    for (let output = 0; output < outputCount; output++) {
      const at = (batches.starts[batch] as number) + ((output * BATCH + (tree % BATCH)) << depth);
      places.forEach((place, index) => (leaves[at + index] = nodes.leaves[place + output] as number));
    }
  });
  padLeaves(leaves, levels.length, batches, outputCount);
  return {
    featureCount,
    outputCount,
    thresholds: columns.thresholds,
    sets: columns.sets,
    columnCount: columns.columnCount,
    tests: toSharedIntegers(tests),
    depths: toSharedIntegers(batches.depths),
    starts: toSharedIntegers(batches.starts),
    leaves: toSharedFloats(leaves),
    base: toSharedFloats(base ?? new Float64Array(outputCount)),
  };
}

/** A symmetric tree. */
interface Levels {
  /** A node of each level that has a test. */
  readonly tested: readonly number[];
  /** Where the values of each leaf begin, from left to right. */
  readonly leaves: readonly number[];
}

/** The levels of each tree; undefined if one of them is not symmetric or too deep. */
function listLevels(nodes: NodeList): Levels[] | undefined {
  const { test, feature, threshold, missing, child } = nodes;
  const list: Levels[] = [];
  for (const root of nodes.roots) {
    const tested: number[] = [];
    let level = [root];
    while (test[level[0] as number] !== TEST.leaf) {
      const first = level[0] as number;
      const isSame = (node: number) =>
        test[node] === test[first] &&
        feature[node] === feature[first] &&
        threshold[node] === threshold[first] &&
        missing[node] === missing[first];
      if (tested.length === MAX_DEPTH || !level.every(isSame)) return undefined;
      tested.push(first);
      level = level.flatMap((node) => [child[node] as number, (child[node] as number) + 1]);
    }
    if (!level.every((node) => test[node] === TEST.leaf)) return undefined;
    list.push({ tested, leaves: level.map((node) => child[node] as number) });
  }
  return list;
}

interface Batches {
  readonly depths: readonly number[];
  readonly starts: readonly number[];
  /** The number of leaves, including those that no row reaches. */
  readonly leafCount: number;
}

/** The depth of each batch; undefined if that multiplies the leaves, or the outputs do not fit into a block. */
function planBatches(levels: readonly Levels[], outputCount: number): Batches | undefined {
  const depths: number[] = [];
  const starts: number[] = [];
  let leafCount = 0;
  for (let tree = 0; tree < levels.length; tree += BATCH) {
    const depth = Math.max(1, ...levels.slice(tree, tree + BATCH).map(({ tested }) => tested.length));
    depths.push(depth);
    starts.push(leafCount * outputCount);
    leafCount += BATCH << depth;
  }
  const needed = levels.reduce((sum, { leaves }) => sum + leaves.length, 0);
  // A few small trees may be padded to a whole batch.
  const isWasteful = leafCount > 4 * needed + (BATCH << MAX_DEPTH);
  return isWasteful || outputCount * VECTOR > MAX_SUMS ? undefined : { depths, starts, leafCount };
}

/** Adding -0 changes no sum, not even one that is -0, which adding 0 does. */
function padLeaves(leaves: Float64Array, treeCount: number, { depths, starts }: Batches, outputCount: number): void {
  const last = depths.length - 1;
  for (let tree = treeCount; tree < depths.length * BATCH; tree++) {
    for (let output = 0; output < outputCount; output++) {
      const size = 2 ** (depths[last] as number);
      const at = (starts[last] as number) + (output * BATCH + (tree % BATCH)) * size;
      leaves.fill(-0, at, at + size);
    }
  }
}

interface TestPlan {
  readonly thresholds: Thresholds;
  readonly sets: SetPages | undefined;
  readonly columnCount: number;
  readonly toTest: (node: number) => number;
}

/** The tests of a feature that treat missing values in the same way, their distinct thresholds, and the first column of those. */
interface Compared {
  readonly feature: number;
  readonly nanBelow: boolean;
  readonly cuts: number[];
  values: Float64Array;
  column: number;
}

const NO_COLUMN = { values: new Float64Array(0), column: 0 };

/** Plans the columns; undefined if there is none, or there are too many, or a number near 0 counts as missing. */
function planTests(nodes: NodeList, ensemble: TreeEnsemble, levels: readonly Levels[]): TestPlan | undefined {
  const { test, feature, threshold, missing } = nodes;
  const toKey = (node: number) => 2 * (feature[node] as number) + (missing[node] as number);
  const toOwnCut = (node: number) =>
    toCut(test[node] === TEST.less ? 'less' : 'atMost', threshold[node] as number, ensemble.precision);
  const compared = new Map<number, Compared>();
  for (const node of levels.flatMap(({ tested }) => tested)) {
    if (test[node] === TEST.inSet) continue;
    const own = missing[node] as number;
    if (takesZero(own)) return undefined;
    const key = toKey(node);
    const known = compared.get(key) ?? {
      feature: feature[node] as number,
      nanBelow: isLeft(own),
      cuts: [],
      ...NO_COLUMN,
    };
    known.cuts.push(toOwnCut(node));
    compared.set(key, known);
  }
  let columnCount = 0;
  for (const column of compared.values()) {
    const values = toDistinct(Float64Array.from(column.cuts).filter((cut) => !Number.isNaN(cut)));
    // A column needs a threshold, even if all tests hold for all numbers.
    column.values = values.length === 0 ? Float64Array.of(0) : values;
    column.column = columnCount;
    columnCount += Math.ceil(column.values.length / MAX_THRESHOLDS);
  }
  const setTests = listSetTests(nodes, ensemble);
  const { pages, bits } = layOutSets(setTests, ensemble, columnCount, SHIFT, 1);
  columnCount += setTests.list.length;
  if (columnCount === 0 || columnCount * VECTOR > MAX_RANKS) return undefined;
  return {
    thresholds: layOutThresholds([...compared.values()], MAX_THRESHOLDS),
    sets: setTests.list.length === 0 ? undefined : pages,
    columnCount,
    toTest: (node) => {
      if (test[node] === TEST.inSet) return toTest((bits[setTests.testOf[node] as number] as SetBit).column, 0);
      const { values, column } = compared.get(toKey(node)) as Compared;
      const cut = toOwnCut(node);
      const rank = Number.isNaN(cut) ? values.length : findRank(values, cut);
      const part = Math.min(Math.floor(rank / MAX_THRESHOLDS), Math.ceil(values.length / MAX_THRESHOLDS) - 1);
      return toTest(column + part, rank - part * MAX_THRESHOLDS);
    },
  };
}
