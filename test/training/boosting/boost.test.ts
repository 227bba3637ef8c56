import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { CommandError } from '../../../errors/command-error.ts';
import { lightgbm } from '../../../models/kinds/lightgbm/lightgbm.ts';
import { OBJECTIVES, type BoostingData, type BoostingOptions } from '../../../training/boosting/boosting-data.ts';
import { boost, type BoostedModel, type BoostingTask } from '../../../training/boosting/boost.ts';
import { checkMemory } from '../../../training/boosting/learn-boosting.ts';
import { toLightgbmText } from '../../../training/boosting/lightgbm-text.ts';
import { binNumbers } from '../../../training/boosting/bin-boosting-feature.ts';
import { allocateState } from '../../../training/boosting/shared-state.ts';
import { catchError } from '../../support/deployment.ts';
import {
  CLASS_COUNTS,
  makeBoostingTable,
  toBoostingOptions,
  type BoostingTable,
  type BoostingWishes,
} from '../../support/boosting-tables.ts';

const MIXED = { rows: 800, numbers: 4, categories: [3, 12, 40], missing: 0.1, seed: 1 } as const;

/** Boosts on all rows, unless the task says otherwise. */
function learn(data: BoostingData, options: BoostingOptions, task: Partial<BoostingTask> = {}): BoostedModel {
  return boost(allocateState(data, options), { rows: Int32Array.from(data.target.keys()), ...task }, 0);
}

/** The text of the model, without categories of pandas: its features are codes. */
function toText(model: BoostedModel, { features }: BoostingTable, options: BoostingOptions): string {
  return [...toLightgbmText(model, features, options)]
    .join('')
    .replace(/pandas_categorical:.*/, 'pandas_categorical:null');
}

/** What the kind `lightgbm` answers for the rows of a table: predictions, or probabilities. */
function scoreText(text: string, { matrix, data }: BoostingTable): Float64Array {
  const part = lightgbm.readPart(Buffer.from(text), 'model.txt');
  const classCount = data.classCount === 0 ? undefined : data.classCount;
  const { predictions, probabilities } = lightgbm.scorePart(part.compile(), matrix, classCount);
  return Float64Array.from(probabilities ?? predictions);
}

/** The mean loss by probabilities or predictions: the log loss, the squared error, or half the Poisson deviance. */
function measure(
  scores: Float64Array,
  { target, classCount }: BoostingData,
  objective: string,
  rows: Int32Array = Int32Array.from(target.keys()),
): number {
  let sum = 0;
  for (const row of rows) {
    const value = target[row] as number;
    const score = scores[classCount > 0 ? row * classCount + value : row] as number;
    if (classCount > 0) sum -= Math.log(score);
    else sum += objective === 'poisson' ? score - value * Math.log(score) : (score - value) ** 2;
  }
  return sum / rows.length;
}

describe('boosting', () => {
  for (const objective of OBJECTIVES) {
    describe(`of ${objective}`, () => {
      const table = makeBoostingTable({ ...MIXED, objective });
      const options = toBoostingOptions({ objective });
      const { rows: count } = MIXED;
      const rows = Int32Array.from({ length: count }, (_, row) => row);

      it('writes a model whose scores have the loss that was measured in training', () => {
        const [training, heldOut] = [0, 1].map((rest) => rows.filter((row) => row % 2 === rest)) as [
          Int32Array,
          Int32Array,
        ];
        const model = learn(table.data, options, { rows: training, heldOut, patience: 100 });
        const scores = scoreText(toText(model, table, options), table);
        expect(measure(scores, table.data, objective, heldOut)).to.be.closeTo(model.loss as number, 1e-9);
      });

      it('lowers the loss from iteration to iteration', () => {
        const losses = [1, 5, 20, 60].map((iterations) => {
          const keys = { ...options, iterations };
          return measure(scoreText(toText(learn(table.data, keys), table, keys), table), table.data, objective);
        });
        expect(losses).to.deep.equal([...losses].sort((a, b) => b - a));
        expect(new Set(losses).size).to.equal(4);
      });

      it('stops when rows that are set aside gain nothing more, and keeps the best iterations', () => {
        const training = rows.filter((row) => row % 2 === 0);
        const heldOut = rows.filter((row) => row % 2 === 1);
        const keys = { ...options, iterations: 2000, learningRate: 0.5, minLeaf: 5 };
        const model = learn(table.data, keys, { rows: training, heldOut, patience: 10 });
        expect(model.iterations).to.be.within(1, 1000);
        const outputs = model.start.length;
        expect(model.trees).to.have.length(model.iterations * outputs);
        const again = learn(
          table.data,
          { ...keys, iterations: model.iterations + 5 },
          { rows: training, heldOut, patience: 10 },
        );
        expect(again.iterations).to.equal(model.iterations);
        expect(again.loss).to.equal(model.loss);
      });

      it('is the constant that fits best without a tree', () => {
        const keys = { ...options, minLeaf: 1000 };
        const model = learn(table.data, keys);
        expect(model.trees).to.have.length(0);
        const scores = scoreText(toText(model, table, keys), table);
        const { target } = table.data;
        const outputs = Math.max(1, CLASS_COUNTS[objective]);
        for (let output = 0; output < outputs; output++) {
          const share = target.reduce(
            (sum, value) => sum + (CLASS_COUNTS[objective] > 0 ? Number(value === output) : value),
            0,
          );
          expect(scores[output]).to.be.closeTo(share / count, 1e-9);
        }
      });
    });
  }

  it('obeys the limits of leaves, depth and rows per leaf', () => {
    const table = makeBoostingTable({ ...MIXED, objective: 'squared-error' });
    const model = learn(
      table.data,
      toBoostingOptions({ objective: 'squared-error', leaves: 9, minLeaf: 40, maxDepth: 3 }),
    );
    for (const tree of model.trees) {
      expect(tree.leafValue.length).to.be.within(2, 8);
      expect(Math.min(...tree.leafCount)).to.be.at.least(40);
      expect(tree.leafCount.reduce((sum, count) => sum + count, 0)).to.equal(MIXED.rows);
      const depths = new Int32Array(tree.feature.length);
      tree.left.forEach((left, node) => {
        for (const child of [left, tree.right[node] as number])
          if (child > 0) depths[child] = (depths[node] as number) + 1;
      });
      expect(Math.max(...depths)).to.be.below(3);
    }
    const many = learn(table.data, toBoostingOptions({ objective: 'squared-error', leaves: 9, minLeaf: 5 }));
    expect(Math.max(...many.trees.map(({ leafValue }) => leafValue.length))).to.equal(9);
  });

  it('draws the shares of rows and features that it is told to', () => {
    const table = makeBoostingTable({ ...MIXED, objective: 'squared-error' });
    const draw = (keys: Partial<BoostingOptions>) =>
      learn(table.data, toBoostingOptions({ objective: 'squared-error', minLeaf: 1, ...keys })).trees;
    for (const { leafCount } of draw({ rowFraction: 0.25 }))
      expect(leafCount.reduce((sum, count) => sum + count, 0)).to.equal(MIXED.rows / 4);
    const features = draw({ featureFraction: 2 / 7 }).map(({ feature }) => new Set(feature));
    for (const used of features) expect(used.size).to.be.at.most(2);
    expect(new Set(features.flatMap((used) => [...used])).size).to.equal(7);
    expect(draw({ rowFraction: 0.25 })).to.deep.equal(draw({ rowFraction: 0.25 }));
    expect(draw({ rowFraction: 0.25 })).not.to.deep.equal(draw({ rowFraction: 0.25, seed: 2 }));
  });

  it('makes leaves smaller by the penalty', () => {
    const table = makeBoostingTable({ ...MIXED, categories: [], objective: 'squared-error' });
    const [free, bound] = [0, 100].map((l2) => {
      const model = learn(table.data, toBoostingOptions({ objective: 'squared-error', l2, leaves: 2, iterations: 1 }));
      return model.trees[0];
    });
    expect(free?.leafCount).to.deep.equal(bound?.leafCount);
    // A leaf is the sum of its gradients, divided by the number of its rows plus the penalty.
    free?.leafValue.forEach((value, leaf) => {
      const count = free.leafCount[leaf] as number;
      expect(value / (bound?.leafValue[leaf] as number)).to.be.closeTo(1 + 100 / count, 1e-6);
    });
  });

  it('counts a row as often as its weight says', () => {
    const wishes = { ...MIXED, objective: 'binary', categories: [], missing: 0 } as const;
    const { data } = makeBoostingTable(wishes);
    const twice = new Float64Array(data.target.length).fill(1).map((_, row) => (row < 100 ? 2 : 1));
    const repeated = [...data.target.keys(), ...Array.from({ length: 100 }, (_, row) => row)];
    const features = data.features.map((feature) => ({
      ...feature,
      bins: Uint8Array.from(repeated, (row) => feature.bins[row] as number),
    }));
    const target = Float64Array.from(repeated, (row) => data.target[row] as number);
    const options = toBoostingOptions({ objective: 'binary', iterations: 3 });
    const weighted = learn({ ...data, weights: twice }, options);
    const doubled = learn({ ...data, features, target }, options);
    expect(weighted.start[0]).to.be.closeTo(doubled.start[0] as number, 1e-12);
    expect(weighted.trees[0]?.feature[0]).to.equal(doubled.trees[0]?.feature[0]);
    expect(weighted.trees[0]?.gain[0]).to.be.closeTo(doubled.trees[0]?.gain[0] as number, 1e-6);
  });

  it('splits by the first of features that gain the same', () => {
    const { data } = makeBoostingTable({ ...MIXED, objective: 'binary' });
    const { trees } = learn(
      { ...data, features: [...data.features, ...data.features] },
      toBoostingOptions({ objective: 'binary' }),
    );
    expect(Math.max(...trees.flatMap(({ feature }) => [...feature]))).to.be.below(data.features.length);
  });

  it('has bounds between numbers that are next to each other', () => {
    const one = 1 + Number.EPSILON;
    const numbers = [-one, -1, 0, Number.MIN_VALUE, 1, one, 5];
    const { bins, upperBounds } = binNumbers(Float64Array.from(numbers), 255);
    numbers.forEach((value, row) => {
      const bin = bins[row] as number;
      expect(bin).to.equal(row);
      if (row > 0) expect(upperBounds?.[bin - 1]).to.be.below(value);
      if (row < numbers.length - 1) expect(upperBounds?.[bin]).to.be.at.least(value);
    });
  });

  it('does not depend on the memory that histograms may take', () => {
    const table = makeBoostingTable({ ...MIXED, objective: 'binary' });
    const options = toBoostingOptions({ objective: 'binary' });
    const rows = Int32Array.from(table.data.target.keys());
    const roomy = boost(allocateState(table.data, options), { rows }, 0);
    const tight = boost(allocateState(table.data, options, 1), { rows }, 0);
    const toShape = ({ trees }: BoostedModel) =>
      trees.slice(0, 5).map(({ feature, leafCount }) => ({ feature, leafCount }));
    expect(toShape(tight)).to.deep.equal(toShape(roomy));
  });

  it('does not begin what would take more memory than there is, and the message says what to choose', async () => {
    const data = { features: [], target: new Float64Array(3 * 2 ** 16), weights: undefined, classCount: 1000 };
    const { message } = await catchError(CommandError, () => checkMemory(data, 2 ** 30));
    expect(message).to.equal(
      'Boosting 1000 classes of 196608 rows would take 3000 MiB of memory, of which 1024 MiB are free. Learn from fewer rows or classes, or choose --kind random-forest.',
    );
    checkMemory(data, 3000 * 2 ** 20);
    checkMemory({ ...data, classCount: 0 }, 2 ** 22);
  });

  it('learns what LightGBM learns', async () => {
    // Written by test/boosting-proof/run.sh --record.
    const text = await readFile(new URL('../../fixtures/boosting/lightgbm.json', import.meta.url), 'utf8');
    const cases = JSON.parse(text) as { wishes: BoostingWishes; predictions: number[] }[];
    expect(cases).to.have.length.above(2);
    for (const { wishes, predictions } of cases) {
      const table = makeBoostingTable(wishes);
      const options = toBoostingOptions({ objective: wishes.objective });
      const scores = scoreText(toText(learn(table.data, options), table, options), table);
      const ours = wishes.objective === 'binary' ? scores.filter((_, at) => at % 2 === 1) : scores;
      expect(ours).to.have.length(predictions.length);
      const difference = Math.max(...predictions.map((theirs, row) => Math.abs(theirs - (ours[row] as number))));
      expect(difference, JSON.stringify(wishes)).to.be.below(1e-6);
    }
  });
});
