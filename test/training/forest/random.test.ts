import { expect } from 'chai';
import { Random, shuffle } from '../../../training/forest/random.ts';

describe('the random numbers', () => {
  it('are determined by their seed and stream', () => {
    const draw = (seed: number, stream?: number) => {
      const random = new Random(seed, stream);
      return Array.from({ length: 5 }, () => random.next());
    };
    expect(draw(7, 3)).to.deep.equal(draw(7, 3));
    expect(draw(7, 3)).not.to.deep.equal(draw(7, 4));
    expect(draw(7, 3)).not.to.deep.equal(draw(8, 3));
    expect(draw(7)).not.to.deep.equal(draw(7 + 2 ** 32));
  });

  it('below a bound are uniform', () => {
    const random = new Random(1);
    const counts = new Array<number>(10).fill(0);
    for (let draw = 0; draw < 100_000; draw++) {
      const number = random.below(10);
      counts[number] = (counts[number] as number) + 1;
    }
    // Chi squared with 9 degrees of freedom is below 27.9 in 999 of 1000 cases.
    expect(counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0)).to.be.below(27.9);
  });

  it('shuffle without losing items', () => {
    const shuffled = shuffle(
      Int32Array.from({ length: 100 }, (_, index) => index),
      new Random(1),
    );
    expect([...shuffled]).not.to.deep.equal([...shuffled].sort((a, b) => a - b));
    expect([...shuffled].sort((a, b) => a - b)).to.deep.equal(Array.from({ length: 100 }, (_, index) => index));
  });
});
