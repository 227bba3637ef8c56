/** Generates a boosted ensemble of 1000 trees of 31 leaves, LightGBM's default, and rows for it, both from a seed. */
import { MISSING } from '../models/forest/missing-values.ts';
import { TEST, type Tree, type TreeEnsemble } from '../models/forest/tree-ensemble.ts';
import { Random } from '../training/forest/random.ts';

const TREES = 1000;
const LEAVES = 31;
/** The number of numeric features, which come first, and the number of categories of each other feature. */
const NUMBERS = 14;
const CATEGORIES = [5, 5, 5, 30, 30, 300] as const;
const FEATURES = NUMBERS + CATEGORIES.length;
/** The number of thresholds per feature: those between 255 bins. */
const THRESHOLDS = 254;
/** The fraction of cells that are missing. */
const MISSING_SHARE = 0.05;

/**
 * Makes the ensemble.
 * @param kind `mixed`: missing values go left or right, node by node, and a third of the nodes test a category set;
 * `numbers`: all nodes compare numbers, and missing values go right
 */
export function makeBoostedEnsemble(kind: 'mixed' | 'numbers'): TreeEnsemble {
  const random = new Random(1);
  const sets: number[][] = [];
  const makeSet = (feature: number) => {
    const count = CATEGORIES[feature - NUMBERS] as number;
    return sets.push(Array.from({ length: count }, (_, code) => code).filter(() => random.below(3) === 0)) - 1;
  };
  const makeTree = (): Tree => {
    const inner = LEAVES - 1;
    const tree = { test: [0], feature: [-1], threshold: [0], left: [-1], right: [-1], missing: [0] };
    const leaves = [0];
    for (let split = 0; split < inner; split++) {
      // Any leaf may be split next, so trees are uneven.
      const [node] = leaves.splice(random.below(leaves.length), 1) as [number];
      const testsSet = kind === 'mixed' && random.below(3) === 0;
      const feature = testsSet ? NUMBERS + random.below(CATEGORIES.length) : random.below(NUMBERS);
      tree.feature[node] = feature;
      tree.test[node] = testsSet ? TEST.inSet : TEST.atMost;
      tree.threshold[node] = testsSet ? makeSet(feature) : toThreshold(feature, random.below(THRESHOLDS));
      tree.missing[node] = kind === 'mixed' && random.below(2) === 0 ? MISSING.left : MISSING.right;
      for (const side of ['left', 'right'] as const) {
        tree[side][node] = tree.test.length;
        leaves.push(tree.test.length);
        tree.test.push(TEST.leaf);
        for (const key of ['feature', 'threshold', 'left', 'right', 'missing'] as const) tree[key].push(0);
      }
    }
    return { ...tree, value: tree.test.map(() => toNormal(random) / 100), output: 0 };
  };
  return {
    featureCount: FEATURES,
    outputCount: 1,
    trees: Array.from({ length: TREES }, makeTree),
    precision: { cells: 64, thresholds: 64, sums: 64 },
    aggregation: 'sum',
    sets,
    categories: 'truncated',
  };
}

/** Makes rows for it, as a matrix for the kernel. */
export function makeBoostedRows(count: number): Float64Array {
  const random = new Random(2);
  return Float64Array.from({ length: count * FEATURES }, (_, cell) => {
    const feature = cell % FEATURES;
    if (random.below(1000) < 1000 * MISSING_SHARE) return NaN;
    const categories = CATEGORIES[feature - NUMBERS];
    return categories === undefined ? toNormal(random) : random.below(categories);
  });
}

/** A threshold of a feature, roughly a normal quantile; the last one is LightGBM's for "not missing". */
function toThreshold(feature: number, index: number): number {
  if (index === THRESHOLDS - 1) return 1e300;
  const share = (index + 1 + feature / NUMBERS) / (THRESHOLDS + 2);
  return Math.log(share / (1 - share)) / 1.7;
}

function toNormal(random: Random): number {
  const uniform = () => random.next() / 2 ** 32;
  return Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}
