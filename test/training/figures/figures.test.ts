import { expect } from 'chai';
import { toCalibrationBins } from '../../../training/figures/calibration-curve.ts';
import { toErrorsByTenth, toResiduals } from '../../../training/figures/residuals.ts';
import { summarize, toQuantile } from '../../../training/figures/statistics.ts';

describe('the calibration curve', () => {
  it('has the rows, the mean probability and the share of the class of each range', () => {
    const truth = [1, 0, 1];
    const probabilities = [0.75, 0.25, 0.74, 0.26, 0, 1];
    const bins = toCalibrationBins(truth, { predictions: [0, 0, 1], probabilities }, 2, 10, 1);
    expect(bins.map(({ rows }) => rows)).to.deep.equal([0, 0, 2, 0, 0, 0, 0, 0, 0, 1]);
    expect(bins[2]?.probability).to.be.closeTo(0.255, 1e-12);
    expect(bins[2]).to.deep.include({ from: 0.2, to: 0.3, share: 0.5 });
    expect(bins[9]).to.deep.include({ probability: 1, share: 1 });
    expect(bins[0]).to.deep.include({ probability: NaN, share: NaN });
  });

  it('is that of the predicted class unless one is named', () => {
    const probabilities = [0.7, 0.2, 0.1, 0.3, 0.3, 0.4];
    const bins = toCalibrationBins([0, 1], { predictions: [0, 2], probabilities }, 3, 10);
    expect(bins.map(({ rows, share }) => [rows, share]).filter(([rows]) => rows === 1)).to.deep.equal([
      [1, 0],
      [1, 1],
    ]);
  });

  it('takes a probability on a bound for the range above it, whatever rounding has left of it', () => {
    const third = 0.1 + 0.2 - 1e-16;
    const bins = toCalibrationBins([0], { predictions: [1], probabilities: [1 - third, third] }, 2, 10, 1);
    expect(bins[3]?.rows).to.equal(1);
  });
});

describe('the residuals', () => {
  it('are actual minus predicted', () => {
    expect([...toResiduals([3, 5], [1, 6])]).to.deep.equal([2, -1]);
  });

  it('by tenths of the predictions have mean and spread', () => {
    const predictions = Array.from({ length: 20 }, (_, row) => 19 - row);
    const truth = predictions.map((value) => value + (value % 2 === 0 ? 1 : -3));
    const tenths = toErrorsByTenth(truth, predictions, predictions);
    expect(tenths).to.have.length(10);
    // The predictions 0 and 1, with actual 1 and -2.
    expect(tenths[0]).to.deep.equal({
      min: 0,
      max: 1,
      rows: 2,
      meanPredicted: 0.5,
      meanActual: -0.5,
      stdActual: 1.5,
      meanError: -1,
      stdError: 2,
      mae: 2,
      rmse: Math.sqrt(5),
    });
    expect(tenths.at(-1)).to.deep.include({ min: 18, max: 19, rows: 2 });
  });

  it('of equal predictions stay together', () => {
    const predictions = [1, 1, 1, 1, 1, 1, 2, 2, 3, 3, 3, 3];
    const tenths = toErrorsByTenth(predictions, predictions, predictions);
    expect(tenths.map(({ min, max, rows }) => [min, max, rows])).to.deep.equal([
      [1, 1, 6],
      [2, 2, 2],
      [3, 3, 4],
    ]);
  });
});

describe('the summary of numbers', () => {
  it('has the quantiles of numpy', () => {
    expect(summarize([4, 1, 2, 10])).to.deep.equal({
      rows: 4,
      mean: 4.25,
      std: Math.sqrt((0.25 ** 2 + 3.25 ** 2 + 2.25 ** 2 + 5.75 ** 2) / 4),
      min: 1,
      quartiles: [1.75, 3, 5.5],
      max: 10,
    });
    expect(toQuantile([], 0.5)).to.deep.equal(NaN);
  });
});
