import { expect } from 'chai';
import { binFeature } from '../../../training/forest/bin-feature.ts';
import { growTree, listLeafValues, type Tree, type TreeOptions } from '../../../training/forest/grow-tree.ts';
import { buildUniform } from '../../support/training.ts';

const OPTIONS: TreeOptions = { maxDepth: 10, minLeaf: 1, maxFeatures: 10, seed: 1 };

function grow(columns: number[][], target: number[], classCount: number, options: Partial<TreeOptions> = {}): Tree {
  const features = columns.map((column) => binFeature(Float64Array.from(column), 255));
  return growTree({ features, target: Float64Array.from(target), classCount }, { ...OPTIONS, ...options }, 0);
}

/** The depth of a tree, in splits. */
function toDepth({ feature, child }: Tree, node = 0): number {
  const left = child[node] as number;
  return (feature[node] as number) < 0
    ? 0
    : 1 + Math.max(toDepth({ feature, child } as Tree, left), toDepth({ feature, child } as Tree, left + 1));
}

/** The leaf of a row. */
function findLeaf({ feature, threshold, child }: Tree, row: readonly number[]): number {
  let node = 0;
  while ((feature[node] as number) >= 0) {
    const goesLeft = (row[feature[node] as number] as number) < (threshold[node] as number);
    node = (child[node] as number) + (goesLeft ? 0 : 1);
  }
  return node;
}

describe('a tree', () => {
  const x = Array.from({ length: 200 }, (_, row) => row);

  it('finds the one split that separates two classes', () => {
    const tree = grow(
      [x],
      x.map((value) => (value < 80 ? 0 : 1)),
      2,
    );
    expect([...tree.feature]).to.deep.equal([0, -1, -1]);
    expect(tree.threshold[0]).to.be.within(78, 81);
    expect([1, 2].map((node) => [...listLeafValues(tree, node)])).to.deep.equal([[1], [0, 1]]);
  });

  it('finds the splits between three classes', () => {
    const tree = grow(
      [x],
      x.map((value) => Math.floor(value / 70)),
      3,
    );
    for (const value of [10, 100, 190]) {
      const leaf = findLeaf(tree, [value]);
      expect([...listLeafValues(tree, leaf)]).to.deep.equal([[1], [0, 1], [0, 0, 1]][Math.floor(value / 70)]);
    }
  });

  it('separates missing values from all others by the largest number', () => {
    const column = x.map((row) => (row % 2 === 0 ? NaN : 5));
    const tree = grow(
      [column],
      x.map((row) => row % 2),
      2,
    );
    expect(tree.threshold[0]).to.equal(Number.MAX_VALUE);
    expect([1, 2].map((node) => [...listLeafValues(tree, node)])).to.deep.equal([[0, 1], [1]]);
  });

  for (const [scale, offset] of [
    [1, 0],
    [1e-9, 0],
    [1e9, 0],
    [1, 1e7],
  ] as const) {
    it(`learns a regression at any scale: ${scale}, ${offset}`, () => {
      const toTarget = (value: number) => offset + scale * (value < 50 ? 1 : value < 120 ? 2 : 7);
      const tree = grow([x], x.map(toTarget), 0);
      for (const value of [10, 100, 190]) {
        expect(listLeafValues(tree, findLeaf(tree, [value]))[0]).to.be.closeTo(toTarget(value), 1e-6 * scale);
      }
    });
  }

  it('is no deeper than allowed', () => {
    const next = buildUniform(1);
    const target = x.map(() => Math.floor(2 * next()));
    expect(toDepth(grow([x], target, 2, { maxDepth: 3 }))).to.equal(3);
  });

  it('has no leaf with fewer rows than allowed', () => {
    const next = buildUniform(2);
    const target = x.map(() => Math.floor(3 * next()));
    const tree = grow([x], target, 3, { minLeaf: 50, maxDepth: 64 });
    expect(tree.feature.filter((feature) => feature < 0).length).to.be.within(2, 4);
  });

  it('is a single leaf if no split helps', () => {
    expect([...grow([x.map(() => 1)], x, 0).feature]).to.deep.equal([-1]);
    expect([
      ...grow(
        [x],
        x.map(() => 2),
        3,
      ).feature,
    ]).to.deep.equal([-1]);
  });

  it('depends only on its number and the seed', () => {
    const next = buildUniform(3);
    const target = x.map(() => next());
    const columns = [x, x.map(() => next()), x.map(() => next())];
    expect(grow(columns, target, 0, { maxFeatures: 1 })).to.deep.equal(grow(columns, target, 0, { maxFeatures: 1 }));
    expect(grow(columns, target, 0, { seed: 2 })).not.to.deep.equal(grow(columns, target, 0));
  });
});
