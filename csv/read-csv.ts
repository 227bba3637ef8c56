/** Reads CSV files (RFC 4180 and common variants) record by record. */
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { TextDecoder } from 'node:util';
import { CsvError, parse } from 'csv-parse';
import { parse as parseSync } from 'csv-parse/sync';
import { CommandError } from '../errors/command-error.ts';

/** How much of a file is read to detect its format. */
const SAMPLE_BYTES = 2 ** 18;
const DELIMITERS = [',', ';', '\t', '|'];

export interface CsvFile {
  readonly header: readonly string[];
  readonly delimiter: string;
  /** The records after the header, one text per column, with the line on which each ends. Every call reads the file again. */
  records(): AsyncGenerator<{ readonly cells: readonly string[]; readonly line: number }>;
}

/**
 * Opens a CSV file in UTF-8 with a header, and detects its delimiter unless one is given.
 * @throws {CommandError} if the file is not of this form; records() throws one naming the line of a later fault
 */
export async function openCsv(path: string, givenDelimiter?: string): Promise<CsvFile> {
  const sample = await readSample(path);
  const delimiter = givenDelimiter ?? detectDelimiter(sample);
  const [header] = parseSample(sample, delimiter, 1);
  if (!header) throw new CommandError('The file has no header: its first line must name the columns.');
  checkHeader(header);
  return { header, delimiter, records: () => readRecords(path, delimiter) };
}

async function readSample(path: string): Promise<string> {
  const bytes = Buffer.alloc(SAMPLE_BYTES);
  let length: number;
  try {
    if (!(await stat(path)).isFile()) throw new CommandError('The path is not a file.');
    const handle = await open(path);
    length = (await handle.read(bytes, 0, SAMPLE_BYTES, 0)).bytesRead;
    await handle.close();
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(`The file cannot be read (${String((error as NodeJS.ErrnoException).code)}).`);
  }
  if (length === 0) throw new CommandError('The file is empty.');
  const sample = bytes.subarray(0, length);
  if (sample.includes(0)) throw new CommandError('The file is not UTF-8 text: it contains binary data or is UTF-16.');
  // The sample may end in the middle of a character.
  return toText(new TextDecoder('utf-8', { fatal: true }), sample, { stream: true });
}

function toText(decoder: TextDecoder, bytes?: Uint8Array, options?: { stream: boolean }): string {
  try {
    return decoder.decode(bytes, options);
  } catch {
    throw new CommandError('The file is not UTF-8 text.');
  }
}

async function* decode(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  for await (const chunk of chunks) yield toText(decoder, chunk, { stream: true });
  yield toText(decoder);
}

/** The delimiter that splits the first records into the most columns, preferably the same number in each. */
function detectDelimiter(sample: string): string {
  const widths = DELIMITERS.map((delimiter) => {
    const records = parseSample(sample, delimiter, 20);
    const width = records[0]?.length ?? 1;
    const alike = records.filter((record) => record.length === width).length;
    return alike === records.length ? width - 1 : (width - 1) * 0.5 * (alike / records.length);
  });
  return DELIMITERS[widths.indexOf(Math.max(...widths))] as string;
}

function parseSample(sample: string, delimiter: string, records: number): string[][] {
  const options = {
    delimiter,
    bom: true,
    skip_empty_lines: true,
    relax_column_count: true,
    relax_quotes: true,
  } as const;
  try {
    return parseSync(sample, { ...options, to: records });
  } catch {
    return [];
  }
}

function checkHeader(header: readonly string[]): void {
  const seen = new Map<string, number>();
  header.forEach((name, index) => {
    if (name.trim() === '') throw new CommandError(`Column ${index + 1} of the header has no name.`);
    const first = seen.get(name);
    if (first !== undefined) {
      throw new CommandError(
        `Columns ${first + 1} and ${index + 1} of the header have the same name, ${JSON.stringify(name)}.`,
      );
    }
    seen.set(name, index);
  });
}

async function* readRecords(path: string, delimiter: string): ReturnType<CsvFile['records']> {
  const parser = parse({ delimiter, bom: true, skip_empty_lines: true, info: true, from: 2 });
  // Errors of the file stream are thrown by the parser, which pipeline() destroys with the same error.
  pipeline(createReadStream(path), decode, parser, () => undefined);
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
      yield { cells: record, line: info.lines };
    }
  } catch (error) {
    throw error instanceof CsvError ? new CommandError(toSentence(error)) : error;
  }
}

function toSentence(error: CsvError): string {
  // "Invalid Record Length: expect 3, got 2 on line 7", "Invalid Closing Quote: got "a" at line 2 instead of …"
  const { code } = error;
  const line = `Line ${String(error['lines'])}`;
  if (code === 'CSV_RECORD_INCONSISTENT_FIELDS_LENGTH' || code === 'CSV_RECORD_INCONSISTENT_COLUMNS') {
    const [, expected, got] = /expect (\d+), got (\d+)/.exec(error.message) ?? [];
    return `${line} has ${got ?? 'another number of'} cells, where the header has ${expected ?? 'its columns'}.`;
  }
  if (code === 'CSV_QUOTE_NOT_CLOSED') return `${line}: a quote is opened but never closed.`;
  if (code.includes('QUOTE')) return `${line}: a quote is out of place.`;
  return `${line} is not CSV (${code}).`;
}
