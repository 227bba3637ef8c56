/** Reads CSV files (RFC 4180 and common variants) record by record. */
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { parse as parseSync } from 'csv-parse/sync';
import { CommandError } from '../errors/command-error.ts';
import { decodeSample, decodeText, detectEncoding, toEncodingName } from './decode-text.ts';
import { explainMissing } from '../errors/explain-missing.ts';
import { formatCount, quoteText } from '../errors/quote-text.ts';

const ENCODINGS = 'utf-8, utf-16le, windows-1250 to windows-1258, iso-8859-15, shift_jis, gb18030';
/** How much of a file is read to detect its format; more if its header is longer. */
const SAMPLE_BYTES = 2 ** 18;
/** Max bytes of the header, and max characters of a record: of a quote that is never closed, the rest of the file is one cell. */
const MAX_RECORD = 2 ** 24;
const SAMPLE_RECORDS = 20;
/** Where two split a file equally well, the comma is last: it also stands in numbers. */
const DELIMITERS = [';', '\t', '|', ','];
/** A file may mix the line ends of the systems that it was written on. */
const LINE_ENDS = ['\r\n', '\n', '\r'];

/** What the user says about a file; without it, it is detected. */
export interface CsvFormat {
  readonly delimiter?: string;
  /** A name that TextDecoder knows. */
  readonly encoding?: string;
}

/** What was met while reading the records, by line. */
export interface CsvFindings {
  readonly repeatedHeaders: number[];
  readonly byteOrderMarks: number[];
  readonly emptyRecords: number[];
  /** Records with empty cells beyond the header. */
  readonly longRecords: number[];
}

/** A record: one text per column of the header, and the line on which it ends. */
export interface CsvRecord {
  readonly cells: readonly string[];
  readonly line: number;
}

export interface CsvFile {
  /** The names of the columns, as they are written; '' where the header has none. */
  readonly header: readonly string[];
  readonly delimiter: string;
  /** What was detected of the format and is not the usual, one sentence each. */
  readonly notices: readonly string[];
  /** The records after the header. Every call reads the file again. */
  records(findings?: CsvFindings): AsyncGenerator<CsvRecord>;
}

/**
 * Opens a CSV file with a header, and detects its encoding (UTF-8 or UTF-16) and delimiter unless they are given.
 * @throws {CommandError} if the file is not of this form; records() throws one naming the line of a later fault
 */
export async function openCsv(path: string, given: CsvFormat = {}): Promise<CsvFile> {
  for (let size = SAMPLE_BYTES; size <= MAX_RECORD; size *= 4) {
    const sample = await readSample(path, size);
    const file = openSample(path, sample, given);
    if (file) return file;
  }
  throw new CommandError(`The header is longer than ${MAX_RECORD / 2 ** 20} MiB: expected the names of the columns.`);
}

/** The beginning of a file. */
interface Sample {
  readonly bytes: Uint8Array;
  readonly isWhole: boolean;
}

/** As openCsv; undefined if the sample does not have the whole header. */
function openSample(path: string, { bytes, isWhole }: Sample, given: CsvFormat): CsvFile | undefined {
  const notices: string[] = [];
  const encoding = chooseEncoding(bytes, given.encoding, notices);
  const decoded = decodeSample(bytes, encoding);
  // The last line of a part is cut.
  const text = isWhole ? decoded : decoded.slice(0, Math.max(decoded.lastIndexOf('\n'), decoded.lastIndexOf('\r')) + 1);
  const separator = /^"?sep=(.)"?(?=[\r\n])/i.exec(text)?.[1];
  const delimiter = given.delimiter ?? separator ?? detectDelimiter(text);
  if (separator !== undefined)
    notices.push(`The first line names the delimiter, ${quoteText(separator)}; it is not the header.`);
  const records = parseSample(text, delimiter);
  // Spreadsheets write empty rows above a table that does not begin at the top.
  const above = records.findIndex((cells, index) => !isEmpty(cells) && !(index === 0 && separator !== undefined));
  const named = records[above];
  if (!isWhole && !named) return undefined;
  const hasRowNames = named !== undefined && haveRowNames(named, records.slice(above + 1));
  const header = hasRowNames ? ['', ...named] : named;
  if (!header) throw new CommandError('The file has no header: its first line must name the columns.');
  checkHeader(header);
  if (hasRowNames)
    notices.push('Every row has one cell more than the header, first a name of the row, as R writes them.');
  const source = { path, encoding, delimiter, header, above };
  return { header, delimiter, notices, records: (findings) => readRecords(source, findings) };
}

async function readSample(path: string, size: number): Promise<Sample> {
  const bytes = Buffer.alloc(size);
  let length: number;
  try {
    if (!(await stat(path)).isFile()) throw new CommandError(`${path} is not a file.`);
    const handle = await open(path);
    length = (await handle.read(bytes, 0, size, 0)).bytesRead;
    await handle.close();
  } catch (error) {
    if (error instanceof CommandError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? `: ${await explainMissing(path, 'file')}` : '';
    throw new CommandError(`${path} cannot be read (${String(code)})${why}.`);
  }
  if (length === 0) throw new CommandError('The file is empty.');
  return { bytes: bytes.subarray(0, length), isWhole: length < size };
}

/**
 * The encoding of a file: the one that its bytes show, or else the one that was given, or UTF-8.
 * @param notices what the user should know is added
 */
export function chooseEncoding(sample: Uint8Array, given: string | undefined, notices: string[]): string {
  const detected = detectEncoding(sample);
  const encoding = detected ?? (given === undefined ? 'utf-8' : toEncodingName(given));
  if (encoding === undefined)
    throw new CommandError(
      `--encoding: ${quoteText(given ?? '')} is not an encoding that can be read, such as ${ENCODINGS}.`,
    );
  if (given !== undefined && detected !== undefined && toEncodingName(given) !== detected)
    notices.push(
      `The file begins with bytes that only ${detected.toUpperCase()} has; it is read so, whatever --encoding says.`,
    );
  if (sample.includes(0) && !encoding.startsWith('utf-16'))
    throw new CommandError('The file contains binary data; expected text. UTF-16 is read with --encoding utf-16le.');
  if (encoding.startsWith('utf-16')) notices.push(`The file is read as ${encoding.toUpperCase()}.`);
  return encoding;
}

/** The delimiter that splits the first records into the most columns, preferably the same number in each. */
function detectDelimiter(sample: string): string {
  const widths = DELIMITERS.map((delimiter) => {
    const records = parseSample(sample, delimiter);
    const width = records[0]?.length ?? 1;
    const alike = records.filter((record) => record.length === width).length;
    return alike === records.length ? width - 1 : (width - 1) * 0.5 * (alike / records.length);
  });
  const most = Math.max(...widths);
  return most > 0 ? (DELIMITERS[widths.indexOf(most)] as string) : ',';
}

/** The first records, or the first one alone where a quote after it is never closed. */
function parseSample(sample: string, delimiter: string): string[][] {
  for (const to of [SAMPLE_RECORDS, 1]) {
    try {
      return parseSync(sample, {
        delimiter,
        bom: true,
        record_delimiter: LINE_ENDS,
        skip_empty_lines: true,
        relax_column_count: true,
        relax_quotes: true,
        to,
      });
    } catch {
      // Reading the whole file names the line of the fault.
    }
  }
  return [];
}

/**
 * Whether each row begins with a name that the header does not count, as R writes tables: different texts, or the numbers of
 * the rows. A decimal comma that makes two cells of one looks similar, but has neither.
 */
function haveRowNames(header: readonly string[], rows: readonly (readonly string[])[]): boolean {
  if (rows.length < 3 || rows.some((cells) => cells.length !== header.length + 1)) return false;
  const firsts = rows.map(([first = '']) => first.trim());
  if (firsts.includes('') || new Set(firsts).size < firsts.length) return false;
  const areCounted = firsts.every((first, index) => first === String(index + Number(firsts[0])));
  return areCounted || firsts.every((first) => !/^[-+]?\d/.test(first));
}

function checkHeader(header: readonly string[]): void {
  const seen = new Map<string, number>();
  header.forEach((name, index) => {
    const first = seen.get(name);
    if (first !== undefined && name.trim() !== '') {
      throw new CommandError(
        `Columns ${first + 1} and ${index + 1} of the header have the same name, ${quoteText(name)}.`,
      );
    }
    seen.set(name, index);
  });
}

interface Source {
  readonly path: string;
  readonly encoding: string;
  readonly delimiter: string;
  readonly header: readonly string[];
  /** How many records stand above the header. */
  readonly above: number;
}

async function* readRecords(source: Source, findings?: CsvFindings): AsyncGenerator<CsvRecord> {
  const { path, encoding, delimiter, above } = source;
  const parser = parse({
    delimiter,
    bom: true,
    record_delimiter: LINE_ENDS,
    skip_empty_lines: true,
    relax_column_count: true,
    info: true,
    from: above + 2,
    max_record_size: MAX_RECORD,
  });
  const decode = (chunks: AsyncIterable<Buffer>) =>
    decodeText(chunks, encoding, (line) => findings?.byteOrderMarks.push(line));
  // Errors of the file stream are thrown by the parser, which pipeline() destroys with the same error.
  pipeline(createReadStream(path), decode, parser, () => undefined);
  const fit = buildFit(source, findings);
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
      const cells = fit(record, info.lines);
      if (cells) yield { cells, line: info.lines };
    }
  } catch (error) {
    throw error instanceof CsvError ? new CommandError(toSentence(error)) : error;
  }
}

/** Builds a function that fits a record to the header, cell by name; it returns undefined for records that must be skipped. */
function buildFit({ header, delimiter }: Source, findings?: CsvFindings) {
  const names = header.map((name) => name.trim().toLowerCase());
  const [first] = names;
  const named = names.findLastIndex((name) => name !== '') + 1;
  const isRepeated = (cells: readonly string[]) =>
    names.length > 1 &&
    cells.length >= named &&
    cells.every((cell, index) => cell.trim().toLowerCase() === (names[index] ?? ''));
  return (cells: readonly string[], line: number): readonly string[] | undefined => {
    const start = cells[0]?.trim().toLowerCase();
    if (start === '' && isEmpty(cells)) {
      findings?.emptyRecords.push(line);
      return undefined;
    }
    if (start === first && isRepeated(cells)) {
      findings?.repeatedHeaders.push(line);
      return undefined;
    }
    if (cells.length === header.length) return cells;
    // Spreadsheets end some rows early where their last columns are empty, and others late.
    if (cells.length > header.length && isEmpty(cells.slice(header.length))) {
      findings?.longRecords.push(line);
      return cells.slice(0, header.length);
    }
    if (cells.length < header.length && cells.length >= named)
      return [...cells, ...new Array<string>(header.length - cells.length).fill('')];
    const hint =
      cells.length < header.length
        ? 'If it does not belong to the table, remove it from the file.'
        : `Texts and numbers with ${delimiter === ',' ? 'commas' : quoteText(delimiter)} need quotes, or the file another --delimiter.`;
    throw new CommandError(
      `Line ${line} has ${formatCount(cells.length, 'cell')}, where the header has ${header.length}. ${hint}`,
    );
  };
}

function isEmpty(cells: readonly string[]): boolean {
  return cells.every((cell) => cell === '' || cell.trim() === '');
}

function toSentence(error: CsvError): string {
  const { code } = error;
  const line = `Line ${String(error['lines'])}`;
  if (code === 'CSV_QUOTE_NOT_CLOSED') return `${line}: a quote is opened but never closed.`;
  if (code === 'CSV_MAX_RECORD_SIZE')
    return `${line}: expected rows of at most ${formatCount(MAX_RECORD, 'character')}. Perhaps a quote is opened but never closed.`;
  // "Invalid Closing Quote: got "a" at line 2 instead of …"
  if (code.includes('QUOTE'))
    return `${line}: a quote is out of place. A quoted cell begins right after the delimiter, without a blank; quotes in it are doubled.`;
  return `${line} is not CSV (${code}).`;
}
