import { expect } from 'chai';
import { DeploymentError } from '../../../errors/deployment-error.ts';
import { checkEnsemble, MAX_NODES } from '../../../models/forest/check-ensemble.ts';
import { compileForest } from '../../../models/forest/compile-forest.ts';
import { TEST, type Tree, type TreeEnsemble } from '../../../models/forest/tree-ensemble.ts';

/** A tree of two tests, at nodes 0 and 2. */
const TREE = {
  test: [TEST.less, TEST.leaf, TEST.inSet, TEST.leaf, TEST.leaf] as number[],
  feature: [0, -1, 1, -1, -1],
  threshold: [0.5, NaN, 0, NaN, NaN],
  left: [1, -1, 3, -1, -1],
  right: [2, -1, 4, -1, -1],
  missing: [1, -1, 0, -1, -1],
  value: [NaN, 1, NaN, 2, 3],
  output: 1,
};

/** An ensemble of two trees, the second of which has some parts replaced. */
function plant(parts: Partial<Tree> = {}, all: Partial<TreeEnsemble> = {}): TreeEnsemble {
  return {
    featureCount: 2,
    outputCount: 2,
    trees: [TREE, { ...TREE, ...parts }],
    precision: { cells: 64, thresholds: 64, sums: 64 },
    aggregation: 'sum',
    sets: [[1, 2]],
    categories: 'floor',
    ...all,
  };
}

/** An array of the tree with one entry replaced. */
function replace(name: Exclude<keyof typeof TREE, 'output'>, node: number, value: unknown): Partial<Tree> {
  return { [name]: TREE[name].map((old, index) => (index === node ? value : old)) };
}

/** The problem that the check finds, if any. */
function findProblem(ensemble: TreeEnsemble): string | undefined {
  try {
    checkEnsemble(ensemble, 'model.json');
  } catch (error) {
    if (!(error instanceof DeploymentError)) throw error;
    expect(error.problems).to.have.length(1);
    return error.problems[0];
  }
  return undefined;
}

/** A tree whose arrays claim to be very long. */
function toGiant(length: number): Tree {
  const array = { length } as ArrayLike<number>;
  return { test: array, feature: array, threshold: array, left: array, right: array, value: array, output: 0 };
}

describe('the check of an ensemble', () => {
  it('accepts a valid ensemble', () => {
    expect(findProblem(plant())).to.equal(undefined);
    const { output: _, ...rest } = TREE;
    const value = TREE.value.flatMap((number) => [number, number]);
    expect(findProblem(plant({}, { trees: [{ ...rest, value }], aggregation: 'vote' }))).to.equal(undefined);
  });

  it('precedes compilation', () => {
    expect(() => compileForest(plant({}, { trees: [] }), 'model.json')).to.throw(DeploymentError, 'one tree or more');
  });

  describe('names the tree and the node with', () => {
    for (const [fault, parts, problem] of [
      ['a feature that does not exist', replace('feature', 2, 2), 'node 2, feature: expected an integer from 0 to 1'],
      ['a feature below 0', replace('feature', 0, -1), 'node 0, feature: expected an integer from 0 to 1'],
      ['a feature that is no integer', replace('feature', 0, 0.5), 'node 0, feature: expected an integer from 0 to 1'],
      ['a threshold that is NaN', replace('threshold', 0, NaN), 'node 0, threshold: expected a number'],
      ['a threshold that is a string', replace('threshold', 0, '1'), 'node 0, threshold: expected a number'],
      [
        'a set that there is not',
        replace('threshold', 2, 1),
        'node 2, threshold: expected an integer from 0 to 0, the number of a set',
      ],
      ['a test that does not exist', replace('test', 2, 4), 'node 2, test: expected one of leaf, less, atMost, inSet'],
      ['a test that is NaN', replace('test', 0, NaN), 'node 0, test: expected one of leaf, less, atMost, inSet'],
      ['a direction that does not exist', replace('missing', 2, 4), 'node 2, missing: expected an integer from 0 to 3'],
      ['a child that does not exist', replace('right', 2, 5), 'node 2, right: expected an integer from 0 to 4'],
      ['a child below 0', replace('left', 0, -1), 'node 0, left: expected an integer from 0 to 4'],
      ['a child that is no integer', replace('left', 0, 1.5), 'node 0, left: expected an integer from 0 to 4'],
      ['a child that is missing', replace('left', 0, undefined), 'node 0, left: expected an integer from 0 to 4'],
      [
        'a child that is the root',
        replace('right', 2, 0),
        'node 2, right: expected a node that no other node leads to',
      ],
      [
        'a child that is the node itself',
        replace('left', 2, 2),
        'node 2, left: expected a node that no other node leads to',
      ],
      ['a child with two parents', replace('left', 2, 1), 'node 2, left: expected a node that no other node leads to'],
      ['two identical children', replace('right', 0, 1), 'node 0, right: expected a node that no other node leads to'],
      ['a leaf that is not a number', replace('value', 3, NaN), 'node 3, value: expected a finite number'],
      ['a leaf that is infinite', replace('value', 4, -Infinity), 'node 4, value: expected a finite number'],
      ['a leaf that is a string', replace('value', 1, '1'), 'node 1, value: expected a finite number'],
    ] as [string, Partial<Tree>, string][]) {
      it(fault, () => {
        expect(findProblem(plant(parts))).to.equal(`model.json: tree 1, ${problem}`);
      });
    }

    it('a leaf that is infinite in 32 bits', () => {
      const precision = { cells: 32, thresholds: 32, sums: 32 } as const;
      expect(findProblem(plant(replace('value', 1, 1e39)))).to.equal(undefined);
      expect(findProblem(plant(replace('value', 1, '1'), { precision }))).to.contain('expected a finite number');
      expect(findProblem(plant(replace('value', 1, 1e39), { precision }))).to.equal(
        'model.json: tree 1, node 1, value: expected a finite number',
      );
    });
  });

  describe('names the tree', () => {
    for (const [fault, parts, problem] of [
      ['no nodes', { test: [] }, ': expected one node or more'],
      ['too few features', { feature: [0] }, ', feature: expected an array of length 5'],
      ['too many thresholds', { threshold: [1, 2, 3, 4, 5, 6] }, ', threshold: expected an array of length 5'],
      ['no left children', { left: [] }, ', left: expected an array of length 5'],
      ['too few right children', { right: [1] }, ', right: expected an array of length 5'],
      ['too few directions', { missing: [1] }, ', missing: expected an array of length 5'],
      ['too few values', { value: [1] }, ', value: expected an array of length 5'],
      ['an output that does not exist', { output: 2 }, ', output: expected an integer from 0 to 1'],
      ['an output that is no integer', { output: 0.5 }, ', output: expected an integer from 0 to 1'],
    ] as [string, Partial<Tree>, string][]) {
      it(`with ${fault}`, () => {
        expect(findProblem(plant(parts))).to.equal(`model.json: tree 1${problem}`);
      });
    }

    it('without an output, where the first has one', () => {
      const { output: _, ...rest } = TREE;
      const value = new Array<number>(10).fill(1);
      expect(findProblem(plant({}, { trees: [TREE, { ...rest, value }] }))).to.equal(
        'model.json: tree 1, output: expected in all trees or in none',
      );
    });

    it('with an output, where trees vote', () => {
      expect(findProblem(plant({}, { aggregation: 'vote' }))).to.equal(
        'model.json: tree 0, output: expected none, because trees vote',
      );
    });

    it('with fewer values than nodes and outputs', () => {
      const { output: _, ...rest } = TREE;
      expect(findProblem(plant({}, { trees: [rest] }))).to.equal(
        'model.json: tree 0, value: expected an array of length 10',
      );
    });
  });

  describe('refuses an ensemble', () => {
    for (const [fault, all, problem] of [
      ['without features', { featureCount: 0 }, 'expected one feature or more'],
      ['of half a feature', { featureCount: 1.5 }, 'expected one feature or more'],
      ['without outputs', { outputCount: 0 }, 'expected one output or more'],
      ['without trees', { trees: [] }, 'expected one tree or more'],
      ['with too short a base', { base: [1] }, 'expected a base of length 2'],
      ['with a base that is no number', { base: [0, NaN] }, 'base 1: expected a finite number'],
      [
        'with a base of a mean',
        { base: [0, 0], aggregation: 'mean' },
        'expected no base, because leaves are not summed',
      ],
      ['with a set of halves', { sets: [[1], [0.5]] }, 'set 1: expected integers'],
      ['with a set of strings', { sets: [['1']] as never }, 'set 0: expected integers'],
      ['with a set of NaN', { sets: [[NaN]], categories: 'equal' }, 'set 0: expected finite numbers'],
      ['with an infinite member', { sets: [[Infinity]], categories: 'equal' }, 'set 0: expected finite numbers'],
    ] as [string, Partial<TreeEnsemble>, string][]) {
      it(fault, () => {
        expect(findProblem(plant({}, all))).to.equal(`model.json: ${problem}`);
      });
    }

    it('with too many nodes, without reading them', () => {
      const trees = [toGiant(MAX_NODES / 2), toGiant(MAX_NODES / 2), toGiant(1)];
      expect(findProblem(plant({}, { trees }))).to.equal(`model.json: expected at most ${MAX_NODES} nodes`);
    });
  });

  describe('of an ensemble whose trees share their leaves', () => {
    const { output: _, ...tree } = TREE;
    const share = (value: readonly number[], all: Partial<TreeEnsemble> = {}) =>
      plant({}, { trees: [{ ...tree, value }], leaves: [1, 2, 3, 4], ...all });

    it('accepts indexes of leaves', () => {
      expect(findProblem(share([NaN, 0, NaN, 1, 1]))).to.equal(undefined);
    });

    for (const [fault, ensemble, problem] of [
      [
        'an index that there is not',
        share([NaN, 0, NaN, 2, 1]),
        'tree 0, node 3, value: expected an integer from 0 to 1',
      ],
      [
        'a value that is not finite',
        share([0, 0, 0, 1, 1], { leaves: [1, 2, 3, NaN] }),
        'leaf 1: expected finite numbers',
      ],
      ['half a leaf', share([0, 0, 0, 1, 1], { leaves: [1, 2, 3] }), 'expected 2 values per leaf'],
      [
        'an output',
        plant({}, { trees: [{ ...TREE, value: [0, 0, 0, 1, 1] }], leaves: [1, 2, 3, 4] }),
        'tree 0, output: expected none, because leaves are shared',
      ],
    ] as const) {
      it(`names ${fault}`, () => {
        expect(findProblem(ensemble)).to.equal(`model.json: ${problem}`);
      });
    }
  });

  it('detects a cycle of a million nodes', () => {
    const length = 1_000_000;
    const test = new Uint8Array(length).fill(TEST.less);
    const left = Int32Array.from(test, (_, node) => (node + 1) % length);
    const array = new Float64Array(length);
    const tree: Tree = { test, left, right: left, feature: array, threshold: array, value: array, output: 0 };
    const cycle = { ...tree, right: left.map((_, node) => node) };
    expect(findProblem(plant({}, { trees: [cycle] }))).to.equal(
      'model.json: tree 0, node 0, right: expected a node that no other node leads to',
    );
    // Every second node is a leaf, and the last test leads back to the root.
    const chain = {
      ...tree,
      test: test.map((_, node) => (node % 2 === 0 ? TEST.less : TEST.leaf)),
      left: left.map((_, node) => node + 1),
      right: left.map((_, node) => (node + 2) % length),
    };
    expect(findProblem(plant({}, { trees: [chain] }))).to.equal(
      `model.json: tree 0, node ${length - 2}, right: expected a node that no other node leads to`,
    );
  });
});
