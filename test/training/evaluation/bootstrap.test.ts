import { expect } from 'chai';
import { bootstrapMetrics, weighClasses, weighRegression } from '../../../training/evaluation/bootstrap.ts';
import { measureClasses, measureRegression, METRIC_NAMES, type Metrics } from '../../../training/metrics.ts';
import { toPredictions } from '../../../models/model.ts';
import { buildUniform } from '../../support/training.ts';

/** Scores of some rows, and the same with each row as often as its weight says. */
function makeClasses(rows: number, classCount: number, seed: number) {
  const next = buildUniform(seed);
  const truth = Array.from({ length: rows }, () => Math.floor(classCount * next()));
  const lines = truth.map((label) => {
    // Few different numbers, so that there are ties.
    const votes = Array.from(
      { length: classCount },
      (_, index) => 1 + Math.floor(4 * next()) + (index === label ? 2 : 0),
    );
    const total = votes.reduce((sum, vote) => sum + vote, 0);
    return votes.map((vote) => vote / total);
  });
  const weights = Int32Array.from(truth, () => Math.floor(3 * next()));
  return { truth, lines, weights };
}

const repeat = <Item>(items: readonly Item[], weights: Int32Array) =>
  items.flatMap((item, row) => Array.from({ length: weights[row] as number }, () => item));

/** The metrics that are one number. */
function pick(metrics: Metrics): Record<string, number> {
  const values = metrics as unknown as Record<string, unknown>;
  return Object.fromEntries(
    METRIC_NAMES.filter(([key]) => typeof values[key] === 'number').map(([key]) => [key, values[key] as number]),
  );
}

function expectClose(actual: Readonly<Record<string, number>>, expected: Readonly<Record<string, number>>): void {
  expect(Object.keys(actual)).to.have.members(Object.keys(expected));
  for (const [key, value] of Object.entries(expected)) expect(actual[key], key).to.be.closeTo(value, 1e-9);
}

describe('the metrics of weighted rows', () => {
  for (const classCount of [2, 4]) {
    it(`of ${classCount} classes are those of the rows repeated`, () => {
      const { truth, lines, weights } = makeClasses(80, classCount, classCount);
      const probabilities = lines.flat();
      const scores = { predictions: toPredictions(probabilities, classCount), probabilities };
      const repeated = repeat(lines, weights).flat();
      const expected = measureClasses(
        repeat(truth, weights),
        { predictions: toPredictions(repeated, classCount), probabilities: repeated },
        classCount,
      );
      expectClose(weighClasses(truth, scores, classCount, true)(weights, true), pick(expected));
      expect(weighClasses(truth, scores, classCount, true)(weights, false)).not.to.have.property('roc_auc');
      expect(weighClasses(truth, scores, classCount, false)(weights, true)).not.to.have.property('roc_auc');
    });
  }

  it('of a regression are those of the rows repeated, also of large numbers', () => {
    const next = buildUniform(9);
    const truth = Array.from({ length: 50 }, () => 1e9 + next());
    const predictions = truth.map((value) => value + next() - 0.5);
    const weights = Int32Array.from(truth, () => Math.floor(3 * next()));
    const expected = pick(measureRegression(repeat(truth, weights), repeat(predictions, weights)));
    const actual = weighRegression(truth, predictions)(weights, true);
    for (const [key, value] of Object.entries(expected))
      expect(actual[key as 'r2'], key).to.be.closeTo(value, 1e-5 * Math.abs(value));
  });
});

describe('the confidence intervals', () => {
  it('of an accuracy are about those of the normal approximation', () => {
    const truth = Array.from({ length: 400 }, (_, row) => (row % 5 === 0 ? 1 : 0));
    const scores = { predictions: truth.map(() => 0), probabilities: truth.flatMap(() => [0.8, 0.2]) };
    const { samples, metrics } = bootstrapMetrics(truth, scores, 2, 1) ?? { samples: 0, metrics: {} };
    expect(samples).to.equal(1000);
    const half = 1.96 * Math.sqrt((0.8 * 0.2) / 400);
    expect(metrics.accuracy?.[0]).to.be.closeTo(0.8 - half, 0.006);
    expect(metrics.accuracy?.[1]).to.be.closeTo(0.8 + half, 0.006);
    // All probabilities are the same: the area is that of chance in every sample.
    expect(metrics.roc_auc).to.deep.equal([0.5, 0.5]);
  });

  it('are determined by the seed', () => {
    const { truth, lines } = makeClasses(60, 3, 5);
    const scores = { predictions: toPredictions(lines.flat(), 3), probabilities: lines.flat() };
    const measure = (seed: number) => bootstrapMetrics(truth, scores, 3, seed);
    expect(measure(1)).to.deep.equal(measure(1));
    expect(measure(1)).not.to.deep.equal(measure(2));
  });

  it('are left out for a metric that is undefined, and for very few rows', () => {
    const truth = Array.from({ length: 40 }, () => 0);
    const scores = { predictions: truth, probabilities: truth.flatMap(() => [0.8, 0.2]) };
    const intervals = bootstrapMetrics(truth, scores, 2, 1);
    expect(intervals?.metrics).to.have.property('accuracy').that.deep.equals([1, 1]);
    expect(intervals?.metrics).not.to.have.property('roc_auc');
    expect(bootstrapMetrics(truth.slice(0, 9), scores, 2, 1)).to.equal(undefined);
  });

  it('take bounded work: fewer samples of many rows, and no areas of many rows and classes', () => {
    const truth = Array.from({ length: 1100 }, (_, row) => row % 1000);
    const probabilities = new Float64Array(1100 * 1000).fill(0.001);
    const intervals = bootstrapMetrics(truth, { predictions: truth.map(() => 0), probabilities }, 1000, 1);
    expect(intervals?.metrics).to.have.property('log_loss');
    expect(intervals?.metrics).not.to.have.property('roc_auc');
    const many = Array.from({ length: 80_000 }, (_, row) => row % 7);
    const few = bootstrapMetrics(many, { predictions: many.map((value) => value + 1) }, 0, 1);
    expect(few?.samples).to.equal(250);
    expect(few?.metrics).to.deep.include({ rmse: [1, 1], mae: [1, 1] });
  });
});
