/** Reads forests: random forests, boosted trees of both kinds, AdaBoost and single trees. */
import { MISSING } from '../../forest/missing-values.ts';
import { TEST, type Tree } from '../../forest/tree-ensemble.ts';
import type { Cursor } from './cursor.ts';
import { readLink } from './read-link.ts';
import { ReadForest, type ForestStep } from './program.ts';
import { fail, type Reader, type Slot } from './reader.ts';

const MAX_OUTPUTS = 2 ** 16;
const MAX_NODES = 2 ** 25;

/** Reads a forest. */
export function readForest(
  reader: Reader,
  cursor: Cursor,
  slots: readonly Slot[],
  classes: number,
): ForestStep<ReadForest> {
  reader.takeNumbers(slots, cursor);
  const featureCount = cursor.at('features').integer(slots.length, slots.length);
  const outputCount = cursor.at('outputs').integer(1, MAX_OUTPUTS);
  const single = cursor.at('precision').integer(32, 64) === 32;
  const missing = cursor.at('missing').flag();
  if (!missing) reader.requireCells(slots);
  const aggregation = cursor.at('aggregation').oneOf(['sum', 'mean', 'median']);
  const sets: Int32Array[] = [];
  const perTree = cursor.at('trees').list()[0]?.has('output');
  const trees = cursor
    .at('trees')
    .list()
    .map((tree) => readTree(tree, featureCount, perTree ? undefined : outputCount, sets));
  const base = cursor.has('base') ? cursor.at('base').numbers(outputCount) : undefined;
  const median = aggregation === 'median' ? cursor.at('weights').numbers(trees.length) : undefined;
  if (median && (classes > 0 || outputCount !== 1)) fail(cursor.at('aggregation'), 'no median for a classification');
  if (median?.some((weight) => weight < 0)) fail(cursor.at('weights'), 'weights of 0 or more');
  const difference = cursor.has('difference') && cursor.at('difference').flag();
  if (difference && outputCount !== 2) fail(cursor.at('difference'), 'two outputs');
  const divide = cursor.has('divide') ? cursor.at('divide').number() : 1;
  if (divide === 0) fail(cursor.at('divide'), 'a number other than 0');
  const ensemble = {
    featureCount,
    outputCount,
    trees,
    precision: { cells: single ? 32 : 64, thresholds: 64, sums: 64 },
    aggregation: aggregation === 'mean' ? 'mean' : 'sum',
    ...(base && { base }),
    ...(sets.length > 0 && { sets, categories: 'floor' as const }),
  } as const;
  return {
    type: 'forest',
    classes,
    ...readLink(cursor, classes, difference ? 1 : outputCount),
    forest: new ReadForest(ensemble, cursor.place),
    single,
    missing,
    codes: cursor.has('codes')
      ? Float64Array.from(cursor.at('codes').integers(0, featureCount - 1))
      : new Float64Array(0),
    divide,
    difference,
    median,
  };
}

/** @param leafWidth the number of values in a leaf; undefined if the tree has an output */
function readTree(cursor: Cursor, featureCount: number, leafWidth: number | undefined, sets: Int32Array[]): Tree {
  const features = cursor.at('feature').integers(-1, featureCount - 1);
  const count = features.length;
  const left = cursor.at('left').integers(0, count - 1, count);
  const right = cursor.at('right').integers(0, count - 1, count);
  const threshold = readThresholds(cursor.at('threshold'), count);
  const missing = cursor.has('missing_left') ? cursor.at('missing_left').integers(0, 1, count) : new Int32Array(count);
  const test = new Uint8Array(count);
  let leafCount = 0;
  for (let node = 0; node < count; node++) {
    if (features[node] === -1) leafCount += 1;
    else test[node] = TEST.atMost;
  }
  const width = leafWidth ?? 1;
  const leaves = cursor.at('value').numbers(leafCount * width);
  if (count * width > MAX_NODES * 4) fail(cursor, `at most ${MAX_NODES * 4} values in a tree`);
  const value = new Float64Array(count * width);
  for (let node = 0, leaf = 0; node < count; node++) {
    if (test[node] !== TEST.leaf) continue;
    value.set(leaves.subarray(leaf, leaf + width), node * width);
    leaf += width;
  }
  if (cursor.has('sets')) readSets(cursor.at('sets'), { test, threshold, left, right, missing }, sets);
  const feature = features.map((index) => Math.max(0, index));
  const tree = { test, feature, threshold, left, right, missing, value };
  return leafWidth === undefined ? { ...tree, output: cursor.at('output').integer(0, MAX_OUTPUTS) } : tree;
}

/** null is infinity, which JSON does not have: every number is at most it. */
function readThresholds(cursor: Cursor, count: number): Float64Array {
  const thresholds = new Float64Array(count);
  const { value } = cursor;
  if (!Array.isArray(value) || value.length !== count) fail(cursor, `a list of ${count}`);
  for (let node = 0; node < count; node++) {
    const threshold = (value as unknown[])[node];
    if (threshold !== null && !Number.isFinite(threshold)) fail(cursor, `a number at index ${node}`);
    thresholds[node] = threshold === null ? Infinity : (threshold as number);
  }
  return thresholds;
}

/**
 * Turns nodes into tests of category sets. Categories that are in neither set go where missing values go, so the set is that
 * of the categories that go to the other side.
 */
function readSets(
  cursor: Cursor,
  {
    test,
    threshold,
    left,
    right,
    missing,
  }: Record<'test' | 'threshold' | 'left' | 'right' | 'missing', Uint8Array | Int32Array | Float64Array>,
  sets: Int32Array[],
): void {
  for (const key of cursor.keys()) {
    const node = Number(key);
    if (!/^\d{1,8}$/.test(key) || test[node] !== TEST.atMost)
      fail(cursor.at(key), 'the number of a node that is not a leaf');
    const read = (side: string) => {
      const members = cursor.at(key).at(side);
      return Array.isArray(members.value) && members.value.length === 0 ? new Int32Array(0) : members.integers(0, 255);
    };
    const toLeft = read('left');
    const toRight = read('right');
    test[node] = TEST.inSet;
    threshold[node] = sets.length;
    if (missing[node] === 1) {
      sets.push(toRight);
      [left[node], right[node]] = [right[node] as number, left[node] as number];
    } else sets.push(toLeft);
    missing[node] = MISSING.right;
  }
}
