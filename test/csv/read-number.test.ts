import { expect } from 'chai';
import { readNumber } from '../../csv/read-number.ts';

const BOTH: readonly (readonly [text: string, value: number])[] = [
  ['12', 12],
  ['+3', 3],
  ['1e5', 100_000],
  ['1 234 567', 1_234_567],
  ['1\u00A0234', 1234],
  ['1\u202F234', 1234],
  ["1'234", 1234],
  ['1’234', 1234],
  ['(987)', -987],
  ['( 987 )', -987],
  ['(0)', 0],
  ['\u22125', -5],
  ['5-', -5],
];

const POINT: readonly (readonly [text: string, value: number])[] = [
  ['4.60', 4.6],
  ['.5', 0.5],
  ['5.', 5],
  ['1,234.50', 1234.5],
  ['1,234,567', 1_234_567],
  ['12,34,567.8', 1_234_567.8],
  ['1 234.567', 1234.567],
  ['($1,234.50)', -1234.5],
];

const COMMA: readonly (readonly [text: string, value: number])[] = [
  ['4,60', 4.6],
  [',5', 0.5],
  ['0,123', 0.123],
  ['3.155,09', 3155.09],
  ['1.234.567', 1_234_567],
  ['1 234,567', 1234.567],
  ['1\u00A0234,5', 1234.5],
  ['1,5E+03', 1500],
  ['-4,60', -4.6],
  ['(4,60)', -4.6],
];

const UNITS: readonly (readonly [text: string, value: number, unit: string])[] = [
  ['12 %', 12, '%'],
  ['12%', 12, '%'],
  ['€ 4', 4, '€'],
  ['4 €', 4, '€'],
  ['$5', 5, '$'],
  ['-$5', -5, '$'],
  ['$-5', -5, '$'],
  ['US$5', 5, 'US$'],
  ['EUR 4', 4, 'EUR'],
  ['4 CHF', 4, 'CHF'],
];

const NONE = [
  '',
  '-',
  '.',
  ',',
  '%',
  '€',
  '--5',
  '(5',
  '(-5)',
  '5 5',
  '1,2,3',
  '1.2.3',
  '12:30',
  '5kg',
  'inf',
  '1e999',
  '0x1F',
  '£5 €',
];

describe('a number', () => {
  for (const [text, value] of BOTH) {
    it(`is ${JSON.stringify(text)} with either decimal sign`, () => {
      const reading = readNumber(text);
      expect([reading?.['.']?.value, reading?.[',']?.value]).to.deep.equal([value, value]);
    });
  }
  for (const [text, value] of POINT) {
    it(`is ${JSON.stringify(text)} with a decimal point only`, () => {
      const reading = readNumber(text);
      expect([reading?.['.']?.value, reading?.[',']?.value]).to.deep.equal([value, undefined]);
    });
  }
  for (const [text, value] of COMMA) {
    it(`is ${JSON.stringify(text)} with a decimal comma only`, () => {
      const reading = readNumber(text);
      expect([reading?.['.']?.value, reading?.[',']?.value]).to.deep.equal([undefined, value]);
    });
  }
  for (const [text, value, unit] of UNITS) {
    it(`is ${JSON.stringify(text)}, with a unit`, () => {
      const reading = readNumber(text);
      expect([reading?.['.']?.value, reading?.unit]).to.deep.equal([value, unit]);
    });
  }

  it('can be another one with each decimal sign', () => {
    for (const [text, point, comma] of [
      ['1,234', 1234, 1.234],
      ['1.234', 1.234, 1234],
      ['€ 1,234', 1234, 1.234],
    ] as const) {
      const reading = readNumber(text);
      expect([reading?.['.']?.value, reading?.[',']?.value], text).to.deep.equal([point, comma]);
    }
  });

  it('is whole if it is written without decimals', () => {
    for (const [text, expected] of [
      ['12', true],
      ['1,234', true],
      ['12.0', false],
      ['1e3', false],
      ['9007199254740993', false],
    ] as const)
      expect(readNumber(text)?.['.']?.isWhole, text).to.equal(expected);
  });

  it('is not any other text', () => {
    for (const text of NONE) expect(readNumber(text), text).to.equal(undefined);
  });
});
