/**
 * Trees for the forest kernel. A node with children c1, c2, … becomes a chain of tests: c1, else c2, …, else what
 * noTrueChildStrategy says. That is exact for every node whose predicates are simple, except for some strategies for missing
 * values; rows with missing values are then left to the general evaluator (score-tree.ts).
 */
import { compileForest } from '../../forest/compile-forest.ts';
import { MISSING } from '../../forest/missing-values.ts';
import { TEST, type Tree, type TreeEnsemble } from '../../forest/tree-ensemble.ts';
import { GrowingFloats, GrowingIntegers } from './growing-numbers.ts';
import {
  OPERATOR,
  type ForestPlan,
  type MissingStrategy,
  type PredicatesPlan,
  type TreePlan,
  type Value,
} from './plan.ts';

/** What the conversion of a tree needs. */
export interface TreeSource {
  readonly tree: TreePlan;
  readonly predicates: PredicatesPlan;
  readonly missing: MissingStrategy;
  readonly returnsLast: boolean;
}

/** Collects the features of trees, and the codes of their categories. */
class Features {
  private readonly indexes = new Map<number, number>();
  readonly list: { readonly slot: number; readonly codes: Map<Value, number> | undefined }[] = [];
  readonly sets: number[][] = [];
  private readonly setIndexes = new Map<string, number>();
  private readonly categories = new Set<number>();

  constructor(sources: readonly TreeSource[]) {
    for (const { predicates } of sources) {
      const { operator, slot, index, sets } = predicates;
      operator.forEach((code, at) => {
        const isValue = code === OPERATOR.equalValue || code === OPERATOR.notEqualValue;
        const isSet = code === OPERATOR.isIn || code === OPERATOR.isNotIn;
        const members = isSet ? (sets[index[at] as number] as readonly Value[]) : [];
        if (isValue || members.some((member) => typeof member !== 'number')) this.categories.add(slot[at] as number);
      });
    }
  }

  /** The index of a slot's feature. A field is of one type: all predicates take it as a number, or as a category. */
  toIndex(slot: number): number {
    let index = this.indexes.get(slot);
    if (index === undefined) {
      index = this.list.push({ slot, codes: this.categories.has(slot) ? new Map<Value, number>() : undefined }) - 1;
      this.indexes.set(slot, index);
    }
    return index;
  }

  /** The index of a set of values of a feature. */
  toSet(feature: number, values: readonly Value[]): number {
    const { codes } = this.list[feature] as { codes: Map<Value, number> | undefined };
    const members = values.map((value) => {
      if (!codes) return value as number;
      const code = codes.get(value) ?? codes.size;
      codes.set(value, code);
      return code;
    });
    const key = members.join();
    const known = this.setIndexes.get(key);
    if (known !== undefined) return known;
    const index = this.sets.push(members) - 1;
    this.setIndexes.set(key, index);
    return index;
  }
}

/** A test as the kernel has it: whether the predicate holds on the left, and where missing values go in it. */
interface Test {
  readonly code: number;
  readonly feature: number;
  readonly threshold: number;
  readonly isLeft: boolean;
  /** Whether the predicate is true for a missing value: only isMissing is. */
  readonly takesMissing: boolean;
  /** Whether a missing value makes it unknown. */
  readonly isUnknown: boolean;
}

/** The predicate as a test; 'always', 'never', or undefined where the kernel has no such test. */
function toTest(predicates: PredicatesPlan, index: number, features: Features): Test | 'always' | 'never' | undefined {
  const { operator, slot, number, index: value, values, sets } = predicates;
  const code = operator[index] as number;
  if (code === OPERATOR.true) return 'always';
  if (code === OPERATOR.false) return 'never';
  if (code >= OPERATOR.and && code <= OPERATOR.surrogate) return undefined;
  if (code >= OPERATOR.lessRank) return undefined;
  const isSet = code === OPERATOR.isIn || code === OPERATOR.isNotIn;
  const members = isSet ? (sets[value[index] as number] as readonly Value[]) : [];
  const isValue = code === OPERATOR.equalValue || code === OPERATOR.notEqualValue;
  const feature = features.toIndex(slot[index] as number);
  const base = { feature, takesMissing: false, isUnknown: true };
  const bound = number[index] as number;
  switch (code) {
    case OPERATOR.less:
      return { ...base, code: TEST.less, threshold: bound, isLeft: true };
    case OPERATOR.atMost:
      return { ...base, code: TEST.atMost, threshold: bound, isLeft: true };
    case OPERATOR.greater:
      return { ...base, code: TEST.atMost, threshold: bound, isLeft: false };
    case OPERATOR.atLeast:
      return { ...base, code: TEST.less, threshold: bound, isLeft: false };
    case OPERATOR.isMissing:
      return { ...base, code: TEST.atMost, threshold: Infinity, isLeft: false, takesMissing: true, isUnknown: false };
    case OPERATOR.isNotMissing:
      return { ...base, code: TEST.atMost, threshold: Infinity, isLeft: true, isUnknown: false };
    default: {
      const isPositive = code === OPERATOR.equal || code === OPERATOR.equalValue || code === OPERATOR.isIn;
      const list = isSet ? members : [isValue ? (values[value[index] as number] as Value) : bound];
      return { ...base, code: TEST.inSet, threshold: features.toSet(feature, list), isLeft: isPositive };
    }
  }
}

/** Whether exactly one of two tests holds for every value that is not missing. */
function areOpposite(one: Test, other: Test): boolean {
  return (
    one.code === other.code &&
    one.feature === other.feature &&
    one.threshold === other.threshold &&
    one.isLeft !== other.isLeft &&
    one.isUnknown &&
    other.isUnknown
  );
}

interface Converted {
  readonly tree: Omit<Tree, 'value' | 'output'>;
  /** The node of the PMML tree that a leaf stands for. */
  readonly nodes: Int32Array;
  readonly takesMissing: boolean;
}

/** Converts a tree; undefined where the kernel has no such tests, or where a row may end without a node. */
function convert({ tree, predicates, missing, returnsLast }: TreeSource, features: Features): Converted | undefined {
  const test = new GrowingIntegers();
  const feature = new GrowingIntegers();
  const threshold = new GrowingFloats();
  const left = new GrowingIntegers();
  const right = new GrowingIntegers();
  const directions = new GrowingIntegers();
  const nodes = new GrowingIntegers();
  let takesMissing = true;
  const addNode = () => {
    test.push(TEST.leaf);
    feature.push(0);
    threshold.push(0);
    left.push(0);
    right.push(0);
    directions.push(MISSING.right);
    return nodes.push(-1);
  };
  const { firstChild, nextSibling, score } = tree;
  const root = toTest(predicates, tree.predicate[0] as number, features);
  if (root !== 'always') return undefined;
  const pending: { readonly node: number; readonly target: number }[] = [{ node: 0, target: addNode() }];
  for (let next = pending.pop(); next; next = pending.pop()) {
    const { node } = next;
    let at = next.target;
    let child = firstChild[node] as number;
    if (child < 0) {
      if (Number.isNaN(score[node])) return undefined;
      nodes.set(at, node);
      continue;
    }
    let isOpen = true;
    let previous: Test | undefined;
    for (; child >= 0 && isOpen; child = nextSibling[child] as number) {
      const found = toTest(predicates, tree.predicate[child] as number, features);
      if (found === undefined) return undefined;
      if (found === 'never') continue;
      if (found === 'always') {
        pending.push({ node: child, target: at });
        isOpen = false;
        continue;
      }
      const following = nextSibling[child] as number;
      if (previous && areOpposite(previous, found)) {
        // What the test before leaves is what this one takes.
        pending.push({ node: child, target: at });
        isOpen = false;
        continue;
      }
      const second = following < 0 ? undefined : toTest(predicates, tree.predicate[following] as number, features);
      const isPair = typeof second === 'object' && areOpposite(found, second);
      const other = isPair || second === 'always' ? following : -1;
      const holds = addNode();
      const fails = addNode();
      test.set(at, found.code);
      feature.set(at, found.feature);
      threshold.set(at, found.threshold);
      left.set(at, found.isLeft ? holds : fails);
      right.set(at, found.isLeft ? fails : holds);
      const goes = toDirection(found, missing, tree, node, child, other);
      if (goes === undefined) takesMissing = false;
      directions.set(at, (goes === true) === found.isLeft ? MISSING.left : MISSING.right);
      pending.push({ node: child, target: holds });
      // With `none`, a missing value fails both of a pair.
      if (isPair && missing === 'none') takesMissing = false;
      previous = found;
      at = fails;
    }
    if (isOpen) {
      if (!returnsLast || Number.isNaN(score[node])) return undefined;
      nodes.set(at, node);
    }
  }
  return {
    tree: {
      test: test.toArray(),
      feature: feature.toArray(),
      threshold: threshold.toArray(),
      left: left.toArray(),
      right: right.toArray(),
      missing: directions.toArray(),
    },
    nodes: nodes.toArray(),
    takesMissing,
  };
}

/** Whether a missing value goes where the test holds; undefined where it goes to neither side. */
function toDirection(
  { isUnknown, takesMissing }: Test,
  strategy: MissingStrategy,
  { defaultChild }: TreePlan,
  node: number,
  child: number,
  opposite: number,
): boolean | undefined {
  if (!isUnknown) return takesMissing;
  if (strategy === 'none') return false;
  if (strategy !== 'defaultChild') return undefined;
  const target = defaultChild[node] as number;
  if (target === child) return true;
  return target === opposite && opposite >= 0 ? false : undefined;
}

/** The forest of one tree, whose leaves are the numbers of nodes. */
export function toForestOfNodes(source: TreeSource, place: string): ForestPlan | undefined {
  const features = new Features([source]);
  const converted = convert(source, features);
  if (!converted || features.list.length === 0) return undefined;
  const value = Float64Array.from(converted.nodes, (node) => Math.max(node, 0));
  return compile([{ ...converted.tree, value }], 1, converted.takesMissing, features, place, 'sum', 64);
}

/**
 * The forest of many trees, whose leaves are summed.
 * @param toLeaf writes the values of a node of a tree into `values` at `at`, `width` of them
 */
export function toForestOfTrees(
  sources: readonly TreeSource[],
  width: number,
  toLeaf: (tree: number, node: number, values: Float64Array, at: number) => void,
  bits: 32 | 64,
  place: string,
): ForestPlan | undefined {
  const features = new Features(sources);
  const trees: Tree[] = [];
  let takesMissing = true;
  let size = 0;
  for (const [index, source] of sources.entries()) {
    const converted = convert(source, features);
    if (!converted) return undefined;
    takesMissing &&= converted.takesMissing;
    size += converted.nodes.length * width;
    // Beyond this, the arrays of leaves would take gigabytes.
    if (size > 2 ** 27) return undefined;
    const value = new Float64Array(converted.nodes.length * width);
    converted.nodes.forEach((node, leaf) => {
      if (node >= 0) toLeaf(index, node, value, leaf * width);
    });
    if (value.some((number) => !Number.isFinite(number))) return undefined;
    trees.push(width === 1 ? { ...converted.tree, value, output: 0 } : { ...converted.tree, value });
  }
  if (features.list.length === 0) return undefined;
  return compile(trees, width, takesMissing, features, place, 'sum', bits);
}

function compile(
  trees: readonly Tree[],
  outputCount: number,
  takesMissing: boolean,
  { list, sets }: Features,
  place: string,
  aggregation: TreeEnsemble['aggregation'],
  sums: 32 | 64,
): ForestPlan {
  const ensemble: TreeEnsemble = {
    featureCount: list.length,
    outputCount,
    trees,
    precision: { cells: 64, thresholds: 64, sums },
    aggregation,
    sets,
  };
  return {
    forest: compileForest(ensemble, place),
    features: list.map(({ slot, codes }) => ({ slot, ...(codes && { values: [...codes.keys()] }) })),
    takesMissing,
  };
}
