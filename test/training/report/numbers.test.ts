import { expect } from 'chai';
import { toChart } from '../../../training/report/chart.ts';
import { cutText, toName, toNames } from '../../../training/report/html.ts';
import {
  formatPercent,
  formatRatio,
  formatShare,
  toCommonFormatter,
  toFormatter,
} from '../../../training/report/numbers.ts';
import { toBar } from '../../../training/report/table.ts';
import { toText } from '../../support/html-tables.ts';

describe('the numbers of a report', () => {
  it('have the same number of decimals each, no minus before a zero, and a dash for what is undefined', () => {
    expect([formatShare(0.5), formatShare(-0.00001), formatShare(NaN)]).to.deep.equal(['0.5000', '0.0000', '–']);
    expect([formatPercent(0.12345), formatPercent(-0.0001), formatPercent(NaN)]).to.deep.equal([
      '12.3 %',
      '0.0 %',
      '–',
    ]);
    expect([formatRatio(2), formatRatio(Infinity)]).to.deep.equal(['2.00', '–']);
  });

  it('of one unit have four significant digits of their size, and exponents beyond', () => {
    const show = (magnitude: number, ...values: readonly number[]) => values.map(toFormatter(magnitude));
    expect(show(812.5, 3950.26, -0.04)).to.deep.equal(['3950.3', '0.0']);
    expect(show(0.0123, 0.5)).to.deep.equal(['0.50000']);
    expect(show(1e15, 2e15, NaN)).to.deep.equal(['2.000e+15', '–']);
    expect(show(0, 1)).to.deep.equal(['1.0000']);
    expect([1, NaN, -250].map(toCommonFormatter([1, NaN, -250]))).to.deep.equal(['1.0', '–', '-250.0']);
  });
});

describe('the names of a report', () => {
  it('are cut beyond so many characters as readers count them, with all of them in a title', () => {
    expect(cutText('abcd', 4)).to.equal('abcd');
    expect(cutText('abcde', 4)).to.equal('abc…');
    // A family is one character of eleven code units.
    const family = '\u{1F468}\u200D\u{1F469}\u200D\u{1F467}\u200D\u{1F466}';
    expect(cutText(family.repeat(4), 4)).to.equal(family.repeat(4));
    expect(cutText(family.repeat(5), 4)).to.equal(`${family.repeat(3)}…`);
    expect(toName('abcde', 4)).to.equal('<span title="abcde">abc…</span>');
    expect(toName(true)).to.equal('true');
  });

  it('of a list are the first, and how many there are', () => {
    expect(toNames(['a', 'b'], 2)).to.equal('a, b');
    expect(toNames(['a', 'b', '<'], 2)).to.equal('a, b, … (3 in all)');
  });
});

describe('the bars and charts of a report', () => {
  it('have bars between nothing and the whole width', () => {
    const widths = [-0.5, 0, 0.333333, 1, 1.5].map((share) => /width:([\d.]+)%/.exec(toBar(share))?.[1]);
    expect(widths).to.deep.equal(['0', '0', '33.3', '100', '100']);
    expect(toBar(NaN)).to.equal('');
  });

  it('say how many of many points are drawn, and mark their axes with round numbers', () => {
    const points = Array.from({ length: 2500 }, (_, at) => [at, at * 1e6] as const);
    const draw = (count: number) =>
      toChart('points', { title: 'x', min: 0, max: 2500 }, { title: 'y <', min: 0, max: 2.5e9 }, [
        { name: 'a row', look: 'points', points: points.slice(0, count) },
      ]);
    expect(toText(draw(2500))).to.include('a row (834 of 2500 are drawn)');
    expect(draw(1000)).not.to.include('are drawn');
    const marks = [...draw(10).matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text);
    expect(marks).to.deep.equal([
      ...['0', '500', '1000', '1500', '2000', '2500'],
      ...['0', '5e+8', '1e+9', '1.5e+9', '2e+9', '2.5e+9'],
      ...['x', 'y &#60;'],
    ]);
  });

  it('have an axis for values that are all the same, and for small and negative ones', () => {
    const marks = (min: number, max: number) =>
      [...toChart('', { title: '', min, max }, { title: '', min: 0, max: 0 }, []).matchAll(/middle">([^<]+)</g)].map(
        ([, text]) => text,
      );
    expect(marks(3, 3)).to.deep.equal(['3']);
    expect(marks(-0.02, 0.02)).to.deep.equal(['-0.02', '-0.01', '0.00', '0.01', '0.02']);
  });
});
