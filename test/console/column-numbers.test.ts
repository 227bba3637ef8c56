import { expect } from 'chai';
import { FIRST_DAY, formatOnLine, LAST_DAY, toDateText, toNumber } from '../../console/column-numbers.ts';

describe('the number line of a column', () => {
  const date = { isDate: true };
  const number = { isDate: false };

  it('has the days of dates that begin with year, month and day, and no others', () => {
    const texts = ['1970-01-02', '1970-01-02T10:00', '1970-01-02 10:00', '1970-01-023', '2/1/1970', '', ' ', null];
    expect(texts.map((text) => toNumber(date, text))).to.deep.equal([1, 1, 1, NaN, NaN, NaN, NaN, NaN]);
    expect(['5', ' ', null].map((text) => toNumber(number, text))).to.deep.equal([5, NaN, NaN]);
  });

  it('ends where four digits can write no day any more', () => {
    expect([FIRST_DAY, LAST_DAY].map((day) => toDateText(day, null))).to.deep.equal(['0001-01-01', '9999-12-31']);
  });

  it('gives a day the time of another date, and no other text', () => {
    expect(toDateText(0, '2026-11-23T10:00Z')).to.equal('1970-01-01T10:00Z');
    expect(toDateText(0, '23/11/2026 10:00')).to.equal('1970-01-01');
  });

  it('is shown in days or numbers', () => {
    expect([0.4, 0.6].map((day) => formatOnLine(date, day))).to.deep.equal(['1970-01-01', '1970-01-02']);
    expect(formatOnLine(number, 0.123456, 3)).to.equal('0.123');
  });
});
