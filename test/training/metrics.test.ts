import { expect } from 'chai';
import { MAX_CONFUSION_CLASSES } from '../../training/evaluation/confusions.ts';
import {
  measureClasses,
  measureProbabilities,
  measureRegression,
  toBaseline,
  toKeptMetrics,
} from '../../training/metrics.ts';

describe('the metrics', () => {
  const truth = [0, 0, 1, 1, 1];
  // The probabilities of class 1: 0.2, 0.6, 0.6, 0.9, 0.4.
  const probabilities = [0.8, 0.2, 0.4, 0.6, 0.4, 0.6, 0.1, 0.9, 0.6, 0.4];
  const metrics = measureClasses(truth, { predictions: [0, 1, 1, 1, 0], probabilities }, 2);

  it('of two classes equal those computed by hand', () => {
    expect(metrics.confusion).to.deep.equal([
      [1, 1],
      [1, 2],
    ]);
    expect(metrics.accuracy).to.equal(3 / 5);
    expect(metrics.balanced_accuracy).to.be.closeTo((1 / 2 + 2 / 3) / 2, 1e-12);
    expect(metrics.precision).to.deep.equal([1 / 2, 2 / 3]);
    expect(metrics.recall).to.deep.equal([1 / 2, 2 / 3]);
    expect(metrics.support).to.deep.equal([2, 3]);
    expect(metrics.f1[0]).to.be.closeTo(1 / 2, 1e-12);
    expect(metrics.f1[1]).to.be.closeTo(2 / 3, 1e-12);
    // Of six pairs, four are in order and one is a tie.
    expect(metrics.roc_auc).to.be.closeTo(4.5 / 6, 1e-12);
    expect(metrics.log_loss).to.be.closeTo(-Math.log(0.8 * 0.4 * 0.6 * 0.9 * 0.4) / 5, 1e-12);
    expect(metrics.brier_score).to.be.closeTo((0.04 + 0.36 + 0.16 + 0.01 + 0.36) / 5, 1e-12);
    // Two rows share the range of 0.6; every other one has a range of its own.
    expect(metrics.calibration_error).to.be.closeTo((0.2 + Math.abs(1.2 - 1) + 0.1 + 0.6) / 5, 1e-12);
  });

  it('of more classes have the calibration error of the predicted class', () => {
    const { calibration_error } = measureProbabilities(
      [0, 1],
      { predictions: [0, 2], probabilities: [0.7, 0.2, 0.1, 0.3, 0.3, 0.4] },
      3,
    );
    expect(calibration_error).to.be.closeTo((0.3 + 0.4) / 2, 1e-12);
  });

  it('of many classes are kept with the most frequent confusions in place of the matrix', () => {
    const classCount = MAX_CONFUSION_CLASSES + 1;
    const names = Array.from({ length: classCount }, (_, index) => `class ${index}`);
    const labels = [0, 1, 1, 1, 2, 2, 3];
    const predictions = [0, 5, 5, 6, 7, 7, 8];
    const probabilities = predictions.flatMap((label) => names.map((_, index) => (index === label ? 1 : 0)));
    const many = measureClasses(labels, { predictions, probabilities }, classCount);
    const kept = toKeptMetrics(many, names);
    expect(kept).not.to.have.property('confusion');
    expect(kept).to.have.deep.property('largest_confusions', [
      { actual: 'class 1', predicted: 'class 5', rows: 2 },
      { actual: 'class 2', predicted: 'class 7', rows: 2 },
      { actual: 'class 1', predicted: 'class 6', rows: 1 },
      { actual: 'class 3', predicted: 'class 8', rows: 1 },
    ]);
    expect(toKeptMetrics(metrics, ['a', 'b'])).to.equal(metrics);
  });

  it('do not count a class that does not occur', () => {
    const { balanced_accuracy, roc_auc, precision, recall, f1 } = measureClasses(
      [0, 2],
      { predictions: [0, 2], probabilities: [1, 0, 0, 0, 0, 1] },
      3,
    );
    expect({ balanced_accuracy, roc_auc }).to.deep.equal({ balanced_accuracy: 1, roc_auc: 1 });
    expect([precision, recall, f1]).to.deep.equal([
      [1, 0, 1],
      [1, 0, 1],
      [1, 0, 1],
    ]);
  });

  it('of a regression equal those computed by hand', () => {
    const { rmse, mae, r2 } = measureRegression([1, 2, 6], [2, 2, 4]);
    expect(rmse).to.be.closeTo(Math.sqrt(5 / 3), 1e-12);
    expect(mae).to.equal(1);
    expect(r2).to.be.closeTo(1 - 5 / 14, 1e-12);
  });

  it('have a baseline that knows only the class shares, or the mean', () => {
    const target = Float64Array.of(0, 1, 1, 0, 5);
    expect(toBaseline(target, Int32Array.of(0, 1, 2), 2, 2)).to.deep.equal({
      predictions: Int32Array.of(1, 1),
      probabilities: Float64Array.of(1 / 3, 2 / 3, 1 / 3, 2 / 3),
    });
    expect(Array.from(toBaseline(target, Int32Array.of(3, 4), 2, 0).predictions)).to.deep.equal([2.5, 2.5]);
  });
});
