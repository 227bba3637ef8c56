import { expect } from 'chai';
import fc from 'fast-check';
import { roundThreshold, toCut } from '../../../models/forest/to-cut.ts';

const DOUBLE = { cells: 64, thresholds: 64, sums: 64 } as const;
const SINGLE = { cells: 32, thresholds: 32, sums: 32 } as const;
const MIXED = { cells: 32, thresholds: 64, sums: 64 } as const;
const { MAX_VALUE, MIN_VALUE, EPSILON } = Number;
const GREATEST_32 = 2 ** 128 - 2 ** 104;

describe('the cut of a comparison', () => {
  it('is the threshold for less, and the next number for at most', () => {
    expect(toCut('less', 1, DOUBLE)).to.equal(1);
    expect(toCut('atMost', 1, DOUBLE)).to.equal(1 + EPSILON);
    expect(toCut('atMost', -1, DOUBLE)).to.equal(-1 + EPSILON / 2);
    expect(toCut('atMost', 0, DOUBLE)).to.equal(MIN_VALUE);
    expect(toCut('atMost', -0, DOUBLE)).to.equal(MIN_VALUE);
    expect(toCut('atMost', -MIN_VALUE, DOUBLE)).to.equal(-0);
    expect(toCut('atMost', MAX_VALUE, DOUBLE)).to.equal(Infinity);
    expect(toCut('atMost', -Infinity, DOUBLE)).to.equal(-MAX_VALUE);
    // Here the lower 32 bits overflow.
    expect(toCut('atMost', 2 - EPSILON, DOUBLE)).to.equal(2);
    expect(toCut('atMost', -2, DOUBLE)).to.equal(-2 + EPSILON);
  });

  it('is halfway between two 32-bit numbers if cells are rounded, or next to that', () => {
    const ulp = 2 ** -23;
    // A tie is rounded to the even number: 1 or 1 + 2 ulp.
    expect(toCut('less', 1, SINGLE)).to.equal(1 - ulp / 4);
    expect(toCut('atMost', 1, SINGLE)).to.equal((1 + ulp / 2) * (1 + EPSILON));
    expect(toCut('less', 1 + ulp, SINGLE)).to.equal((1 + ulp / 2) * (1 + EPSILON));
    expect(toCut('atMost', 1 + ulp, SINGLE)).to.equal(1 + 1.5 * ulp);
    expect(toCut('less', 0, SINGLE)).to.equal(-(2 ** -150));
    expect(toCut('less', Infinity, SINGLE)).to.equal(2 ** 128 - 2 ** 103);
    expect(toCut('atMost', GREATEST_32, SINGLE)).to.equal(2 ** 128 - 2 ** 103);
  });

  it('is NaN if the comparison holds for all numbers', () => {
    for (const precision of [DOUBLE, SINGLE]) expect(toCut('atMost', Infinity, precision)).to.be.NaN;
  });

  it('separates the numbers for which the comparison holds from the others', () => {
    const special = [0, -0, MIN_VALUE, 2 ** -149, 2 ** -150, 2 ** -126, 1, 0.1, GREATEST_32, 2 ** 128 - 2 ** 103];
    const number = fc
      .oneof(
        fc.constantFrom(...special, ...special.map((x) => -x), Infinity, -Infinity, 1e308),
        fc.double({ noNaN: true }),
        fc.float({ noNaN: true }),
      )
      // And their neighbours, with 64 bits or halfway to the next 32-bit number.
      .chain((x) => {
        const half = Math.abs(Math.fround(x)) * 2 ** -24;
        const near = [x, x + half, x - half, x + 2 * half, x - 2 * half, x + 2 ** -150, x - 2 ** -150];
        return fc.constantFrom(...near.flatMap((y) => [y, y * (1 + EPSILON), y * (1 - EPSILON), y + MIN_VALUE]));
      })
      .filter((x) => !Number.isNaN(x));
    const pair = number.chain((threshold) =>
      fc.tuple(fc.constant(threshold), fc.oneof(number, fc.constant(threshold))),
    );
    const precision = fc.constantFrom(DOUBLE, SINGLE, MIXED, { ...DOUBLE, thresholds: 32 } as const);
    fc.assert(
      fc.property(pair, precision, ([threshold, x], precision) => {
        const limit = roundThreshold(threshold, precision);
        const cell = precision.cells === 32 ? Math.fround(x) : x;
        expect(!(x >= toCut('less', limit, precision))).to.equal(cell < limit);
        expect(!(x >= toCut('atMost', limit, precision))).to.equal(cell <= limit);
      }),
      { seed: 1, numRuns: 20_000 },
    );
  });

  it('is the least number for which the comparison does not hold', () => {
    const threshold = fc.float({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(threshold, (threshold) => {
        const cut = toCut('less', threshold, SINGLE);
        expect(Math.fround(cut) < threshold).to.equal(false);
        expect(Math.fround(toPrevious(cut)) < threshold).to.equal(true);
      }),
      { seed: 1, numRuns: 1000 },
    );
  });
});

/** The next smaller 64-bit number. */
function toPrevious(x: number): number {
  return -toCut('atMost', -x, DOUBLE);
}
