/**
 * Reads replies in text/csv, as the containers of SageMaker send them: one value or one record per line, all values on one line,
 * or brackets like a printed Python list.
 */

import { isDecimal } from '../../models/decimal.ts';

/** A cell: text, a number, or a list in brackets. */
export type CsvCell = string | number | readonly (string | number)[];

/** All numbers of a text that has nothing else, whatever separates them; undefined for any other text. */
export function parseNumbers(text: string): number[] | undefined {
  const values = text.split(/[\s,[\]]+/).filter((value) => value !== '');
  return values.every(isDecimal) ? values.map(Number) : undefined;
}

/**
 * A cell in quotes of either kind, with quotes doubled in it (RFC 4180), a list in brackets, or text up to the next separator; then
 * the separator. An attempt that fails ends at the next quote or bracket, so that the time is linear.
 */
const CELL =
  /[^\S\r\n]*(?:"((?:[^"]|"")*)"[^\S\r\n]*|'([^'\r\n]*)'[^\S\r\n]*|(\[[^[\]\r\n]*\])[^\S\r\n]*|([^,\r\n]*))(,|\r\n|\n|\r|$)/y;

/** The records of a text, one per line. Blanks around a cell do not belong to it; blank lines do not count. */
export function parseRecords(text: string): CsvCell[][] {
  const records: CsvCell[][] = [];
  let record: CsvCell[] = [];
  for (let at = 0; at < text.length;) {
    // Cells are read recursively, so the expression's own position is not kept.
    CELL.lastIndex = at;
    const [cell, double, single, list, plain = '', separator] = CELL.exec(text) as RegExpExecArray;
    at += cell.length;
    record.push(toCell(double?.replaceAll('""', '"') ?? single ?? list ?? plain.trim(), double ?? single));
    if (separator === ',') {
      // A comma at the end is followed by an empty cell.
      if (at === text.length) record.push('');
      continue;
    }
    if (record.length > 1 || record[0] !== '') records.push(record);
    record = [];
  }
  if (record.length > 0) records.push(record);
  return records;
}

/** A quoted cell may be a list, but not a number. */
function toCell(text: string, quoted: string | undefined): CsvCell {
  if (/^\s*\[.*\]\s*$/s.test(text)) return toList(text);
  return quoted === undefined && isDecimal(text) ? Number(text) : text;
}

/** The items of a printed Python list. */
function toList(text: string): (string | number)[] {
  const inner = text.trim().slice(1, -1);
  return (parseRecords(inner)[0] ?? []).map((cell) => (typeof cell === 'object' ? String(cell) : cell));
}
