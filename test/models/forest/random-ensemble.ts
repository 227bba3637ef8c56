/** Random ensembles and rows for them, determined by a seed. */
import { NEARLY_ZERO } from '../../../models/forest/missing-values.ts';
import { TEST, type Tree, type TreeEnsemble } from '../../../models/forest/tree-ensemble.ts';
import { Random } from '../../../training/forest/random.ts';

/** The properties of an ensemble that are not random. */
export interface EnsembleWishes extends Required<Pick<TreeEnsemble, 'precision' | 'aggregation' | 'categories'>> {
  /** Whether each tree contributes to one output only. */
  readonly hasOutput: boolean;
}

const FEATURES = 4;
const GREATEST_32 = 2 ** 128 - 2 ** 104;

/** Numbers at which rounding, comparing or ranking may go wrong. */
const NUMBERS = [
  ...[0, -0, 0.1, 1, -1, 2, 3, 1 / 3, 1e-36, NEARLY_ZERO, -NEARLY_ZERO, 1e-35, Number.MIN_VALUE, 2 ** -149, 2 ** -150],
  ...[-(2 ** -150), 2 ** -126, 1e300, -1e300, Number.MAX_VALUE, -Number.MAX_VALUE, Infinity, -Infinity, 2 ** 24 + 1],
  ...[GREATEST_32, -GREATEST_32, 2 ** 128 - 2 ** 103, 2 ** 128, 1e39, -1e39],
];
const MEMBERS = [-3, -1, -0, 0, 1, 2, 3, 5, 8, 63, 64, 255, 1000, 2 ** 24, 2 ** 24 + 1, 2 ** 31];
const CELLS = [NaN, NaN, -0.5, 0.5, 2.5, -1.5, 1e300, -1e300, 2 ** 32 + 1, 2 ** 53, ...NUMBERS, ...MEMBERS];

const pick = <Item>(random: Random, items: readonly Item[]): Item => items[random.below(items.length)] as Item;
const uniform = (random: Random) => random.next() / 2 ** 32;

/** The neighbours of a number: with 64 bits, with 32 bits, and halfway between those with 32 bits. */
function listNeighbours(x: number): number[] {
  const near = Math.fround(x);
  const ulp = Math.max(2 ** -149, Math.abs(near) * 2 ** -23);
  const nextTo = (y: number) => [y, y * (1 + Number.EPSILON), y * (1 - Number.EPSILON), y + 5e-324, y - 5e-324];
  return [
    x,
    near,
    Math.fround(near + ulp),
    Math.fround(near - ulp),
    near + ulp / 2,
    near - ulp / 2,
    near + ulp / 4,
    near - ulp / 4,
  ]
    .flatMap(nextTo)
    .filter((y) => !Number.isNaN(y));
}

/** Makes an ensemble of a few trees, some of them a single leaf, some deep. */
export function makeEnsemble(seed: number, { hasOutput, ...wishes }: EnsembleWishes): TreeEnsemble {
  const random = new Random(seed);
  const outputCount = 1 + random.below(4);
  const sets = Array.from({ length: 1 + random.below(60) }, () => {
    const members = Array.from({ length: random.below(12) }, () => pick(random, MEMBERS));
    return wishes.categories === 'equal' ? [...members, pick(random, [0.5, 0.1, -2.5])] : members;
  });
  const thresholds = Array.from({ length: 1 + random.below(30) }, () =>
    random.below(3) === 0 ? uniform(random) * 4 - 2 : pick(random, NUMBERS),
  );
  const makeTree = (): Tree => {
    const leafWidth = hasOutput ? 1 : outputCount;
    const tree = { test: [0], feature: [-1], threshold: [NaN], left: [-1], right: [-1], missing: [9] };
    for (let splits = pick(random, [0, 1, 3, 10, 40]); splits > 0; splits--) {
      const leaves = tree.test.flatMap((code, node) => (code === TEST.leaf ? [node] : []));
      // Splitting the last leaf repeatedly makes a chain.
      const node = random.below(2) === 0 ? (leaves.at(-1) as number) : pick(random, leaves);
      const code = 1 + random.below(3);
      tree.test[node] = code;
      tree.feature[node] = random.below(FEATURES);
      tree.threshold[node] = code === TEST.inSet ? random.below(sets.length) : pick(random, thresholds);
      tree.missing[node] = random.below(4);
      const children = [tree.test.length, tree.test.length + 1] as const;
      [tree.left[node], tree.right[node]] = random.below(2) === 0 ? children : [children[1], children[0]];
      for (const key of ['test', 'feature', 'threshold', 'left', 'right', 'missing'] as const) {
        tree[key].push(...(key === 'test' ? [0, 0] : [-1, -1]));
      }
    }
    const value = tree.test.flatMap((code) =>
      Array.from({ length: leafWidth }, () =>
        code === TEST.leaf ? pick(random, [0, 0.1, 1 / 3, 1e8, -1e8, uniform(random)]) : NaN,
      ),
    );
    const { missing, ...rest } = tree;
    return {
      ...rest,
      value,
      ...(random.below(4) > 0 && { missing }),
      ...(hasOutput && { output: random.below(outputCount) }),
    };
  };
  return {
    ...wishes,
    featureCount: FEATURES,
    outputCount,
    trees: Array.from({ length: 1 + random.below(20) }, makeTree),
    sets,
    ...(wishes.aggregation === 'sum' && { base: Array.from({ length: outputCount }, () => uniform(random) - 0.5) }),
  };
}

/** Makes rows with many cells on a threshold or a member of a set, or next to one. */
export function makeRows(seed: number, { trees, sets = [] }: TreeEnsemble, count: number): number[][] {
  const random = new Random(seed, 1);
  const thresholds = trees.flatMap(({ threshold, test }) =>
    Array.from(threshold).filter((_, node) => test[node] === TEST.less || test[node] === TEST.atMost),
  );
  const near = [...thresholds, ...sets.flatMap((set) => Array.from(set))].flatMap(listNeighbours);
  const makeCell = () => {
    const way = random.below(4);
    if (way === 0 || near.length === 0) return pick(random, CELLS);
    return way === 1 ? uniform(random) * 4 - 2 : pick(random, near);
  };
  return Array.from({ length: count }, () => Array.from({ length: FEATURES }, makeCell));
}
