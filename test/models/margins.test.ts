import { expect } from 'chai';
import { toScores } from '../../models/margins.ts';

describe('margins', () => {
  const regress = (transform: Parameters<typeof toScores>[1]['transform'], ...margins: number[]) =>
    Array.from(toScores(Float64Array.from(margins), { transform, classCount: undefined }).predictions);
  const classify = (
    transform: Parameters<typeof toScores>[1]['transform'],
    classCount: number,
    margins: number[],
    scale = 1,
  ) => {
    const { predictions, probabilities } = toScores(Float64Array.from(margins), { transform, classCount, scale });
    return { predictions: Array.from(predictions), probabilities: Array.from(probabilities ?? []) };
  };

  it('become numbers', () => {
    expect(regress('identity', -1, 2.5)).to.deep.equal([-1, 2.5]);
    expect(regress('exp', 0, 1)).to.deep.equal([1, Math.E]);
    expect(regress('signed-square', -3, 2)).to.deep.equal([-9, 4]);
    expect(regress('log1p-exp', 0, 800, -800)).to.deep.equal([Math.LN2, 800, 0]);
    expect(regress('sigmoid', 0, 800, -800)).to.deep.equal([0.5, 1, 0]);
    expect(regress('step', 0, 0.1, -0.1)).to.deep.equal([0, 1, 0]);
  });

  it('become the probabilities of two classes, neither of which loses its digits', () => {
    const { predictions, probabilities } = classify('sigmoid', 2, [0, 50, -50]);
    expect(predictions).to.deep.equal([0, 1, 0]);
    expect(probabilities).to.deep.equal([
      0.5,
      0.5,
      Math.exp(-50) / (1 + Math.exp(-50)),
      1,
      1,
      Math.exp(-50) / (1 + Math.exp(-50)),
    ]);
    expect(classify('step', 2, [0, 1]).probabilities).to.deep.equal([1, 0, 0, 1]);
  });

  it('are multiplied by the scale first', () => {
    expect(classify('sigmoid', 2, [2], 0.5).probabilities[1]).to.equal(1 / (1 + Math.exp(-1)));
  });

  it('become the probabilities of several classes, without overflow', () => {
    expect(classify('softmax', 3, [1000, 1000, -1000])).to.deep.equal({
      predictions: [0],
      probabilities: [0.5, 0.5, 0],
    });
    expect(classify('sigmoids', 3, [0, 0, -1000])).to.deep.equal({ predictions: [0], probabilities: [0.5, 0.5, 0] });
    expect(classify('sigmoids', 2, [-1000, -1000]).probabilities).to.deep.equal([0.5, 0.5]);
  });
});
