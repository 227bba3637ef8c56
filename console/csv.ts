/** Tables as text: comma-, semicolon- or tab-separated, as spreadsheets write and copy them (RFC 4180). */

/** A row, and the line of the text in which it begins, from 1. */
export interface CsvRow {
  readonly line: number;
  readonly cells: readonly string[];
}

/** The text of a file: UTF-8, UTF-16 with a byte order mark, or else Windows-1252. */
export function decodeText(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

/** The delimiter that the first line has most of, outside of quotes. */
export function findDelimiter(text: string): ',' | ';' | '\t' {
  const counts = { ',': 0, ';': 0, '\t': 0 };
  let isQuoted = false;
  for (const character of text.slice(0, 100_000)) {
    if (character === '"') isQuoted = !isQuoted;
    else if (isQuoted) continue;
    else if (character === '\n' || character === '\r') break;
    else if (character in counts) counts[character as keyof typeof counts] += 1;
  }
  if (counts['\t'] > 0 && counts['\t'] >= counts[',']) return '\t';
  return counts[';'] > counts[','] ? ';' : ',';
}

/** The rows of a text, one after the other, so that a page need not wait for all of them. Blank lines are left out. */
export function* readRows(text: string, delimiter: string = findDelimiter(text)): Generator<CsvRow> {
  const length = text.length;
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  let line = 1;
  while (at < length) {
    const cells: string[] = [];
    const first = line;
    for (;;) {
      let cell: string;
      if (text[at] === '"') {
        cell = '';
        for (at++; ;) {
          const quote = text.indexOf('"', at);
          const end = quote < 0 ? length : quote;
          cell += text.slice(at, end);
          at = end + 1;
          if (text[at] !== '"') break;
          cell += '"';
          at++;
        }
        line += countLines(cell);
        // What stands behind the closing quote belongs to the cell.
        const rest = at;
        while (at < length && text[at] !== delimiter && text[at] !== '\n' && text[at] !== '\r') at++;
        cell += text.slice(rest, at);
      } else {
        const start = at;
        while (at < length && text[at] !== delimiter && text[at] !== '\n' && text[at] !== '\r') at++;
        cell = text.slice(start, at);
      }
      cells.push(cell);
      if (text[at] !== delimiter) break;
      at++;
    }
    if (text[at] === '\r' && text[at + 1] === '\n') at++;
    at++;
    line++;
    if (cells.length > 1 || (cells[0] as string).trim() !== '') yield { line: first, cells };
  }
}

function countLines(cell: string): number {
  return cell.includes('\n') || cell.includes('\r') ? cell.split(/\r\n|\r|\n/).length - 1 : 0;
}

/** A row as RFC 4180 has it, without the end of the line. */
export function writeRow(cells: readonly string[]): string {
  return cells.map((cell) => (/[",\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',');
}

/** A cell that spreadsheets take for a text and not for a formula; numbers are left as they are. */
export function disarmFormula(cell: string): string {
  return /^[=+\-@\t\r]/.test(cell) && !/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(cell) ? `'${cell}` : cell;
}
