import { expect } from 'chai';
import { fitBlend } from '../../training/fit-blend.ts';
import { Random } from '../../training/forest/random.ts';

const ROWS = 1000;

function draw(seed: number): Float64Array {
  const random = new Random(seed);
  const uniform = () => random.next() / 2 ** 32;
  return new Float64Array(ROWS).map(() => uniform() + uniform() + uniform() - 1.5);
}

const truth = draw(1);
/** A model that is wrong by so many times the errors of a seed. */
function toPredictions(seed: number, size: number): Float64Array {
  const noise = draw(seed);
  return truth.map((value, row) => value + size * (noise[row] as number));
}

/** Probabilities of two classes: those of the truth by its log odds, plus noise. */
const classes = truth.map((value) => (value > 0 ? 1 : 0));
function toProbabilities(seed: number, size: number): Float64Array {
  const noise = draw(seed);
  return Float64Array.from({ length: 2 * ROWS }, (_, at) => {
    const row = at >> 1;
    const chance = 1 / (1 + Math.exp(-3 * (truth[row] as number) - size * (noise[row] as number)));
    return at % 2 === 1 ? chance : 1 - chance;
  });
}

describe('the weights of a blend', () => {
  it('of a regression are the best possible: errors of the same size that do not go together count alike', () => {
    const answers = [toPredictions(2, 1), toPredictions(3, 1)];
    const [one = 0, other = 0] = fitBlend({ answers, truth, classCount: 0 }) ?? [];
    expect(one).to.be.closeTo(0.5, 0.05);
    expect(one + other).to.be.closeTo(1, 0.002);
  });

  it('are larger for the better of two models', () => {
    const weights = fitBlend({ answers: [toPredictions(2, 1), toPredictions(3, 2)], truth, classCount: 0 });
    // The inverse variances: 1 to 1/4.
    expect(weights?.[0]).to.be.closeTo(0.8, 0.05);
  });

  it('are 0 for a model that adds nothing', () => {
    const answers = [toPredictions(2, 1), toPredictions(3, 1), new Float64Array(ROWS).fill(9)];
    expect(fitBlend({ answers, truth, classCount: 0 })?.[2]).to.equal(0);
  });

  it('of classes are those with the smallest log loss', () => {
    const answers = [toProbabilities(2, 4), toProbabilities(3, 4)];
    const weights = fitBlend({ answers, truth: classes, classCount: 2 });
    expect(weights?.[0]).to.be.closeTo(0.5, 0.15);
  });

  it('are none where a single model does as well', () => {
    const [good, bad] = [toPredictions(2, 1), truth.map((value, row) => value + 3 * (draw(2)[row] as number))];
    expect(fitBlend({ answers: [good, bad], truth, classCount: 0 })).to.equal(undefined);
  });

  it('are none where the gain is clear, but less than 1 %', () => {
    const small = truth.map((value, row) => value + (draw(2)[row] as number) + 0.12 * (draw(3)[row] as number));
    const other = truth.map((value, row) => value + (draw(2)[row] as number) - 0.12 * (draw(3)[row] as number));
    expect(fitBlend({ answers: [small, other], truth, classCount: 0 })).to.equal(undefined);
  });

  it('are none of no rows', () => {
    expect(fitBlend({ answers: [new Float64Array(0)], truth: new Float64Array(0), classCount: 0 })).to.equal(undefined);
  });
});
