/**
 * Reads a tree of a LightGBM model (include/LightGBM/tree.h). Its n leaves and n - 1 other nodes are numbered separately; here
 * the leaves follow the other nodes. Numbers are compared as doubles, with `<=`.
 */
import { MISSING, NEARLY_ZERO } from '../../forest/missing-values.ts';
import { MAX_NODES } from '../../forest/check-ensemble.ts';
import { TEST, type Tree } from '../../forest/tree-ensemble.ts';
import { toLineError, type Block, type LineValue } from './model-lines.ts';
import { parseIntegers, parseNumbers } from './parse-numbers.ts';

/** What decision_type says of a node: bit 0 a category, bit 1 the default direction, bits 2 and 3 the missing type. */
const CATEGORY = 1;
const DEFAULT_LEFT = 2;
const MISSING_TYPES = ['none', 'zero', 'nan'] as const;

/** The maximum number of categories in all sets of a model. */
const MAX_MEMBERS = 2 ** 24;

/** The model in a leaf of a linear tree: constant + Σ coefficient · feature. */
export interface LinearTree {
  readonly constant: Float64Array;
  /** The number of features of each leaf. */
  readonly counts: Int32Array;
  /** The features and coefficients of all leaves, one leaf after the other. */
  readonly feature: Int32Array;
  readonly coefficient: Float64Array;
}

/** A tree, and the linear models of its leaves if it has any. */
export interface ReadTree {
  readonly tree: Tree;
  readonly leafCount: number;
  readonly linear: LinearTree | undefined;
}

/** What the trees of a model share. */
export interface TreeContext {
  readonly place: string;
  readonly featureCount: number;
  /** The category sets of all trees; each tree adds its own. */
  readonly sets: Int32Array[];
  /** The feature of each set. */
  readonly featureOfSet: number[];
  /** How much of the limits is used up. */
  readonly used: { nodes: number; members: number };
}

/**
 * Reads a tree.
 * @param line where the tree begins
 * @param output the output that it contributes to
 * @throws {DeploymentError} that names the first invalid line
 */
export function readTree(block: Block, line: number, output: number, context: TreeContext): ReadTree {
  const reader = new TreeReader(block, line, context.place);
  const leafCount = reader.readCount('num_leaves');
  if (leafCount < 1) throw reader.fail('num_leaves', 'a leaf or more');
  const nodeCount = leafCount - 1;
  context.used.nodes += nodeCount + leafCount;
  if (context.used.nodes > MAX_NODES) throw reader.fail('num_leaves', `at most ${MAX_NODES} nodes in all trees`);
  const leafValue = reader.readNumbers('leaf_value', leafCount);
  const total = nodeCount + leafCount;
  const value = new Float64Array(total);
  value.set(leafValue, nodeCount);
  const linear = reader.readCount('is_linear', 0) === 0 ? undefined : readLinear(reader, leafCount, context);
  const common = { value, output };
  if (nodeCount === 0) return { tree: { ...common, ...NO_NODES }, leafCount, linear };
  const nodes = {
    test: new Uint8Array(total),
    feature: new Int32Array(total),
    threshold: new Float64Array(total),
    left: new Int32Array(total),
    right: new Int32Array(total),
    missing: new Uint8Array(total),
  };
  nodes.feature.set(reader.readIntegers('split_feature', nodeCount, 0, context.featureCount - 1));
  nodes.threshold.set(reader.readNumbers('threshold', nodeCount, 'numbers'));
  for (const [name, key] of [
    ['left', 'left_child'],
    ['right', 'right_child'],
  ] as const) {
    const children = reader.readIntegers(key, nodeCount, -leafCount, nodeCount - 1);
    nodes[name].set(children.map((child) => (child < 0 ? nodeCount + ~child : child)));
  }
  const decisions = reader.readIntegers('decision_type', nodeCount, 0, (MISSING_TYPES.length << 2) - 1);
  const firstSet = context.sets.length;
  readSets(reader, context);
  for (let node = 0; node < nodeCount; node++) {
    const decision = decisions[node] as number;
    const threshold = nodes.threshold[node] as number;
    if ((decision & CATEGORY) === 0) {
      nodes.test[node] = TEST.atMost;
      nodes.threshold[node] = toThreshold(threshold);
      nodes.missing[node] = toMissing(decision, threshold);
      continue;
    }
    if (!(Number.isInteger(threshold) && threshold >= 0 && firstSet + threshold < context.sets.length))
      throw reader.fail('threshold', 'the index of a set of categories, where decision_type is odd');
    if (context.featureOfSet[firstSet + threshold] !== undefined)
      throw reader.fail('threshold', 'a set of categories for each node');
    context.featureOfSet[firstSet + threshold] = nodes.feature[node] as number;
    // Categories are looked up without regard to the missing type: NaN is in no set.
    nodes.test[node] = TEST.inSet;
    nodes.threshold[node] = firstSet + threshold;
    nodes.missing[node] = MISSING.right;
  }
  return { tree: { ...common, ...nodes }, leafCount, linear };
}

const NO_NODES = {
  test: Uint8Array.of(TEST.leaf),
  feature: new Int32Array(1),
  threshold: new Float64Array(1),
  left: new Int32Array(1),
  right: new Int32Array(1),
  missing: new Uint8Array(1),
};

/** LightGBM takes numbers within NEARLY_ZERO of 0 for 0 before it compares them; moving the thresholds among them does that. */
function toThreshold(threshold: number): number {
  if (Math.abs(threshold) > NEARLY_ZERO) return threshold;
  return threshold >= 0 ? NEARLY_ZERO : BELOW_ZERO;
}

/** The greatest number that is below 0 and not nearly zero: the double before -NEARLY_ZERO. */
const BELOW_ZERO = (() => {
  const bits = new BigInt64Array(1);
  const number = new Float64Array(bits.buffer);
  number[0] = NEARLY_ZERO;
  bits[0] = (bits[0] as bigint) + 1n;
  return -number[0];
})();

function toMissing(decision: number, threshold: number): number {
  const isLeft = (decision & DEFAULT_LEFT) !== 0;
  switch (MISSING_TYPES[decision >> 2]) {
    case 'zero':
      return isLeft ? MISSING.leftWithZero : MISSING.rightWithZero;
    case 'nan':
      return isLeft ? MISSING.left : MISSING.right;
    default:
      // NaN is compared as 0.
      return threshold >= 0 ? MISSING.left : MISSING.right;
  }
}

/** Reads the sets of a tree: bits in words of 32, one word after the other. */
function readSets(reader: TreeReader, { sets, used }: TreeContext): void {
  const count = reader.readCount('num_cat', 0);
  if (count === 0) return;
  const boundaries = reader.readIntegers('cat_boundaries', count + 1, 0);
  const wordCount = boundaries[count] as number;
  const words = reader.readNumbers('cat_threshold', wordCount);
  if (words.some((word) => !(Number.isInteger(word) && word >= 0 && word < 2 ** 32)))
    throw reader.fail('cat_threshold', 'integers of 32 bits');
  for (let set = 0, from = boundaries[0] as number; set < count; set++) {
    const to = boundaries[set + 1] as number;
    if ((set === 0 && from !== 0) || to < from || to > wordCount)
      throw reader.fail('cat_boundaries', 'ascending integers from 0');
    const own = words.subarray(from, to);
    const memberCount = own.reduce((sum, word) => sum + countBits(word), 0);
    used.members += memberCount;
    if (used.members > MAX_MEMBERS)
      throw reader.fail('cat_threshold', `at most ${MAX_MEMBERS} categories in all sets; train with fewer`);
    sets.push(listMembers(own, memberCount));
    from = to;
  }
}

function countBits(word: number): number {
  let count = 0;
  // The operator & makes a word of 32 bits signed, and clears its lowest bit that is set.
  for (let rest = word | 0; rest !== 0; rest &= rest - 1) count++;
  return count;
}

/** The numbers of the bits that are set. */
function listMembers(words: Float64Array, count: number): Int32Array {
  const members = new Int32Array(count);
  let length = 0;
  words.forEach((word, index) => {
    for (let bit = 0; bit < 32; bit++) {
      if (((word >>> bit) & 1) === 1) members[length++] = 32 * index + bit;
    }
  });
  return members;
}

function readLinear(reader: TreeReader, leafCount: number, { featureCount }: TreeContext): LinearTree {
  const constant = reader.readNumbers('leaf_const', leafCount);
  const counts = reader.readIntegers('num_features', leafCount, 0, featureCount);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const feature = reader.readIntegers('leaf_features', total, 0, featureCount - 1);
  return { constant, counts, feature, coefficient: reader.readNumbers('leaf_coeff', total) };
}

/** Reads the values of a tree by key. */
class TreeReader {
  readonly #block: Block;
  readonly #line: number;
  readonly #place: string;

  constructor(block: Block, line: number, place: string) {
    this.#block = block;
    this.#line = line;
    this.#place = place;
  }

  /** The error of a line of the tree; that of its first line if there is no such line. */
  fail(key: string, expected: string) {
    return toLineError(this.#place, this.#block.get(key)?.line ?? this.#line, `${key}: expected ${expected}`);
  }

  readCount(key: string, missing?: number): number {
    if (missing !== undefined && !this.#block.has(key)) return missing;
    const [count] = parseIntegers(this.#get(key), 1, 0) ?? [];
    if (count === undefined) throw this.fail(key, 'a count');
    return count;
  }

  readNumbers(key: string, count: number, expected: 'numbers' | 'finite numbers' = 'finite numbers'): Float64Array {
    const numbers = parseNumbers(this.#get(key), count, expected === 'numbers');
    if (!numbers) throw this.fail(key, `${count} ${expected}`);
    return numbers;
  }

  readIntegers(key: string, count: number, min: number, max?: number): Int32Array {
    const integers = parseIntegers(this.#get(key), count, min, max);
    if (!integers) throw this.fail(key, `${count} integers from ${min}${max === undefined ? '' : ` to ${max}`}`);
    return integers;
  }

  #get(key: string): LineValue {
    const value = this.#block.get(key);
    if (!value) throw this.fail(key, 'such a line');
    return value;
  }
}
