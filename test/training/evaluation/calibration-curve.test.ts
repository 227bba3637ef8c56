import { expect } from 'chai';
import { toCalibrationBins } from '../../../training/evaluation/calibration-curve.ts';

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
