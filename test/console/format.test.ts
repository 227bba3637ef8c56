import { expect } from 'chai';
import { formatCount, formatNumber, formatPercent, formatTime, isolate, toTicks } from '../../console/format.ts';

describe('formatPercent', () => {
  it('never says that something is certain or impossible when it is not', () => {
    expect(formatPercent(NaN)).to.equal('–');
    expect([0, 1e-9, 0.0004, 0.0006, 0.1234, 0.99999, 1].map(formatPercent)).to.deep.equal([
      '0%',
      '< 0.1%',
      '< 0.1%',
      '0.1%',
      '12.3%',
      '99.9%',
      '100%',
    ]);
  });
});

describe('formatNumber', () => {
  it('has few digits, separators, and an exponent only where it must', () => {
    const numbers = [0, 0.123456, 12.3456, -4200, 10_000, 1234567, 1e12, 1e15, 1e-9, NaN];
    expect(numbers.map((value) => formatNumber(value))).to.deep.equal([
      '0',
      '0.1235',
      '12.35',
      '-4200',
      '10,000',
      '1,234,567',
      '1.000e+12',
      '1.000e+15',
      '1.000e-9',
      '–',
    ]);
  });
});

describe('formatCount', () => {
  it('has separators', () => expect([7, 1234567].map(formatCount)).to.deep.equal(['7', '1,234,567']));
});

describe('isolate', () => {
  it('keeps the direction of a text from spreading', () =>
    expect(isolate('a\u202eb')).to.equal('\u2068a\u202eb\u2069'));
});

describe('formatTime', () => {
  it('chooses the unit', () =>
    expect([0.123, 1, 12.34, 1000, 1234].map(formatTime)).to.deep.equal([
      '0.12 ms',
      '1 ms',
      '12.3 ms',
      '1 s',
      '1.23 s',
    ]));
});

describe('formatCount', () => {
  it('separates thousands', () => expect([0, 12_345_678].map(formatCount)).to.deep.equal(['0', '12,345,678']));
});

describe('isolate', () => {
  it('keeps the direction of a text to itself', () => expect(isolate(7)).to.equal('\u20687\u2069'));
});

describe('toTicks', () => {
  it('are round numbers within the axis', () => {
    expect(toTicks(0, 1, 5)).to.deep.equal([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(toTicks(172, 231, 7)).to.deep.equal([180, 190, 200, 210, 220, 230]);
    expect(toTicks(3, 3, 5)).to.deep.equal([3]);
    expect(toTicks(1.1, 1.4, 3)).to.deep.equal([1.1, 1.2, 1.3, 1.4]);
    expect(toTicks(0, 0.3, 3)).to.deep.equal([0, 0.1, 0.2, 0.3]);
  });
});
