/** The numbers of a drift archive, compared with those of KDEpy 1.1.12, scipy 1.15.3 and numpy 2.2.6. */
import { expect } from 'chai';
import { estimateDensity } from '../../../../openscale/archive/drift/densities.ts';
import { compareValues, toPythonText } from '../../../../openscale/archive/drift/python-text.ts';
import { round } from '../../../../openscale/archive/drift/round.ts';
import { toSamplingBuffer } from '../../../../openscale/archive/drift/sampling-buffer.ts';
import { selectBandwidth } from '../../../../openscale/archive/drift/select-bandwidth.ts';

describe('the density of a histogram', () => {
  const starts = Float64Array.of(0, 1, 2, 3, 4, 6, 9);
  const counts = Float64Array.of(5, 9, 14, 8, 4, 2, 1);

  it('is that of KDEpy', () => {
    const { points, values } = estimateDensity(starts, counts, [0, 9.999], 1);
    expect([points.length, points[0], points[50], points[100]]).to.deep.equal([101, 0, 4.9995, 9.999]);
    const expected = { 0: 0.05862, 20: 0.260853, 50: 0.046477, 100: 0.012896 };
    for (const [index, value] of Object.entries(expected)) expect(values[Number(index)]).to.be.closeTo(value, 2e-6);
  });

  it('has the bin as its bandwidth where there are too few points for another', () => {
    expect(selectBandwidth(Float64Array.of(0, 1000), Float64Array.of(0.5, 0.5))).to.equal(undefined);
  });
});

describe('the buffer of a count', () => {
  // The count, the rows, and the rows within which 95 % of the binomial distribution is (scipy.stats.binom).
  const cases = [
    [211, 400, 20],
    [5, 1000, 4],
    [1, 3, 1],
    [2, 8, 2],
    [999, 1000, 2],
    [30, 100, 9],
    [1000, 1000, 0],
  ] as const;
  for (const [count, rows, within] of cases)
    it(`of ${count} in ${rows} rows is ${within} rows`, () => {
      expect(toSamplingBuffer(count, rows)).to.be.closeTo(within / count, 1e-12);
    });

  it('is narrow for many rows', () => {
    expect(toSamplingBuffer(500_000, 1_000_000)).to.be.closeTo((1.96 * 500) / 500_000, 2e-6);
  });
});

describe('a rounded number', () => {
  const cases = [
    [1.23456, 1.2346],
    [-1.23456, -1.2346],
    [0.00005, 0],
    [0.00015, 0.0001],
    [0.12345, 0.1234],
    [2.50005, 2.5],
    [7, 7],
    [-0.00001, -0],
  ] as const;
  for (const [value, expected] of cases)
    it(`of ${value} is ${expected}, as in numpy`, () => {
      expect(round(value) + 0).to.equal(expected + 0);
    });
});

describe('a value in a name', () => {
  const cases = [
    [true, false, 'True'],
    [false, false, 'False'],
    ['text', false, 'text'],
    [3, false, '3'],
    [3, true, '3.0'],
    [-0.5, true, '-0.5'],
    [0, true, '0.0'],
    [1e16, true, '1e+16'],
    [1.5e-7, true, '1.5e-07'],
    [0.0001, true, '0.0001'],
  ] as const;
  for (const [value, isFloat, text] of cases)
    it(`is written as in Python: ${text}`, () => {
      expect(toPythonText(value, isFloat)).to.equal(text);
    });

  it('is ordered as in Python: texts by code point, false before true', () => {
    expect(['\u{1f600}', 'ﾟ', 'b', 'B'].sort(compareValues)).to.deep.equal(['B', 'b', 'ﾟ', '\u{1f600}']);
    expect([true, false].sort(compareValues)).to.deep.equal([false, true]);
    expect([10, 9, -1].sort(compareValues)).to.deep.equal([-1, 9, 10]);
  });
});
