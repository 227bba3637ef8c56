/**
 * Numbers as people write them: with a decimal point or comma, thousands separated by the other sign, by blanks or by
 * apostrophes, with a currency or a percent sign, in parentheses if they are negative (accounting).
 */

import { isDecimal } from '../models/decimal.ts';

/** The decimal signs. */
export const DECIMAL_SIGNS = ['.', ','] as const;
export type DecimalSign = (typeof DECIMAL_SIGNS)[number];

/** A number with each decimal sign; undefined where it is not a number with that sign. */
export interface NumberReading {
  readonly '.': SignedReading | undefined;
  readonly ',': SignedReading | undefined;
  /** `%`, a currency, or '' for none. */
  readonly unit: string;
  /** Whether it is written with digits, a sign, a decimal point and an exponent only. */
  readonly isPlain: boolean;
  /** Whether a zero stands before its other digits, as in the zip code 01234. */
  readonly hasLeadingZero: boolean;
}

interface SignedReading {
  readonly value: number;
  /** Whether it is written without decimals and without an exponent. */
  readonly isWhole: boolean;
}

const PLAIN_COMMA = /^[+-]?\d*,\d+(?:[eE][+-]?\d+)?$/;
const LEADING_ZERO = /^[+-]?0\d/;
/** A point before exactly three digits may separate thousands. */
const POINT_THOUSANDS = /^[+-]?[1-9]\d{0,2}(?:\.\d{3})+$/;
const COMMA_THOUSANDS = /^[+-]?[1-9]\d{0,2},\d{3}$/;
/** 1 234 567 and 1'234'567, with any kind of blank. */
const BLANK_THOUSANDS = /^[1-9]\d{0,2}([ \u00A0\u2009\u202F'\u2019])\d{3}(?:\1\d{3})*(?:[.,]\d*)?$/;
const WITH_SIGN: Readonly<Record<DecimalSign, RegExp>> = { '.': toPattern('.', ','), ',': toPattern(',', '.') };
const SIGNS = '+\\-\u2212';
/** Signs, with letters before them as in US$; codes of ISO 4217; and the abbreviations that have no sign. */
const CURRENCY = [
  String.raw`[A-Z]{0,2}\p{Sc}`,
  ...Intl.supportedValuesOf('currency'),
  ...['kr\\.?', 'zł', 'Kč', 'Ft', 'lei', 'лв\\.?', 'руб\\.?', 'S?Fr\\.', 'Rs\\.?', 'Rp\\.?', 'RM'],
].join('|');
const DECORATED = new RegExp(
  String.raw`^([${SIGNS}]?)\s*(${CURRENCY})?\s*([${SIGNS}]?)\s*([\d.,](?:.*[\d.,])?)\s*(%|${CURRENCY})?\s*(-?)$`,
  'u',
);

/** Digits with a decimal sign, and with groups of three between the other sign (or of two before the last, as in India). */
function toPattern(decimal: DecimalSign, thousands: DecimalSign): RegExp {
  const [d, t] = [`\\${decimal}`, `\\${thousands}`];
  const groups = String.raw`[1-9]\d{0,2}(?:${t}\d{3})+|[1-9]\d?(?:${t}\d{2})+${t}\d{3}`;
  return new RegExp(String.raw`^(?:(?:\d+|${groups})(?:${d}\d*)?|${d}\d+)(?:[eE][+-]?\d+)?$`);
}

/** The number that a trimmed text is, in the usual spelling of programs with this decimal sign; undefined if it is in another. */
export function toPlainNumber(text: string, sign: DecimalSign): number | undefined {
  if (sign === ',' && PLAIN_COMMA.test(text)) return Number(text.replace(',', '.'));
  // With a decimal comma, a point separates thousands.
  return isDecimal(text) && (sign === '.' || !text.includes('.')) ? Number(text) : undefined;
}

/** Reads a trimmed text as a number; undefined if it is not one in either spelling, or not a finite one. */
export function readNumber(text: string): NumberReading | undefined {
  if (isDecimal(text)) return readPlain(text);
  return PLAIN_COMMA.test(text) ? readPlainComma(text) : readDecorated(text);
}

function readPlain(text: string): NumberReading | undefined {
  const value = Number(text);
  if (!Number.isFinite(value)) return undefined;
  const hasLeadingZero = LEADING_ZERO.test(text);
  const hasPoint = text.includes('.');
  const isWhole = !hasPoint && Number.isSafeInteger(value) && !/[eE]/.test(text);
  const reading = { value, isWhole };
  const other = !hasPoint
    ? reading
    : POINT_THOUSANDS.test(text)
      ? toReading(text.replaceAll('.', ''), true)
      : undefined;
  return { '.': reading, ',': other, unit: '', isPlain: true, hasLeadingZero };
}

function readPlainComma(text: string): NumberReading | undefined {
  const comma = toReading(text.replace(',', '.'), false);
  const point = COMMA_THOUSANDS.test(text) ? toReading(text.replaceAll(',', ''), true) : undefined;
  if (!comma) return undefined;
  return { '.': point, ',': comma, unit: '', isPlain: false, hasLeadingZero: LEADING_ZERO.test(text) };
}

function readDecorated(text: string): NumberReading | undefined {
  // Cheaper than the pattern, for the texts that are not numbers at all.
  if (text.length > 40 || !/\d/.test(text)) return undefined;
  const inner = text.startsWith('(') && text.endsWith(')') ? text.slice(1, -1).trim() : undefined;
  const match = DECORATED.exec(inner ?? text);
  if (!match) return undefined;
  const [, first = '', currency, second = '', digits = '', after, last = ''] = match;
  const signs = [first, second, last].filter((sign) => sign !== '');
  if (signs.length > (inner === undefined ? 1 : 0) || (currency && after && after !== '%')) return undefined;
  const isNegative = inner !== undefined || (signs[0] ?? '+') !== '+';
  const grouped = BLANK_THOUSANDS.exec(digits);
  const core = grouped ? digits.replaceAll(grouped[1] as string, '') : digits;
  const read = (sign: DecimalSign) => {
    if (!WITH_SIGN[sign].test(core)) return undefined;
    const plain = core.replaceAll(sign === '.' ? ',' : '.', '').replace(sign, '.');
    return toReading(isNegative ? `-${plain}` : plain, !/[.eE]/.test(plain));
  };
  const readings = { '.': read('.'), ',': read(',') };
  if (!readings['.'] && !readings[',']) return undefined;
  return { ...readings, unit: currency ?? after ?? '', isPlain: false, hasLeadingZero: LEADING_ZERO.test(core) };
}

function toReading(text: string, isWhole: boolean): SignedReading | undefined {
  // Adding 0 turns the negative zero of "(0)" into 0.
  const value = Number(text) + 0;
  return Number.isFinite(value) ? { value, isWhole: isWhole && Number.isSafeInteger(value) } : undefined;
}
