/** The types of columns and their cells, as OpenScale's schemas name them. */

/** The types that a column can have. */
export type ColumnType = 'string' | 'integer' | 'long' | 'double' | 'boolean';

/** The value of a cell that is not missing, as a request sends it. */
export type Cell = string | number | boolean;

const BOOLEAN = new Map([
  ['true', true],
  ['false', false],
]);

/** Parses `true` or `false` in any case; undefined if the trimmed text is neither. */
export function toBoolean(text: string): boolean | undefined {
  return text.length > 5 ? undefined : BOOLEAN.get(text.toLowerCase());
}

/** The type of a numeric column: integer up to 32 bits, long beyond, double if any value has a fraction. */
export function toNumberType(isWhole: boolean, range: readonly [number, number]): 'integer' | 'long' | 'double' {
  if (!isWhole) return 'double';
  return Math.max(-range[0], range[1]) < 2 ** 31 ? 'integer' : 'long';
}
