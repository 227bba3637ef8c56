/** Tables as text/csv without a header, as the containers of SageMaker take and give them (RFC 4180). */

import type { Cell } from './cells.ts';

/** Rows as lines. A null is an empty cell, a text is quoted where it has to be. */
export function toCsv(rows: Iterable<readonly Cell[]>): string {
  return Array.from(rows, (row) => row.map(toCell).join(',')).join('\n');
}

function toCell(cell: Cell): string {
  if (cell === null) return '';
  const text = String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Each digit in one way only: where there were two, a long text would be tried in as many ways as it has pairs of digits. */
const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/**
 * The values of a text, one after the other, whether they are in lines, in one line, or in brackets as Python prints its
 * lists: XGBoost's container gives all three. What is no number is a text, without its quotes.
 */
export function readCsvValues(text: string): (string | number)[] {
  return text
    .split(/[\s,[\]]+/)
    .filter((value) => value !== '')
    .map((value) => (NUMBER.test(value) ? Number(value) : value.replace(/^(["'])(.*)\1$/, '$2')));
}
