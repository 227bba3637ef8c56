/** Scores a table of text: reads and checks all of it first, then scores it part by part, without freezing the page. */
import { RequestError, score } from './api.js';
import { writeBody, writeCell } from './cells.js';
import { disarmFormula, findDelimiter, readRows, writeRow } from './csv.js';
import type { DeploymentDetails } from './data.js';
import { splitRows, type RowAnswer } from './variations.js';

const ROWS_PER_REQUEST = 2000;
/** Problems that are listed. */
const MAX_PROBLEMS = 20;
/** Milliseconds after which the page gets its turn. */
const TURN = 12;
/** How often a part is sent again when the engine is busy. */
const MAX_RETRIES = 5;

/** A table that cannot be scored as it is: what is wrong with it, by row and column. */
export class TableError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems[0]);
    this.problems = problems;
  }
}

/** A table that has been read. */
export interface ReadTable {
  readonly header: readonly string[];
  readonly cells: readonly (readonly string[])[];
  /** The rows as JSON, with the columns of the model. */
  readonly rows: readonly string[];
}

/** A scored table. */
export interface ScoredTable {
  readonly header: readonly string[];
  readonly count: number;
  readonly preview: readonly (readonly string[])[];
  readonly csv: Blob;
}

/** What is told meanwhile, and asked to stop. */
export interface Progress {
  readonly signal: AbortSignal;
  onProgress(what: 'read' | 'scored', done: number, total: number): void;
}

/**
 * Reads a table and checks every cell.
 * @throws {TableError}
 */
export async function readTable(
  { columns }: Pick<DeploymentDetails, 'columns'>,
  text: string,
  { signal, onProgress }: Progress,
): Promise<ReadTable> {
  const delimiter = findDelimiter(text);
  const reader = readRows(text, delimiter);
  const first = reader.next();
  if (first.done)
    throw new TableError(['There are no rows: the first line must name the columns, and each further line is a row.']);
  const header = first.value.cells.map((cell) => cell.trim());
  const problems: string[] = [];
  const add = (problem: string) => problems.length <= MAX_PROBLEMS && problems.push(problem);
  const repeated = header.filter((name, index) => header.indexOf(name) !== index);
  if (repeated.length > 0) add(`The first line names a column twice: ${[...new Set(repeated)].join(', ')}.`);
  const missing = columns.filter(({ name }) => !header.includes(name)).map(({ name }) => name);
  if (missing.length > 0)
    add(
      `The model needs the ${missing.length === 1 ? 'column' : 'columns'} ${missing.join(', ')}; the first line names ${header.join(', ')}.`,
    );
  const positions = columns.map(({ name }) => header.indexOf(name));
  const cells: string[][] = [];
  const rows: string[] = [];
  let turn = performance.now();
  let row = 0;
  for (const { line, cells: own } of reader) {
    row++;
    if (own.length !== header.length)
      add(`Row ${row} (line ${line}): expected ${header.length} cells, one per column; it has ${own.length}.`);
    else
      rows.push(
        `[${columns
          .map((column, index) => {
            const position = positions[index] as number;
            if (position < 0) return 'null';
            const written = writeCell(column, own[position] as string, delimiter !== ',');
            if ('json' in written) return written.json;
            add(`Row ${row} (line ${line}), column ${column.name}: ${written.problem}.`);
            return 'null';
          })
          .join(',')}]`,
      );
    cells.push([...own]);
    if (problems.length > MAX_PROBLEMS) break;
    if (performance.now() - turn > TURN) {
      onProgress('read', row, row);
      await new Promise((resolve) => setTimeout(resolve));
      signal.throwIfAborted();
      turn = performance.now();
    }
  }
  if (row === 0) add('There are no rows below the first line, which names the columns.');
  if (problems.length > MAX_PROBLEMS) problems.splice(MAX_PROBLEMS, Infinity, 'There are more problems than these.');
  if (problems.length > 0) throw new TableError(problems);
  return { header, cells, rows };
}

/**
 * Scores a table that has been read.
 * @param isDisarmed whether texts that a spreadsheet would compute begin with an apostrophe
 * @throws {TableError} for a row that the engine rejects
 */
export async function scoreTable(
  details: DeploymentDetails,
  table: ReadTable,
  isDisarmed: boolean,
  { signal, onProgress }: Progress,
): Promise<ScoredTable> {
  const { engine, columns } = details;
  const { rows, cells } = table;
  const header = [...table.header, ...toResultNames(details, table.header)];
  const protect = isDisarmed ? (row: readonly string[]) => row.map(disarmFormula) : (row: readonly string[]) => row;
  const pieces: string[] = [`${writeRow(protect(header))}\r\n`];
  const preview: string[][] = [];
  const parts = splitRows(rows, Math.min(engine.limits.maxRows, ROWS_PER_REQUEST), engine.limits.maxBody / 2);
  onProgress('scored', 0, rows.length);
  for (const [from, to] of parts) {
    const answers = await scorePart(details, writeBody(columns, rows.slice(from, to)), from, signal);
    const lines = answers.map((answer, index) => {
      const row = [...(cells[from + index] as readonly string[]), ...toResults(details, answer)];
      if (preview.length < 10) preview.push(row);
      return writeRow(protect(row));
    });
    pieces.push(`${lines.join('\r\n')}\r\n`);
    onProgress('scored', to, rows.length);
  }
  // Spreadsheets take a file for UTF-8 if it begins with a byte order mark.
  return {
    header,
    count: rows.length,
    preview,
    csv: new Blob(['\uFEFF', ...pieces], { type: 'text/csv;charset=utf-8' }),
  };
}

async function scorePart(
  details: DeploymentDetails,
  body: string,
  from: number,
  signal: AbortSignal,
): Promise<RowAnswer[]> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await score(details, body, signal);
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      if (error.retryAfter !== undefined && attempt < MAX_RETRIES) {
        await new Promise((resolve) => setTimeout(resolve, 1000 * Math.min(10, error.retryAfter as number)));
        signal.throwIfAborted();
        continue;
      }
      const [, row, column] = /^values\[(\d+)\](?:\[(\d+)\])?/.exec(error.place ?? '') ?? [];
      if (row === undefined) throw error;
      const name = column === undefined ? undefined : details.columns[Number(column)]?.name;
      throw new TableError([
        `Row ${from + Number(row) + 1}${name === undefined ? '' : `, column ${name}`}: ${error.message.replace(/^values\S+ /, '')}`,
      ]);
    }
  }
}

/** The names of the result columns, none of which the table has. */
export function toResultNames(
  { result, label }: Pick<DeploymentDetails, 'result' | 'label'>,
  header: readonly string[],
): string[] {
  const names = [
    result.prediction,
    ...(result.probability === undefined
      ? []
      : (label.classes ?? []).map((one) => `${result.probability ?? ''}_${String(one)}`)),
  ];
  const taken = new Set(header);
  return names.map((name) => {
    let own = name;
    for (let count = 2; taken.has(own); count++) own = `${name}_${count}`;
    taken.add(own);
    return own;
  });
}

function toResults({ result, label }: DeploymentDetails, { prediction, probabilities }: RowAnswer): string[] {
  return [
    String(prediction),
    ...(result.probability === undefined
      ? []
      : (label.classes ?? []).map((_, index) => String(probabilities[index] ?? ''))),
  ];
}
