import { expect } from 'chai';
import { binFeature } from '../../../training/forest/bin-feature.ts';
import { drawBootstrap, toTreeRandom } from '../../../training/forest/bootstrap.ts';
import { growTree, listLeafValues } from '../../../training/forest/grow-tree.ts';
import { addVotes, prepareVotes, toOutOfBag } from '../../../training/forest/out-of-bag.ts';
import { buildUniform } from '../../support/training.ts';

const ROWS = 200;
const OPTIONS = { maxDepth: 5, minLeaf: 1, maxFeatures: 2, seed: 4 };

describe('the out-of-bag votes', () => {
  const next = buildUniform(1);
  const columns = [0, 1].map(() => Float64Array.from({ length: ROWS }, next));
  const target = Float64Array.from({ length: ROWS }, (_, row) => Math.floor(3 * (columns[0]?.[row] as number)));
  const data = { features: columns.map((column) => binFeature(column, 255)), target, classCount: 3 };
  const trees = Array.from({ length: 12 }, (_, index) => growTree(data, OPTIONS, index));

  const vote = (order: readonly number[]) => {
    const votes = prepareVotes(data);
    for (const index of order) addVotes(votes, trees[index] as (typeof trees)[0], data, OPTIONS.seed, index);
    return toOutOfBag(votes);
  };

  it('of a row are the mean of the trees that did not learn from it', () => {
    const { rows, values } = vote([...trees.keys()]);
    expect(rows.length).to.be.above(0.9 * ROWS);
    rows.forEach((row, place) => {
      const expected = [0, 0, 0];
      let count = 0;
      for (const [index, tree] of trees.entries()) {
        if (drawBootstrap(ROWS, toTreeRandom(OPTIONS.seed, index)).weights[row] !== 0) continue;
        let node = 0;
        while ((tree.feature[node] as number) >= 0) {
          const cell = columns[tree.feature[node] as number]?.[row] as number;
          node = (tree.child[node] as number) + (cell < (tree.threshold[node] as number) ? 0 : 1);
        }
        listLeafValues(tree, node).forEach((share, label) => (expected[label] = (expected[label] as number) + share));
        count += 1;
      }
      expected.forEach((sum, label) => expect(values[3 * place + label]).to.be.closeTo(sum / count, 1e-5));
    });
  });

  it('on a number are the mean of the trees that did not learn from it, however large it is', () => {
    const numbers = { ...data, target: target.map((label) => 1e9 + 1e6 * label), classCount: 0 };
    const tree = growTree(numbers, OPTIONS, 0);
    const votes = prepareVotes(numbers);
    addVotes(votes, tree, numbers, OPTIONS.seed, 0);
    const { rows, values } = toOutOfBag(votes);
    const { weights } = drawBootstrap(ROWS, toTreeRandom(OPTIONS.seed, 0));
    expect([...rows]).to.deep.equal([...weights.keys()].filter((row) => weights[row] === 0));
    const errors = Array.from(rows, (row, place) =>
      Math.abs((values[place] as number) - (numbers.target[row] as number)),
    );
    expect(errors.filter((error) => error < 10).length).to.be.above(0.95 * rows.length);
  });

  it('do not depend on the order of the trees', () => {
    expect(vote([...trees.keys()].reverse())).to.deep.equal(vote([...trees.keys()]));
  });

  it('are kept for some rows, evenly spaced, where there are many', () => {
    const { rows, sums } = prepareVotes({ target: new Float64Array(1_000_000), classCount: 1000 });
    expect(rows.length).to.be.within(1000, 10_000);
    expect(sums).to.have.length(1000 * rows.length);
    expect(rows.at(-1)).to.be.above(999_000);
  });
});
