import type { Scalar } from '../../../models/deployment-file.ts';

/** A value as Python's `str` writes it; IBM's names of statistics contain values in this form. */
export function toPythonText(value: Scalar, isFloat: boolean): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'string' || !isFloat) return String(value);
  const size = Math.abs(value);
  if (size >= 1e16 || (size !== 0 && size < 1e-4)) {
    const [digits, exponent = ''] = value.toExponential().split('e');
    return `${digits}e${exponent[0]}${exponent.slice(1).padStart(2, '0')}`;
  }
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

/** The order in which Python sorts values of one type: texts by code point, false before true. */
export function compareValues(one: Scalar, other: Scalar): number {
  if (typeof one === 'string' && typeof other === 'string') return Buffer.compare(Buffer.from(one), Buffer.from(other));
  return Number(one) - Number(other);
}
