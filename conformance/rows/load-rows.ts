/** Reads the file of `--rows`: JSON as it would be sent, or CSV with a header. */
import { readFile, stat } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import { isObject } from '../client/parse-json.ts';
import { UsageError } from '../usage-error.ts';

/** A table; the cells of a CSV file are texts, whose types the published schema or the column itself decides. */
export interface RowsFile {
  readonly fields: readonly string[];
  readonly values: readonly (readonly unknown[])[];
  readonly typed: boolean;
}

const MOST_BYTES = 64 * 2 ** 20;

/**
 * Loads rows.
 * @throws {UsageError} when the file cannot be read, or is no table with a row
 */
export async function loadRows(path: string): Promise<RowsFile> {
  const text = await readText(path);
  const table = text.trimStart().startsWith('{') ? parseTable(text) : parseCsv(text);
  const { fields, values } = table;
  if (fields.length === 0 || values.length === 0) fail('expected a column and a row at least');
  if (new Set(fields).size < fields.length) fail('expected each column once');
  const ragged = values.findIndex((row) => row.length !== fields.length);
  if (ragged >= 0) fail(`row ${ragged + 1}: expected ${fields.length} cells, one a field`);
  return table;
}

async function readText(path: string): Promise<string> {
  try {
    if ((await stat(path)).size > MOST_BYTES) fail('the file is larger than 64 MiB');
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    return fail(
      code === 'ERR_ENCODING_INVALID_ENCODED_DATA' ? 'the file is not UTF-8' : `the file cannot be read (${code})`,
    );
  }
}

function parseTable(text: string): RowsFile {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    fail('the file begins like JSON, but is none');
  }
  const { fields, values } = isObject(body) ? body : {};
  if (!Array.isArray(fields) || !fields.every((name): name is string => typeof name === 'string'))
    return fail('fields: expected a list of names');
  if (!Array.isArray(values) || !values.every((row): row is unknown[] => Array.isArray(row)))
    return fail('values: expected a list of rows');
  return { fields, values, typed: true };
}

function parseCsv(text: string): RowsFile {
  try {
    const delimiter = (text.split('\n', 1)[0] ?? '').includes(';') ? ';' : ',';
    const [fields = [], ...values] = parse(text, { bom: true, delimiter, skip_empty_lines: true });
    return { fields, values, typed: false };
  } catch (error) {
    return fail(`the file is not CSV (${String((error as { code?: string }).code)})`);
  }
}

function fail(problem: string): never {
  throw new UsageError(`--rows: ${problem}.`);
}
