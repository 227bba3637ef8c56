import { expect } from 'chai';
import fc from 'fast-check';
import { findLeaf, sumLeavesPlainly } from '../../../bench/plain-walk.ts';
import { compileForest } from '../../../models/forest/compile-forest.ts';
import type { FlatForest } from '../../../models/forest/flatten-forest.ts';
import { listLeaves, sumLeaves } from '../../../models/forest/score-forest.ts';

/** A tree: a leaf with its number, or a feature, a threshold and two trees. */
type Tree = number | readonly [feature: number, threshold: number, left: Tree, right: Tree];

/** Lays trees out; leaf n holds what `leaves` has for it. */
function flatten(trees: readonly Tree[], leaves: Float64Array): FlatForest {
  const feature: number[] = [];
  const threshold: number[] = [];
  const child: number[] = [];
  const add = () => {
    threshold.push(0);
    child.push(0);
    return feature.push(-1) - 1;
  };
  const roots = trees.map((root) => {
    const first = add();
    const pending: [Tree, number][] = [[root, first]];
    for (let next = pending.pop(); next; next = pending.pop()) {
      const [tree, node] = next;
      if (typeof tree === 'number') child[node] = tree;
      else {
        [feature[node], threshold[node]] = tree;
        const left = (child[node] = add());
        pending.push([tree[3], add()], [tree[2], left]);
      }
    }
    return first;
  });
  return {
    roots: Int32Array.from(roots),
    feature: Int32Array.from(feature),
    threshold: Float64Array.from(threshold),
    child: Int32Array.from(child),
    leaves,
  };
}

/** Holds a compiled forest against the plain walk, bit for bit. */
function compare(trees: readonly Tree[], leaves: Float64Array, leafWidth: number, rows: readonly number[][]): void {
  const flat = flatten(trees, leaves);
  const width = rows[0]?.length ?? 1;
  const matrix = Float64Array.from(rows.flat());
  const forest = compileForest(flat, leaves, leafWidth);
  expect(sumLeaves(forest, matrix, width)).to.deep.equal(sumLeavesPlainly(flat, leaves, leafWidth, matrix, width));
  if (leafWidth > 1) return;
  const numbers = rows.flatMap((_, row) =>
    trees.map((_, tree) => leaves[findLeaf(flat, tree, matrix, row * width)] as number),
  );
  expect([...listLeaves(forest, matrix, width)]).to.deep.equal(numbers);
}

/** A tree of so many levels that goes on to the right, each level asking for a feature; its leaves have only so many numbers. */
function chain(levels: number, ask: (level: number) => [number, number], leafCount: number): Tree {
  let tree: Tree = 0;
  for (let level = levels - 1; level >= 0; level--) tree = [...ask(level), level % leafCount, tree];
  return tree;
}

describe('the walk of a compiled forest', () => {
  const LEAVES = Float64Array.from({ length: 64 }, (_, index) => Math.sin(index) / 3);

  it('adds the numbers of the leaves up', () => {
    const forest = flatten([[0, 1, 0, 1], 2, [1, 5, 3, [0, 0, 4, 5]]], Float64Array.of(1, 10, 100, 1000, 10_000, 1e5));
    const compiled = compileForest(forest, forest.leaves, 1);
    const matrix = Float64Array.of(0, 0, 1, 5, -1, 5, NaN, NaN);
    expect([...sumLeaves(compiled, matrix, 2)]).to.deep.equal([1101, 100_110, 10_101, 100_110]);
    expect([...listLeaves(compiled, matrix, 2)].slice(0, 6)).to.deep.equal([1, 100, 1000, 10, 100, 1e5]);
  });

  it('is that of the plain walk, to the last bit, for any forest and any rows', () => {
    const value = fc.oneof(
      fc.constantFrom(-1, 0, -0, 0.5, 1, 2, 5e-324, 1e308, -1e308),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
    );
    const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
      tree: fc.oneof(
        { depthSize: 'medium' },
        fc.nat(15),
        fc.tuple(fc.nat(4), value, tie('tree'), tie('tree')) as fc.Arbitrary<Tree>,
      ),
    }));
    const cell = fc.oneof(value, fc.constantFrom(NaN, Infinity, -Infinity));
    const rows = fc.array(fc.array(cell, { minLength: 5, maxLength: 5 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(
        fc.array(tree, { minLength: 1, maxLength: 20 }),
        rows,
        fc.constantFrom(1, 2, 3, 4),
        (trees, rows, width) => compare(trees, LEAVES, width, rows),
      ),
      { seed: 1, numRuns: 500 },
    );
  });

  it('is the same for thousands of rows, which take several blocks', () => {
    const trees = Array.from({ length: 11 }, (_, tree) => chain(40, (level) => [(level + tree) % 300, level / 40], 64));
    const rows = Array.from({ length: 1003 }, (_, row) =>
      Array.from({ length: 300 }, (_, column) => Math.abs(Math.sin(row * 300 + column))),
    );
    compare(trees, LEAVES, 1, rows);
  });

  it('is the same where no tree asks for anything', () => {
    compare([3, 5], LEAVES, 1, new Array<number[]>(9).fill([1]));
  });

  it('gives nothing for no rows', () => {
    expect(sumLeaves(compileForest(flatten([3], LEAVES), LEAVES, 1), new Float64Array(0), 3)).to.be.empty;
  });

  it('is the same where a feature has more thresholds than a word has room for, beside thousands of features', () => {
    const wide = 5000;
    const many = 70_000;
    const trees = [
      chain(wide, (level) => [level, 0.5], 64),
      chain(many, (level) => [7, level], 64),
      chain(many, (level) => [8, level / 2], 64),
    ];
    const rows = [-1, 0, 32_766.5, 32_767, 40_000.5, 69_999, 1e9, NaN, 16_383.4].map((cell, row) =>
      Array.from({ length: wide }, (_, column) => (column === 7 || column === 8 ? cell : column < row * 500 ? 1 : 0)),
    );
    compare(trees, LEAVES, 1, rows);
  });
});
