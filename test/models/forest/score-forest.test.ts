import { expect } from 'chai';
import { compileForest } from '../../../models/forest/compile-forest.ts';
import { MISSING, NEARLY_ZERO } from '../../../models/forest/missing-values.ts';
import { listLeaves, scoreForest } from '../../../models/forest/score-forest.ts';
import { TEST, type Tree, type TreeEnsemble } from '../../../models/forest/tree-ensemble.ts';
import { makeEnsemble, makeRows } from './random-ensemble.ts';
import { listLeavesByDefinition, scoreByDefinition } from './reference-walk.ts';

type Rows = readonly (readonly number[])[];

const SINGLE = { cells: 32, thresholds: 32, sums: 32 } as const;
const DOUBLE = { cells: 64, thresholds: 64, sums: 64 } as const;

/** A tree of one test, worth 1 if it holds and 0 if not. */
function ask(test: keyof typeof TEST, threshold: number, missing: number = MISSING.right): Tree {
  return {
    test: [TEST[test], TEST.leaf, TEST.leaf],
    feature: [0, -1, -1],
    threshold: [threshold, NaN, NaN],
    left: [1, -1, -1],
    right: [2, -1, -1],
    missing: [missing, -1, -1],
    value: [NaN, 1, 0],
    output: 0,
  };
}

/** A tree that is a single leaf. */
function toLeaf(...value: number[]): Tree {
  return { test: [TEST.leaf], feature: [-1], threshold: [NaN], left: [-1], right: [-1], value };
}

/** A tree of one feature that continues on one side, level after level; the leaf of a level is worth its number. */
function chain(thresholds: readonly number[], { side = 'right', feature = 0, missing = 0 } = {}): Tree {
  const levels = thresholds.length;
  // Inner nodes come first, then the leaves. The chain ends in the last leaf.
  const onwards = Array.from({ length: levels }, (_, level) => (level === levels - 1 ? 2 * levels : level + 1));
  const leaves = Array.from({ length: levels }, (_, level) => levels + level);
  const rest = new Array<number>(levels + 1).fill(-1);
  return {
    test: [...new Array<number>(levels).fill(TEST.less), ...new Array<number>(levels + 1).fill(TEST.leaf)],
    feature: [...new Array<number>(levels).fill(feature), ...rest],
    threshold: [...thresholds, ...rest],
    left: [...(side === 'left' ? onwards : leaves), ...rest],
    right: [...(side === 'left' ? leaves : onwards), ...rest],
    missing: [...new Array<number>(levels).fill(missing), ...rest],
    value: Array.from({ length: 2 * levels + 1 }, (_, node) => node - levels),
    output: 0,
  };
}

function toEnsemble(trees: readonly Tree[], parts: Partial<TreeEnsemble> = {}): TreeEnsemble {
  return { featureCount: 1, outputCount: 1, trees, precision: DOUBLE, aggregation: 'sum', ...parts };
}

function score(ensemble: TreeEnsemble, rows: Rows): number[][] {
  const scores = scoreForest(compileForest(ensemble, 'model.json'), Float64Array.from(rows.flat()));
  return rows.map((_, row) => [...scores.slice(row * ensemble.outputCount, (row + 1) * ensemble.outputCount)]);
}

/** The scores of one tree for cells of one feature, by the kernel. */
function answer(tree: Tree, cells: readonly number[], parts: Partial<TreeEnsemble> = {}): number[] {
  const rows = cells.map((cell) => [cell]);
  return score(toEnsemble([tree], parts), rows).flat();
}

/** Compares the kernel with the reference, bit by bit. */
function compare(ensemble: TreeEnsemble, rows: Rows): void {
  const forest = compileForest(ensemble, 'model.json');
  const matrix = Float64Array.from(rows.flat());
  const expected = Float64Array.from(scoreByDefinition(ensemble, rows).flat());
  expect(toBytes(scoreForest(forest, matrix)).equals(toBytes(expected))).to.equal(true, 'the scores differ');
  if (ensemble.trees[0]?.output === undefined && ensemble.outputCount > 1) return;
  const leaves = Float64Array.from(listLeavesByDefinition(ensemble, rows).flat());
  if (ensemble.aggregation !== 'vote') {
    expect(toBytes(listLeaves(forest, matrix)).equals(toBytes(leaves))).to.equal(true, 'the leaves differ');
  }
}

function toBytes(numbers: Float64Array): Buffer {
  return Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}

describe('a forest', () => {
  describe('compares', () => {
    const above = 0.1 + 2 ** -56;
    const near = Math.fround(0.1);

    it('a number with a threshold: less, or less or equal', () => {
      expect(answer(ask('less', 0.1), [0, 0.1, above, -Infinity, Infinity])).to.deep.equal([1, 0, 0, 1, 0]);
      expect(answer(ask('atMost', 0.1), [0, 0.1, above, -Infinity, Infinity])).to.deep.equal([1, 1, 0, 1, 0]);
    });

    it('0 and -0 as the same number', () => {
      for (const threshold of [0, -0]) {
        expect(answer(ask('less', threshold), [0, -0, -5e-324])).to.deep.equal([0, 0, 1]);
        expect(answer(ask('atMost', threshold), [0, -0, 5e-324])).to.deep.equal([1, 1, 0]);
      }
    });

    it('in 32 bits, like XGBoost: both sides are rounded', () => {
      expect(answer(ask('less', 0.1), [0.1, above, near], { precision: SINGLE })).to.deep.equal([0, 0, 0]);
      expect(answer(ask('less', 0.1), [near - 2 ** -27, 0.1 - 1e-9], { precision: SINGLE })).to.deep.equal([1, 0]);
    });

    it('a cell of 32 bits with a threshold of 64 bits, like scikit-learn', () => {
      const precision = { ...SINGLE, thresholds: 64 } as const;
      // 0.1 becomes 0.10000000149011612, which is above the threshold.
      expect(answer(ask('atMost', 0.1), [0.1], { precision })).to.deep.equal([0]);
      expect(answer(ask('atMost', 0.1), [0.1], { precision: SINGLE })).to.deep.equal([1]);
      expect(answer(ask('atMost', 0.1), [0.1])).to.deep.equal([1]);
    });

    it('numbers that become 0 or infinite in 32 bits', () => {
      expect(answer(ask('less', 0), [-1e-46, -1e-45], { precision: SINGLE })).to.deep.equal([0, 1]);
      const greatest = Math.fround(3.4028234663852886e38);
      expect(answer(ask('atMost', greatest), [3.4028235e38, 3.41e38], { precision: SINGLE })).to.deep.equal([1, 0]);
      expect(answer(ask('less', Infinity), [3.4028235e38, 3.41e38, Infinity], { precision: SINGLE })).to.deep.equal([
        1, 0, 0,
      ]);
    });

    it('with infinite thresholds: every number is at most Infinity, and none is less than -Infinity', () => {
      const cells = [-Infinity, -1e30, 0, Infinity, NaN];
      for (const precision of [SINGLE, DOUBLE]) {
        expect(answer(ask('atMost', Infinity), cells, { precision })).to.deep.equal([1, 1, 1, 1, 0]);
        expect(answer(ask('atMost', Infinity, MISSING.left), cells, { precision })).to.deep.equal([1, 1, 1, 1, 1]);
        expect(answer(ask('less', -Infinity), cells, { precision })).to.deep.equal([0, 0, 0, 0, 0]);
        expect(answer(ask('less', -Infinity, MISSING.left), cells, { precision })).to.deep.equal([0, 0, 0, 0, 1]);
        expect(answer(ask('atMost', -Infinity), cells, { precision })).to.deep.equal([1, 0, 0, 0, 0]);
      }
    });
  });

  describe('sends a missing value', () => {
    it('where the node says, and to the right by default', () => {
      expect(answer(ask('less', 1, MISSING.left), [NaN, 0, 2])).to.deep.equal([1, 1, 0]);
      expect(answer(ask('less', 1, MISSING.right), [NaN, 0, 2])).to.deep.equal([0, 1, 0]);
      const { missing: _, ...tree } = ask('less', 1, MISSING.left);
      expect(answer(tree, [NaN, 0, 2])).to.deep.equal([0, 1, 0]);
    });

    it('in both directions, if two nodes of one feature disagree', () => {
      const trees = [ask('less', 1, MISSING.left), ask('less', 1, MISSING.right), ask('atMost', 3, MISSING.left)];
      expect(score(toEnsemble(trees), [[NaN], [0], [2], [5]]).flat()).to.deep.equal([2, 3, 1, 0]);
    });

    it('and a number near 0, if the node says so, like LightGBM with zero_as_missing', () => {
      const next = NEARLY_ZERO + 2 ** -169;
      const cells = [NaN, 0, -0, NEARLY_ZERO, -NEARLY_ZERO, 1e-36, next, -next, 1, -1];
      expect(answer(ask('less', 0.5, MISSING.rightWithZero), cells)).to.deep.equal([0, 0, 0, 0, 0, 0, 1, 1, 0, 1]);
      expect(answer(ask('less', -0.5, MISSING.leftWithZero), cells)).to.deep.equal([1, 1, 1, 1, 1, 1, 0, 0, 0, 1]);
      expect(answer(ask('less', 0.5, MISSING.right), cells)).to.deep.equal([0, 1, 1, 1, 1, 1, 1, 1, 0, 1]);
    });

    it('and a number near 0 at one node, but not at another of the same feature', () => {
      const trees = [MISSING.right, MISSING.left, MISSING.rightWithZero, MISSING.leftWithZero].map((missing, index) => {
        const { value: _, ...tree } = ask('less', index === 3 ? -1 : 1, missing);
        return { ...tree, value: [0, 10 ** index, 0] };
      });
      expect(score(toEnsemble(trees), [[NaN], [0], [0.5], [-2], [2]]).flat()).to.deep.equal([1010, 1011, 111, 1111, 0]);
    });
  });

  describe('finds a category in a set', () => {
    const sets = [[0, 2, 3, 70], []];
    const cells = [0, 1, 2, 3, 70, 4, -1, -0.5, 2.5, 70.999, 71, 1e300, -1e300, 2 ** 32, Infinity, -Infinity, NaN];

    it('if it equals a member', () => {
      expect(answer(ask('inSet', 0), cells, { sets })).to.deep.equal([
        1, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
      ]);
    });

    it('if its floor is a member, like XGBoost', () => {
      expect(answer(ask('inSet', 0), cells, { sets, categories: 'floor' })).to.deep.equal([
        1, 0, 1, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0,
      ]);
    });

    it('if its integer part is a member, like LightGBM', () => {
      expect(answer(ask('inSet', 0), cells, { sets, categories: 'truncated' })).to.deep.equal([
        1, 0, 1, 1, 1, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0,
      ]);
    });

    it('and sends a missing one where the node says', () => {
      expect(answer(ask('inSet', 0, MISSING.left), [NaN, 0, 1], { sets })).to.deep.equal([1, 1, 0]);
      expect(answer(ask('inSet', 0, MISSING.rightWithZero), [NaN, 0, 2, 1], { sets })).to.deep.equal([0, 0, 1, 0]);
      expect(answer(ask('inSet', 1, MISSING.leftWithZero), [NaN, 0, 2, 1], { sets })).to.deep.equal([1, 1, 0, 0]);
    });

    it('but not in an empty set', () => {
      expect(answer(ask('inSet', 1), cells, { sets })).to.deep.equal(cells.map(() => 0));
      expect(answer(ask('inSet', 1, MISSING.left), [0, NaN], { sets })).to.deep.equal([0, 1]);
    });

    it('after rounding cells to 32 bits', () => {
      const parts = { sets, categories: 'floor', precision: SINGLE } as const;
      expect(answer(ask('inSet', 0), [1.99999999, 1.9999, -1e-46], parts)).to.deep.equal([1, 0, 1]);
    });
  });

  describe('adds up', () => {
    it('the base and the leaves of its trees', () => {
      const trees = [ask('less', 1), ask('less', 2), { ...toLeaf(100), output: 0 }];
      expect(score(toEnsemble(trees, { base: [0.5] }), [[0], [1.5], [3]]).flat()).to.deep.equal([102.5, 101.5, 100.5]);
    });

    it('in 64 or 32 bits, in the order of the trees', () => {
      const trees = [1e8, 1, 1, 1, 1, 0.1].map((value) => ({ ...toLeaf(value), output: 0 }));
      expect(score(toEnsemble(trees), [[0]])).to.deep.equal([[1e8 + 4.1]]);
      expect(score(toEnsemble(trees, { precision: SINGLE }), [[0]])).to.deep.equal([[1e8]]);
      const reversed = toEnsemble([...trees].reverse(), { precision: SINGLE, base: [0.1] });
      expect(score(reversed, [[0]])).to.deep.equal([[1e8 + 8]]);
    });

    it('each tree to its output', () => {
      const trees = [1, 2, 4, 8].map((value, index) => ({ ...toLeaf(value), output: index % 3 }));
      expect(score(toEnsemble(trees, { outputCount: 4, base: [0.5, 0, 0, 7] }), [[0]])).to.deep.equal([[9.5, 2, 4, 7]]);
    });

    it('leaves that have a value for each output', () => {
      const trees = [toLeaf(1, 2, 3), toLeaf(10, 20, 30)];
      expect(score(toEnsemble(trees, { outputCount: 3 }), [[0]])).to.deep.equal([[11, 22, 33]]);
    });
  });

  it('averages its trees, per output', () => {
    const trees = [1, 2, 4].map((value, index) => ({ ...toLeaf(value), output: index % 2 }));
    expect(score(toEnsemble(trees, { outputCount: 3, aggregation: 'mean' }), [[0]])).to.deep.equal([[2.5, 2, 0]]);
    const shares = [toLeaf(0.25, 0.75), toLeaf(1, 0)];
    expect(score(toEnsemble(shares, { outputCount: 2, aggregation: 'mean' }), [[0]])).to.deep.equal([[0.625, 0.375]]);
  });

  it('counts the votes of its trees, each for its first greatest value', () => {
    const trees = [toLeaf(5, 5, 1), toLeaf(-3, -2, -2), toLeaf(0, 0, 1), toLeaf(0, 0, 7)];
    expect(score(toEnsemble(trees, { outputCount: 3, aggregation: 'vote' }), [[0]])).to.deep.equal([[0.25, 0.25, 0.5]]);
  });

  it('lists the leaves of each row', () => {
    const forest = compileForest(toEnsemble([ask('less', 1), { ...toLeaf(7), output: 0 }]), 'model.json');
    expect([...listLeaves(forest, Float64Array.of(0, 2))]).to.deep.equal([1, 7, 0, 7]);
    const wide = compileForest(toEnsemble([toLeaf(1, 2)], { outputCount: 2 }), 'model.json');
    expect(() => listLeaves(wide, Float64Array.of(0))).to.throw('expected leaves with one value');
  });

  it('ignores nodes that cannot be reached', () => {
    const tree = { ...ask('less', 1), test: [1, 0, 0, 7], feature: [0, 0, 0, 99], threshold: [1, 0, 0, NaN] };
    const rest = { left: [1, 0, 0, 3], right: [2, 0, 0, -5], missing: [0, 0, 0, 77], value: [0, 1, 0, NaN] };
    expect(answer({ ...tree, ...rest }, [0, 2])).to.deep.equal([1, 0]);
  });

  it('accepts typed arrays as well as plain ones', () => {
    const tree: Tree = {
      test: Uint8Array.of(1, 0, 0),
      feature: Int32Array.of(0, -2, -2),
      threshold: Float32Array.of(0.1, 0, 0),
      left: Int32Array.of(1, -1, -1),
      right: Int32Array.of(2, -1, -1),
      missing: Uint8Array.of(1, 0, 0),
      value: Float32Array.of(0, 0.1, 0.2),
      output: 0,
    };
    const expected = [0.1, 0.2, 0.1].map(Math.fround);
    expect(answer(tree, [0, 1, NaN], { precision: SINGLE })).to.deep.equal(expected);
  });

  describe('equals the reference to the last bit', () => {
    const bits = [32, 64] as const;
    for (const cells of bits) {
      for (const thresholds of bits) {
        for (const sums of bits) {
          it(`with cells of ${cells} bits, thresholds of ${thresholds} and sums of ${sums}`, () => {
            let seed = 0;
            for (const aggregation of ['sum', 'mean', 'vote'] as const) {
              for (const categories of ['equal', 'floor', 'truncated'] as const) {
                for (const hasOutput of aggregation === 'vote' ? [false] : [false, true]) {
                  for (let round = 0; round < 5; round++) {
                    seed += 1;
                    const wishes = { precision: { cells, thresholds, sums }, aggregation, categories, hasOutput };
                    const ensemble = makeEnsemble(seed, wishes);
                    compare(ensemble, makeRows(seed, ensemble, 1 + (seed % 40)));
                  }
                }
              }
            }
          });
        }
      }
    }

    it('for thousands of rows with hundreds of features, which take several blocks', () => {
      const trees = Array.from({ length: 11 }, (_, tree): Tree => {
        const made = chain(
          Array.from({ length: 40 }, (_, level) => level / 40),
          { missing: tree % 4 },
        );
        return { ...made, feature: Array.from(made.feature, (_, node) => (node + tree) % 300) };
      });
      const rows = Array.from({ length: 1003 }, (_, row) =>
        Array.from({ length: 300 }, (_, column) =>
          (row + column) % 50 === 0 ? NaN : Math.abs(Math.sin(row * 300 + column)),
        ),
      );
      compare(toEnsemble(trees, { featureCount: 300 }), rows);
    });

    it('for chains of 100,000 levels, to the left and to the right', () => {
      const levels = Array.from({ length: 100_000 }, (_, level) => level);
      const rows = [-0.5, 0, 1.5, 77_776.5, 99_999, 1e6, NaN].map((cell) => [cell]);
      compare(
        toEnsemble([
          chain(levels),
          chain(
            levels.map((level) => -level),
            { side: 'left', missing: 1 },
          ),
        ]),
        rows,
      );
    });

    it('if a feature has more thresholds than a word has room for, beside thousands of features', () => {
      const wide = 5000;
      const many = Array.from({ length: 70_000 }, (_, level) => level);
      const trees = [
        {
          ...chain(many.slice(0, wide).fill(0.5)),
          feature: Array.from({ length: 2 * wide + 1 }, (_, node) => node % wide),
        },
        chain(many, { feature: 7 }),
        chain(many, { feature: 7, missing: MISSING.left }),
        chain(
          many.map((level) => level / 2),
          { feature: 8, missing: MISSING.rightWithZero },
        ),
        chain([...many.slice(1).reverse(), 1e300], { feature: 9, missing: MISSING.leftWithZero, side: 'left' }),
        { ...ask('atMost', Infinity), feature: [7, -1, -1] },
      ];
      const rows = [-1, 0, 32_766.5, 32_767, 40_000.5, 69_999, 1e9, NaN, 16_383.4].map((cell, row) =>
        Array.from({ length: wide }, (_, column) => (column >= 7 && column <= 9 ? cell : column < row * 500 ? 1 : 0)),
      );
      compare(toEnsemble(trees, { featureCount: wide }), rows);
    });

    it('with thousands of sets of hundreds of categories', () => {
      const sets = Array.from({ length: 3000 }, (_, set) =>
        Array.from({ length: 1 + (set % 300) }, (_, index) => (index * 7 + set * 13) % 997),
      );
      const trees = sets.map((_, set): Tree => ({
        ...ask('inSet', set, set % 4),
        feature: [set % 2, -1, -1],
        output: 0,
      }));
      const rows = Array.from({ length: 100 }, (_, row) => [row % 7 === 0 ? NaN : row * 10, (row * 31) % 1000]);
      compare(toEnsemble(trees, { featureCount: 2, sets, categories: 'floor' }), rows);
    });

    it('if a test that holds for all numbers meets a full column', () => {
      // 5000 features leave 14 bits for ranks, and one rank is reserved for missing values.
      const full = Array.from({ length: 2 ** 14 - 1 }, (_, level) => level);
      const trees = [
        ...Array.from({ length: 5000 }, (_, feature) => ({ ...ask('less', 0), feature: [feature, -1, -1] })),
        chain(full, { feature: 7 }),
        { ...ask('atMost', Infinity), feature: [7, -1, -1] },
        { ...ask('atMost', Infinity, MISSING.left), feature: [7, -1, -1] },
      ];
      const forest = compileForest(toEnsemble(trees, { featureCount: 5000 }), 'model.json');
      expect(forest.shift).to.equal(16);
      const rows = [0, 16_382, 1e9, NaN].map((cell) => new Array<number>(5000).fill(0).fill(cell, 7, 8));
      compare(toEnsemble(trees, { featureCount: 5000 }), rows);
    });

    it('with a hundred thousand categories', () => {
      const sets = [0, 1, 2].map((rest) => Array.from({ length: 100_000 }, (_, index) => 3 * index + rest));
      const trees = sets.map((_, set) => ask('inSet', set));
      compare(toEnsemble(trees, { sets, categories: 'truncated' }), [
        [0],
        [1],
        [299_999],
        [300_000],
        [150_000.9],
        [-0.9],
      ]);
    });

    it('if all trees are leaves', () => {
      compare(toEnsemble([toLeaf(0.1), toLeaf(0.2)]), new Array<number[]>(9).fill([1]));
    });
  });

  it('takes memory in proportion to the members of its sets, even if all sets differ', () => {
    const sets = Array.from({ length: 5000 }, (_, set) => Array.from({ length: 10 }, (_, index) => 10 * set + index));
    const trees = sets.map((_, set) => ask('inSet', set));
    const forest = compileForest(toEnsemble(trees, { sets, categories: 'floor' }), 'model.json');
    expect(forest.sets?.bits.length).to.be.below(16 * 50_000);
  });

  it('returns no scores for no rows', () => {
    expect(score(toEnsemble([ask('less', 1)]), [])).to.be.empty;
  });

  it('gives the same scores in another thread, from the same memory', () => {
    const ensemble = makeEnsemble(3, { precision: SINGLE, aggregation: 'sum', categories: 'floor', hasOutput: true });
    const forest = compileForest(ensemble, 'model.json');
    const attached = structuredClone(forest);
    expect(attached).to.deep.equal(forest);
    for (const { buffer } of [attached.nodes, attached.leaves, attached.thresholds.value, attached.sets?.bits].filter(
      (array) => array !== undefined,
    )) {
      expect(buffer).to.be.instanceOf(SharedArrayBuffer);
    }
    const matrix = Float64Array.from(makeRows(3, ensemble, 50).flat());
    expect(toBytes(scoreForest(attached, matrix)).equals(toBytes(scoreForest(forest, matrix)))).to.equal(true);
  });
});
