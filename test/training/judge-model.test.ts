import { expect } from 'chai';
import { judgeModel } from '../../training/judge-model.ts';
import { measureClasses, measureRegression } from '../../training/metrics.ts';

/** A classifier of two classes beside the baseline that always answers the first. */
function judgeClasses(truth: readonly number[], probabilityOfSecond: readonly number[]) {
  const toScores = (seconds: readonly number[]) => ({
    predictions: Int32Array.from(seconds, (second) => (second > 0.5 ? 1 : 0)),
    probabilities: Float64Array.from(seconds.flatMap((second) => [1 - second, second])),
  });
  const scores = toScores(probabilityOfSecond);
  const baselineScores = toScores(truth.map(() => 0.4));
  return judgeModel({
    truth: Float64Array.from(truth),
    scores,
    metrics: measureClasses(truth, scores, 2),
    baselineScores,
    baseline: measureClasses(truth, baselineScores, 2),
    classCount: 2,
  });
}

function judgeRegression(truth: readonly number[], predictions: readonly number[]) {
  const mean = truth.reduce((sum, value) => sum + value, 0) / truth.length;
  const baselineScores = { predictions: Float64Array.from(truth, () => mean) };
  return judgeModel({
    truth: Float64Array.from(truth),
    scores: { predictions: Float64Array.from(predictions) },
    metrics: measureRegression(truth, predictions),
    baselineScores,
    baseline: measureRegression(truth, baselineScores.predictions),
    classCount: 0,
  });
}

const ROWS = Array.from({ length: 100 }, (_, row) => row);
const TRUTH = ROWS.map((row) => (row % 5 < 2 ? 1 : 0));

describe('a model beside its baseline', () => {
  it('beats it by more right answers', () => {
    const verdict = judgeClasses(
      TRUTH,
      TRUTH.map((label, row) => (row % 10 === 0 ? 1 - label : label)),
    );
    expect(verdict).to.deep.equal({ beatsBaseline: true, warning: undefined });
  });

  it('beats it by the order of its probabilities, even if all its answers are the same', () => {
    const verdict = judgeClasses(
      TRUTH,
      TRUTH.map((label, row) => (label === 1 ? 0.3 : 0.1) + (row % 3) * 0.05),
    );
    expect(verdict.beatsBaseline).to.equal(true);
  });

  it('does not beat it where it answers at random', () => {
    const verdict = judgeClasses(
      TRUTH,
      ROWS.map((row) => (row % 7 < 3 ? 0.9 : 0.1)),
    );
    expect(verdict.beatsBaseline).to.equal(false);
    expect(verdict.warning).to.match(
      /^The model does not beat its baseline: its accuracy is 0\.\d{4}, and always answering the most frequent class has 0\.6000\./,
    );
  });

  it('does not clearly beat it where one or two rows make the difference', () => {
    const truth = [0, 0, 0, 0, 0, 0, 1, 1];
    const verdict = judgeClasses(truth, [0.4, 0.1, 0.2, 0.45, 0.3, 0.46, 0.9, 0.05]);
    expect(verdict.warning).to.match(
      /^The model does not clearly beat its baseline: its accuracy is 0\.8750, .* On 8 held-out rows, that may be chance\.$/,
    );
  });

  it('beats it by smaller errors', () => {
    expect(
      judgeRegression(
        ROWS,
        ROWS.map((value) => value + (value % 7)),
      ).beatsBaseline,
    ).to.equal(true);
  });

  it('does not beat it by larger ones', () => {
    const { beatsBaseline, warning } = judgeRegression(
      ROWS,
      ROWS.map((value) => 99 - value),
    );
    expect(beatsBaseline).to.equal(false);
    expect(warning).to.match(
      /^The model does not beat its baseline: its RMSE is 57\.73, and always answering the mean has 28\.87\./,
    );
  });

  it('does not clearly beat it where one row makes the difference', () => {
    const predictions = ROWS.map((value) => (value === 99 ? 99 : 49.5));
    expect(judgeRegression(ROWS, predictions).warning).to.match(/^The model does not clearly beat/);
  });
});
