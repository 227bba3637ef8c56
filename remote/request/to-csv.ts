import type { Cell } from './cells.ts';

/** Writes rows as text/csv without a header, the format of SageMaker's containers (RFC 4180). Null is an empty cell. */
export function toCsv(rows: Iterable<readonly Cell[]>): string {
  return Array.from(rows, (row) => row.map(toCell).join(',')).join('\n');
}

function toCell(cell: Cell): string {
  if (cell === null) return '';
  const text = String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
