/** Tables as text/csv without a header, the format of SageMaker's containers (RFC 4180). */
import type { Cell } from './cells.ts';

/** Writes rows as lines. Null is an empty cell; text is quoted if necessary. */
export function toCsv(rows: Iterable<readonly Cell[]>): string {
  return Array.from(rows, (row) => row.map(toCell).join(',')).join('\n');
}

function toCell(cell: Cell): string {
  if (cell === null) return '';
  const text = String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Matches each digit in one way only, so that it cannot backtrack. */
const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/**
 * All values of a text, whether they are on several lines, on one line, or in brackets like a printed Python list: XGBoost's
 * container sends all three. Anything but a number is text, without its quotes.
 */
export function readCsvValues(text: string): (string | number)[] {
  return text
    .split(/[\s,[\]]+/)
    .filter((value) => value !== '')
    .map((value) => (NUMBER.test(value) ? Number(value) : value.replace(/^(["'])(.*)\1$/, '$2')));
}
