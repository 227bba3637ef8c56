import { expect } from 'chai';
import { summarize, toQuantile } from '../../../training/evaluation/statistics.ts';

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
