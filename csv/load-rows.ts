/** Reads the rows that a wrapped model is shown: JSON as it would be sent, or a CSV file as `train` takes it. */
import { open, readFile, stat } from 'node:fs/promises';
import { z } from 'zod';
import { toProblems } from '../models/deployment-file.ts';
import { listOf } from '../remote/reply/read-reply.ts';
import { surveyColumns } from './survey-columns.ts';
import { openCsv } from './read-csv.ts';
import { toTextColumn, toTypedColumn, type SampleColumn } from './sample-column.ts';
import { WrapError } from '../wrapping/wrap-error.ts';

export interface SampleRows {
  /** How many there are; at most MOST_ROWS. */
  readonly count: number;
  readonly columns: readonly SampleColumn[];
  /** What the user should know of them, a sentence each. */
  readonly notices: readonly string[];
}

/** More rows show nothing more, and may cost their owner money. */
export const MOST_ROWS = 1000;
const MOST_BYTES = 64 * 2 ** 20;

const tableSchema = z.looseObject({
  fields: z
    .array(z.unknown())
    .min(1)
    .pipe(listOf(z.string().min(1))),
  // A large file may have a problem in each of its rows.
  values: z
    .array(z.unknown())
    .min(1)
    .pipe(listOf(z.array(z.unknown()))),
});
const envelopeSchema = z.looseObject({ input_data: z.tuple([z.unknown()]) });

/**
 * Loads the rows of a file.
 * @throws {WrapError} or a TrainingError, with what is wrong with the file
 */
export async function loadRows(path: string): Promise<SampleRows> {
  return (await beginsLikeJson(path)) ? loadJson(path) : loadCsv(path);
}

async function beginsLikeJson(path: string): Promise<boolean> {
  try {
    // Opening a pipe would wait for its writer.
    if (!(await stat(path)).isFile()) throw new WrapError('--rows: expected a file.');
    const handle = await open(path);
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(1024), 0, 1024, 0);
      return /^\uFEFF?\s*[{[]/.test(buffer.toString('utf8', 0, bytesRead));
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof WrapError) throw error;
    throw new WrapError(`--rows: the file cannot be read (${String((error as NodeJS.ErrnoException).code)}).`);
  }
}

async function loadCsv(path: string): Promise<SampleRows> {
  const csv = await openCsv(path);
  const { rows, columns } = await surveyColumns(csv);
  if (rows === 0) throw new WrapError('--rows: the file has a header and no rows.');
  const texts: string[][] = columns.map(() => []);
  let count = 0;
  for await (const { cells } of csv.records()) {
    texts.forEach((column, index) => column.push(cells[index] as string));
    if (++count === MOST_ROWS) break;
  }
  return {
    count,
    columns: columns.map((survey, index) => toTextColumn(survey, texts[index] as string[])),
    notices: [
      ...tellCut(rows),
      ...columns
        .filter(({ nature }) => nature === 'comma-number')
        .map(({ name, firstLine }) => `${name}: numbers with commas (line ${firstLine}) are taken for texts.`),
    ],
  };
}

async function loadJson(path: string): Promise<SampleRows> {
  if ((await stat(path)).size > MOST_BYTES) throw new WrapError('--rows: the file is larger than 64 MiB.');
  const text = await readFile(path, 'utf8');
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    throw new WrapError('--rows: the file begins like JSON, but is none.');
  }
  const envelope = envelopeSchema.safeParse(json);
  const table = tableSchema.safeParse(envelope.success ? envelope.data.input_data[0] : json);
  if (!table.success) {
    const problems = toProblems(table.error, 'rows').join('; ');
    throw new WrapError(`--rows: expected {"fields": […], "values": [[…]]}; ${problems}.`);
  }
  const { fields, values } = table.data;
  if (new Set(fields).size < fields.length) throw new WrapError('--rows: fields: expected each name once.');
  const ragged = values.findIndex((row) => row.length !== fields.length);
  if (ragged >= 0) throw new WrapError(`--rows: values[${ragged}]: expected ${fields.length} cells, one a field.`);
  const rows = values.slice(0, MOST_ROWS);
  return {
    count: rows.length,
    columns: fields.map((name, index) =>
      toTypedColumn(
        name,
        rows.map((row) => row[index]),
      ),
    ),
    notices: tellCut(values.length),
  };
}

function tellCut(rows: number): string[] {
  return rows > MOST_ROWS ? [`The first ${MOST_ROWS} of the ${rows} rows are scored.`] : [];
}
