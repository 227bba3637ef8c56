import { expect } from 'chai';
import { isDecimal } from '../../models/decimal.ts';

describe('a decimal number', () => {
  it('is what programs write', () => {
    for (const text of ['0', '-1', '+1.', '.5', '1.50', '1e5', '-1.5E-7', '007', '1e999']) {
      expect(isDecimal(text), text).to.equal(true);
    }
    for (const text of [
      '',
      '.',
      '-',
      '1,5',
      '1e',
      'e5',
      '1.5.2',
      '0x10',
      'Infinity',
      'NaN',
      ' 1',
      '1 ',
      '1_000',
      '١',
    ]) {
      expect(isDecimal(text), text).to.equal(false);
    }
  });

  it('can be the smallest double without an exponent', () => {
    // 2 to the power of -1074 is 5 to the power of 1074, divided by 10 to the power of 1074.
    const text = `-0.${(5n ** 1074n).toString().padStart(1074, '0')}`;
    expect(isDecimal(text)).to.equal(true);
    expect(Number(text)).to.equal(-Number.MIN_VALUE);
  });

  it('has no more characters than any double needs', () => {
    expect(isDecimal('1'.repeat(1100))).to.equal(true);
    expect(isDecimal('1'.repeat(1101))).to.equal(false);
    expect(isDecimal('1'.repeat(1e8))).to.equal(false);
  });
});
