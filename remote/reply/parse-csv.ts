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

/** Blanks, and the mark that begins a cell in double quotes. */
const QUOTE = /[^\S\r\n]*"/y;

/** What may follow the closing mark of a quoted cell: blanks and the separator. */
const END = /[^\S\r\n]*(,|\r\n|\n|\r|$)/y;

/**
 * A cell in single quotes, a list in brackets, or text up to the next separator; then the separator. An attempt that fails ends at the
 * next quote or bracket, so that the time is linear. No repeated group has alternatives: V8 keeps a backtracking point per iteration, and runs out of
 * stack after some millions.
 */
const CELL = /[^\S\r\n]*(?:'([^'\r\n]*)'[^\S\r\n]*|(\[[^[\]\r\n]*\])[^\S\r\n]*|([^,\r\n]*))(,|\r\n|\n|\r|$)/y;

/** How deep lists are read; what is in brackets further inside is text. */
const MAX_DEPTH = 2;

/** The records of a text, one per line. Blanks around a cell do not belong to it; blank lines do not count. */
export function parseRecords(text: string): CsvCell[][] {
  return readRecords(text, 0);
}

function readRecords(text: string, depth: number): CsvCell[][] {
  const records: CsvCell[][] = [];
  let record: CsvCell[] = [];
  for (let at = 0; at < text.length;) {
    const { content, isQuoted, separator, end } = readQuoted(text, at) ?? readCell(text, at);
    at = end;
    record.push(toCell(content, isQuoted, depth));
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

/** A cell as it is written. */
interface WrittenCell {
  readonly content: string;
  readonly isQuoted: boolean;
  readonly separator: string | undefined;
  /** Where the next cell begins. */
  readonly end: number;
}

/** A cell in double quotes, with quotes doubled in it (RFC 4180); undefined if there is none. */
function readQuoted(text: string, at: number): WrittenCell | undefined {
  QUOTE.lastIndex = at;
  if (!QUOTE.test(text)) return undefined;
  const start = QUOTE.lastIndex;
  let close = text.indexOf('"', start);
  while (close >= 0 && text[close + 1] === '"') close = text.indexOf('"', close + 2);
  if (close < 0) return undefined;
  END.lastIndex = close + 1;
  const separator = END.exec(text)?.[1];
  if (separator === undefined) return undefined;
  return {
    content: text.slice(start, close).replaceAll('""', '"'),
    isQuoted: true,
    separator,
    end: END.lastIndex,
  };
}

function readCell(text: string, at: number): WrittenCell {
  CELL.lastIndex = at;
  const [cell, single, list, plain = '', separator] = CELL.exec(text) as RegExpExecArray;
  return { content: single ?? list ?? plain.trim(), isQuoted: single !== undefined, separator, end: at + cell.length };
}

/** A quoted cell may be a list, but not a number. */
function toCell(text: string, isQuoted: boolean, depth: number): CsvCell {
  if (depth < MAX_DEPTH && /^\s*\[.*\]\s*$/s.test(text)) return toList(text, depth + 1);
  return !isQuoted && isDecimal(text) ? Number(text) : text;
}

/** The items of a printed Python list. */
function toList(text: string, depth: number): (string | number)[] {
  const inner = text.trim().slice(1, -1);
  return (readRecords(inner, depth)[0] ?? []).map((cell) => (typeof cell === 'object' ? String(cell) : cell));
}
