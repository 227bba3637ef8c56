/** The options that say how a file of rows is read, the same for every command that reads one. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { CsvFormat } from '../csv/read-csv.ts';
import { DECIMAL_SIGNS, type DecimalSign } from '../csv/read-number.ts';
import { parseList } from '../csv/resolve-names.ts';
import type { CellRules } from '../csv/survey-columns.ts';

/** What was given of these options. */
export interface FileOptions {
  readonly delimiter?: string;
  readonly encoding?: string;
  readonly missing?: string[];
  readonly decimal?: DecimalSign;
  readonly numeric?: string[];
  readonly categorical?: string[];
}

const FORMAT = ['delimiter', 'encoding'] as const;
const RULES = ['missing', 'decimal', 'numeric', 'categorical'] as const;

/** Adds the options to a command. */
export function addFileOptions(command: Command): Command {
  return command
    .option('--delimiter <character>', 'cell delimiter, \\t for a tab (default: detected)', parseDelimiter)
    .option('--encoding <name>', 'encoding of the file, such as windows-1252 (default: UTF-8, or UTF-16 if detected)')
    .option(
      '--missing <texts>',
      'the texts that mean a missing value, in place of NA, None, ? and the like',
      parseTexts,
    )
    .addOption(
      new Option('--decimal <sign>', 'decimal sign of numbers that can be read either way').choices(DECIMAL_SIGNS),
    )
    .option('--numeric <columns>', 'columns to treat as numbers; other cells are missing', collect)
    .option('--categorical <columns>', 'columns to treat as categories', collect);
}

/** What the options say about a file as a whole. */
export function toCsvFormat(options: FileOptions): CsvFormat {
  return pick(options, FORMAT);
}

/** What the options say about its cells. */
export function toCellRules(options: FileOptions): CellRules {
  return pick(options, RULES);
}

/** The option that was given, if any was: `--decimal`. */
export function findFileOption(options: FileOptions): string | undefined {
  const key = [...FORMAT, ...RULES].find((name) => options[name] !== undefined);
  return key && `--${key}`;
}

/** Collects the values of an option that can be repeated. */
export function collect(value: string, values: readonly string[] = []): string[] {
  return [...values, value];
}

function pick<Key extends keyof FileOptions>(options: FileOptions, keys: readonly Key[]): Pick<FileOptions, Key> {
  const given = keys.filter((key) => options[key] !== undefined).map((key) => [key, options[key]]);
  return Object.fromEntries(given) as Pick<FileOptions, Key>;
}

function parseTexts(text: string): string[] {
  return parseList('--missing', text);
}

function parseDelimiter(text: string): string {
  const delimiter = text === '\\t' ? '\t' : text;
  if (delimiter.length !== 1 || /["\r\n]/.test(delimiter)) throw new InvalidArgumentError('Expected one character.');
  return delimiter;
}
