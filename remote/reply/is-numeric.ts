import { isDecimal } from '../../models/decimal.ts';

/** Whether a text is a finite number. */
export function isNumeric(text: string): boolean {
  return isDecimal(text) && Number.isFinite(Number(text));
}
