import { expect } from 'chai';
import { toPredictions } from '../../models/model.ts';

describe('the predictions of probabilities', () => {
  it('are the most probable class of each row', () => {
    expect([...toPredictions([0.5, 0.25, 0.25, 0, 0.25, 0.75], 3)]).to.deep.equal([0, 2]);
  });

  it('are the first of the classes that are equally probable', () => {
    expect([...toPredictions([0.5, 0.5, 0.25, 0.75, 0, 0], 2)]).to.deep.equal([0, 1, 0]);
  });

  it('are none for no rows', () => {
    expect([...toPredictions([], 3)]).to.deep.equal([]);
  });
});
