/** A boosted ensemble as LightGBM makes them by default, 1000 trees of 31 leaves, and rows for it; both made from a seed. */
import { MISSING } from '../models/forest/missing-values.ts';
import { TEST, type Tree, type TreeEnsemble } from '../models/forest/tree-ensemble.ts';
import { Random } from '../training/forest/random.ts';

const TREES = 1000;
const LEAVES = 31;
/** Features: numbers, then categories. */
const NUMBERS = 14;
const CATEGORIES = [5, 5, 5, 30, 30, 300] as const;
const FEATURES = NUMBERS + CATEGORIES.length;
/** How many thresholds a feature has, as many as there are between 255 bins. */
const THRESHOLDS = 254;
/** The share of cells that are missing. */
const MISSING_SHARE = 0.05;

/**
 * Makes the ensemble.
 * @param kind `mixed`: missing values go left or right, node by node, and a third of the nodes ask for a set of categories;
 * `numbers`: no node does, and missing values go right
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
      // The best leaf first: trees are uneven.
      const [node] = leaves.splice(random.below(leaves.length), 1) as [number];
      const asksForSet = kind === 'mixed' && random.below(3) === 0;
      const feature = asksForSet ? NUMBERS + random.below(CATEGORIES.length) : random.below(NUMBERS);
      tree.feature[node] = feature;
      tree.test[node] = asksForSet ? TEST.inSet : TEST.atMost;
      tree.threshold[node] = asksForSet ? makeSet(feature) : toThreshold(feature, random.below(THRESHOLDS));
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

/** Rows for it: row by row, as the kernel takes them. */
export function makeBoostedRows(count: number): Float64Array {
  const random = new Random(2);
  return Float64Array.from({ length: count * FEATURES }, (_, cell) => {
    const feature = cell % FEATURES;
    if (random.below(1000) < 1000 * MISSING_SHARE) return NaN;
    const categories = CATEGORIES[feature - NUMBERS];
    return categories === undefined ? toNormal(random) : random.below(categories);
  });
}

/** The thresholds of a feature, denser where its numbers are; the last is LightGBM's for all that is not missing. */
function toThreshold(feature: number, index: number): number {
  if (index === THRESHOLDS - 1) return 1e300;
  const share = (index + 1 + feature / NUMBERS) / (THRESHOLDS + 2);
  return Math.log(share / (1 - share)) / 1.7;
}

function toNormal(random: Random): number {
  const uniform = () => random.next() / 2 ** 32;
  return Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}
