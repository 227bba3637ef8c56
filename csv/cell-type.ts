/** What a CSV cell holds: a missing value, a number, a boolean or a text. Every command that reads a file uses these rules. */

/** The types that a column can have, as OpenScale's schemas name them. */
export type ColumnType = 'string' | 'integer' | 'long' | 'double' | 'boolean';

/** The value of a cell that is not missing, as a request sends it. */
export type Cell = string | number | boolean;

/** The missing-value markers of pandas, and the question mark of older data sets. */
const MISSING = new Set(
  '|#N/A|#N/A N/A|#NA|-1.#IND|-1.#QNAN|-NaN|-nan|1.#IND|1.#QNAN|<NA>|N/A|NA|NULL|NaN|None|n/a|nan|null|?'.split('|'),
);
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const COMMA_NUMBER = /^[+-]?(\d{1,3}(,\d{3})+(\.\d+)?|\d+,\d+)$/;
const DATE = /^\d{4}-\d{2}-\d{2}([T ].*)?$|^\d{1,2}[/.]\d{1,2}[/.]\d{2,4}( .*)?$/;
const BOOLEAN = new Map([
  ['true', true],
  ['false', false],
]);

/** Whether a text is a missing-value marker. */
export function isMissing(text: string): boolean {
  return MISSING.has(text.trim());
}

/** Parses a number; NaN if the text is not one. */
export function toNumber(text: string): number {
  const trimmed = text.trim();
  return NUMBER.test(trimmed) ? Number(trimmed) : NaN;
}

/** Parses `true` or `false` in any case; undefined if the text is neither. */
export function toBoolean(text: string): boolean | undefined {
  return BOOLEAN.get(text.trim().toLowerCase());
}

/** Whether a text looks like a date. */
export function isDate(text: string): boolean {
  return DATE.test(text.trim());
}

/** Whether a text is a number with a decimal comma or with commas between thousands. */
export function isCommaNumber(text: string): boolean {
  return COMMA_NUMBER.test(text.trim());
}

/** Parses a cell of a type: null if it is missing or not the expected boolean, NaN if it is not the expected number. */
export function toCell(type: ColumnType, text: string): Cell | null {
  if (isMissing(text)) return null;
  if (type === 'string') return text;
  return type === 'boolean' ? (toBoolean(text) ?? null) : toNumber(text);
}

/** The type of a numeric column: integer up to 32 bits, long beyond, double if any value has a fraction. */
export function toNumberType(isWhole: boolean, range: readonly [number, number]): 'integer' | 'long' | 'double' {
  if (!isWhole) return 'double';
  return Math.max(-range[0], range[1]) < 2 ** 31 ? 'integer' : 'long';
}
