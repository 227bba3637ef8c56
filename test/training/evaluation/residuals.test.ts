import { expect } from 'chai';
import { toErrorsByTenth, toResiduals } from '../../../training/evaluation/residuals.ts';

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
