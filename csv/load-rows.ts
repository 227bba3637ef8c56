/** Reads a file of rows for `--rows`: JSON in the form of a scoring request, or CSV by the rules of `train`. */
import { open, readFile, stat } from 'node:fs/promises';
import { CommandError } from '../errors/command-error.ts';
import type { ColumnSurvey } from './column-survey.ts';
import { decodeText, detectEncoding } from './decode-text.ts';
import { formatMarked, formatUnreadable } from './describe-column.ts';
import { explainMissing } from '../errors/explain-missing.ts';
import { toListArgument } from '../errors/quote-text.ts';
import { chooseEncoding, openCsv, type CsvFormat } from './read-csv.ts';
import { isDoubtful, toColumnNotice, toTextColumn, toTypedColumn, type RowsColumn } from './rows-column.ts';
import { resolveRules } from './resolve-rules.ts';
import { surveyColumns, type CellRules } from './survey-columns.ts';

/** The rows of a file, column by column. */
export interface RowsFile {
  /** The number of rows, at least one. */
  readonly count: number;
  readonly columns: readonly RowsColumn[];
  /** What the user should know about the rows, one sentence each. */
  readonly notices: readonly string[];
}

/** What the user says about a CSV file and its cells. */
export interface RowsFormat extends CsvFormat {
  readonly rules?: CellRules;
}

const MAX_BYTES = 64 * 2 ** 20;

/**
 * Loads the rows of a file.
 * @param maxRows rows beyond this number are ignored, with a notice
 * @throws {CommandError} if the file cannot be used, with the reason
 */
export async function loadRows(path: string, maxRows = Infinity, format: RowsFormat = {}): Promise<RowsFile> {
  const isJson = await beginsLikeJson(path);
  try {
    if (!isJson) return await loadCsv(path, maxRows, format);
    const { rules = {}, encoding, ...rest } = format;
    if (Object.keys({ ...rules, ...rest }).length > 0)
      throw new CommandError('The file is JSON; --missing, --decimal and the like say how a CSV file is read.');
    return await loadJson(path, maxRows, encoding);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    // Some complaints begin with the option that is wrong.
    throw error.message.startsWith('--') ? error : new CommandError(`--rows: ${error.message}`);
  }
}

async function beginsLikeJson(path: string): Promise<boolean> {
  try {
    // Opening a pipe would block until something writes to it.
    const status = await stat(path);
    if (!status.isFile()) throw toFailure('expected a file');
    if (status.size > MAX_BYTES) throw toFailure('the file is larger than 64 MiB');
    const handle = await open(path);
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(1024), 0, 1024, 0);
      const bytes = buffer.subarray(0, bytesRead);
      return /^\s*[{[]/.test(new TextDecoder(detectEncoding(bytes)).decode(bytes));
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof CommandError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? `: ${await explainMissing(path, 'file')}` : '';
    throw toFailure(`the file cannot be read (${String(code)})${why}`);
  }
}

function toFailure(problem: string): CommandError {
  return new CommandError(`--rows: ${problem}.`);
}

async function loadCsv(path: string, maxRows: number, { rules = {}, ...format }: RowsFormat): Promise<RowsFile> {
  const csv = await openCsv(path, format);
  const survey = await surveyColumns(csv, resolveRules(rules, csv.header));
  const { rows, columns } = survey;
  if (rows === 0) throw new CommandError('The file has a header and no rows.');
  const texts: string[][] = columns.map(() => []);
  let count = 0;
  for await (const { cells } of csv.records()) {
    columns.forEach(({ index }, position) => texts[position]?.push(cells[index] as string));
    if (++count >= maxRows) break;
  }
  return {
    count,
    columns: columns.map((column, position) => toTextColumn(column, texts[position] as string[])),
    notices: [
      ...toCutNotices(rows, maxRows),
      ...survey.warnings,
      ...survey.notices,
      ...columns.flatMap((column) => toNotices(column).map((notice) => toColumnNotice(column, notice))),
    ],
  };
}

function toNotices(column: ColumnSurvey): readonly string[] {
  const { name, nature, question, notices } = column;
  if (!question) return [...notices, ...formatUnreadable(column), ...formatMarked(column)];
  const outcomes = {
    'odd cells':
      nature === 'date'
        ? 'those count as missing'
        : `those count as missing (--categorical ${toListArgument([name])} keeps the column as text)`,
    'no numbers': 'all count as missing',
    'decimal sign': `${isDoubtful(question) ? 'they are read as text' : 'the point is taken for the decimal sign'} (--decimal decides)`,
    units: 'the units are ignored',
    'date order': 'they stay text',
  };
  // As text, its cells are not read as numbers.
  const readings = isDoubtful(question) ? [] : notices;
  return [`${question.problem}; ${outcomes[question.topic]}`, ...readings, ...formatMarked(column)];
}

async function loadJson(path: string, maxRows: number, encoding: string | undefined): Promise<RowsFile> {
  const bytes = await readFile(path);
  const notices: string[] = [];
  let text = '';
  for await (const part of decodeText([bytes], chooseEncoding(bytes, encoding, notices))) text += part;
  const rows = toRows(parseTable(text), maxRows);
  return { ...rows, notices: [...notices, ...rows.notices] };
}

/**
 * The rows of a table in the form of a scoring request.
 * @throws {CommandError} if the table cannot be used, with the reason
 */
export function toRows(table: unknown, maxRows = Infinity): RowsFile {
  const { fields, values } = checkTable(table);
  if (new Set(fields).size < fields.length) throw new CommandError('fields: expected each name once.');
  const ragged = values.findIndex((row) => row.length !== fields.length);
  if (ragged >= 0) throw new CommandError(`values[${ragged}]: expected ${fields.length} cells, one per field.`);
  const rows = values.slice(0, maxRows);
  return {
    count: rows.length,
    columns: fields.map((name, index) =>
      toTypedColumn(
        name,
        rows.map((row) => row[index]),
      ),
    ),
    notices: toCutNotices(values.length, maxRows),
  };
}

function parseTable(text: string): unknown {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new CommandError('The file begins like JSON, but is not valid JSON.');
  }
  return json;
}

function checkTable(json: unknown): { fields: string[]; values: unknown[][] } {
  const envelope = toObject(json)['input_data'];
  const table = toObject(Array.isArray(envelope) && envelope.length === 1 ? envelope[0] : json);
  const { fields, values } = table;
  const expected = 'Expected {"fields": […], "values": [[…]]}';
  if (!Array.isArray(fields) || fields.length === 0)
    throw new CommandError(`${expected}; fields is not a list of names.`);
  const nameless = fields.findIndex((name) => typeof name !== 'string' || name === '');
  if (nameless >= 0) throw new CommandError(`${expected}; fields[${nameless}] is not a name.`);
  if (!Array.isArray(values) || values.length === 0) throw new CommandError(`${expected}; values has no rows.`);
  const rowless = values.findIndex((row) => !Array.isArray(row));
  if (rowless >= 0) throw new CommandError(`${expected}; values[${rowless}] is not a list of cells.`);
  return { fields: fields as string[], values: values as unknown[][] };
}

function toObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function toCutNotices(rows: number, maxRows: number): string[] {
  return rows > maxRows ? [`Only the first ${maxRows} of ${rows} rows are used.`] : [];
}
