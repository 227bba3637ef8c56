import { expect } from 'chai';
import { explainNumber } from '../../wrapping/explain-number.ts';

const explain = (labels: string, values: readonly unknown[], classes = ['a', 'b']) =>
  explainNumber({ name: 'score', values }, Array.from(labels), classes)?.settings?.output;

describe('a number beside the labels', () => {
  it('is the probability of the predicted class if it never falls below one half and does not separate the labels', () => {
    expect(explain('aabb', [0.6, 0.9, 0.7, 0.8])).to.deep.equal({ confidence: 'score' });
    expect(explain('ab', [0.5, 0.5])).to.deep.equal({ confidence: 'score' });
  });

  it('is the probability of a fixed class if one half separates the labels', () => {
    expect(explain('aabb', [0.1, 0.4, 0.5, 0.9])).to.deep.equal({ probability: 'score' });
    const meaning = explainNumber({ name: 'p', values: [0.9, 0.2] }, ['a', 'b'], ['a', 'b']);
    expect(meaning?.classes).to.deep.equal(['b', 'a']);
  });

  it('has no known meaning otherwise', () => {
    // With a threshold of 0.85, it could be the probability of b.
    expect(explain('aabb', [0.6, 0.8, 0.9, 0.95])).to.equal(undefined);
    expect(explain('aabb', [0.9, 0.95, 0.6, 0.8])).to.equal(undefined);
    expect(explain('aabb', [0.6, 0.4, 0.7, 0.3])).to.equal(undefined);
    expect(explain('aaa', [0.6, 0.7, 0.8])).to.equal(undefined);
    expect(explain('abc', [0.6, 0.7, 0.8], ['a', 'b', 'c'])).to.equal(undefined);
  });

  it('is ignored if it is not a probability', () => {
    for (const values of [
      [0.6, 1.5],
      [-1, 0.5],
      [0.6, null],
      ['0.6', 0.7],
    ])
      expect(explainNumber({ name: 'score', values }, ['a', 'b'], ['a', 'b'])).to.equal(undefined);
  });
});
