/** What the text of a CSV cell is: missing, a number, a boolean, a text; one rule for every command that reads a file. */

/** The types that a column can have, as OpenScale's schemas name them. */
export type ColumnType = 'string' | 'integer' | 'long' | 'double' | 'boolean';

/** A cell that is not missing, as a request would send it. */
export type Cell = string | number | boolean;

/** What pandas takes for missing by default, and the question mark of older data sets. */
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

/** Whether a text stands for a value that is not there. */
export function isMissing(text: string): boolean {
  return MISSING.has(text.trim());
}

/** The number that a text is, NaN where it is none or stands for a missing one. */
export function toNumber(text: string): number {
  const trimmed = text.trim();
  return NUMBER.test(trimmed) ? Number(trimmed) : NaN;
}

/** The boolean that a text is. */
export function toBoolean(text: string): boolean | undefined {
  return BOOLEAN.get(text.trim().toLowerCase());
}

/** Whether a text is a date, in one of the usual spellings. */
export function isDate(text: string): boolean {
  return DATE.test(text.trim());
}

/** Whether a text is a number with a decimal comma or with commas between thousands. */
export function isCommaNumber(text: string): boolean {
  return COMMA_NUMBER.test(text.trim());
}

/** A text as a cell of a type: NaN where it is not the number that the type asks for; null where it is missing or no boolean. */
export function toCell(type: ColumnType, text: string): Cell | null {
  if (isMissing(text)) return null;
  if (type === 'string') return text;
  return type === 'boolean' ? (toBoolean(text) ?? null) : toNumber(text);
}

/** The type of a column of numbers: integer up to 32 bits, long beyond, double where one is not whole. */
export function toNumberType(isWhole: boolean, range: readonly [number, number]): 'integer' | 'long' | 'double' {
  if (!isWhole) return 'double';
  return Math.max(-range[0], range[1]) < 2 ** 31 ? 'integer' : 'long';
}
