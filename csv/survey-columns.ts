/** Infers what the columns of a CSV file hold. */
import { CommandError } from '../errors/command-error.ts';
import type { DateOrder } from '../models/calendar-date.ts';
import { ColumnTally } from './column-tally.ts';
import type { ColumnSurvey } from './column-survey.ts';
import { findCertainSign } from './decide-column.ts';
import { describeColumn } from './describe-column.ts';
import { formatExample } from './examples.ts';
import { toMissingMarkers } from './missing-markers.ts';
import { formatCount } from '../errors/quote-text.ts';
import type { CsvFile, CsvFindings } from './read-csv.ts';
import type { DecimalSign } from './read-number.ts';

/** A label of whole numbers with at most this many distinct values is treated as classes. */
export const MAX_NUMBER_CLASSES = 10;

/** What the user decided about the cells of a file. */
export interface CellRules {
  /** The texts that stand for a missing value, in place of the usual ones. */
  readonly missing?: readonly string[];
  readonly decimal?: DecimalSign;
  /** Columns of numbers, in which everything else is missing; names as the file has them. */
  readonly numeric?: readonly string[];
  /** Columns of categories: text, unless all cells are numbers or booleans. */
  readonly categorical?: readonly string[];
  readonly dateOrder?: DateOrder;
}

export interface Survey {
  readonly rows: number;
  /** The columns that have a name. */
  readonly columns: readonly ColumnSurvey[];
  /** What was met in the file as a whole, one sentence each; warnings are what is probably a fault of the file. */
  readonly notices: readonly string[];
  readonly warnings: readonly string[];
}

/** Surveys the columns of a file in one pass. */
export async function surveyColumns(csv: CsvFile, rules: CellRules = {}): Promise<Survey> {
  const markers = toMissingMarkers(rules.missing);
  const tallies = csv.header.map(() => new ColumnTally(markers));
  const findings: CsvFindings = { repeatedHeaders: [], byteOrderMarks: [], emptyRecords: [], longRecords: [] };
  let rows = 0;
  for await (const { cells, line } of csv.records(findings)) {
    rows += 1;
    for (let index = 0; index < tallies.length; index++)
      (tallies[index] as ColumnTally).see(cells[index] as string, line);
  }
  const sources = csv.header.map((name, index) => {
    const tally = tallies[index] as ColumnTally;
    return { name, index, texts: tally.finish(), tally };
  });
  const signs = tallies.map(findCertainSign).filter((sign) => sign !== undefined);
  const context = { markers, signs: new Set(signs), delimiter: csv.delimiter };
  const named = sources.filter(({ name }) => name.trim() !== '');
  return {
    rows,
    columns: named.map((source) => {
      const isCategorical = rules.categorical?.includes(source.name) ?? false;
      const isNumeric = rules.numeric?.includes(source.name) ?? false;
      const { decimal, dateOrder } = rules;
      return describeColumn(
        source,
        { isCategorical, isNumeric, ...(decimal && { decimal }), ...(dateOrder && { dateOrder }) },
        context,
      );
    }),
    notices: [...csv.notices, ...toNamelessNotices(tallies, csv.header), ...toRecordNotices(findings)],
    warnings: toWarnings(findings),
  };
}

/** What becomes of the columns without a name: the index of pandas and the empty columns of spreadsheets are left out. */
function toNamelessNotices(tallies: readonly ColumnTally[], header: readonly string[]): string[] {
  const notices: string[] = [];
  const empty: number[] = [];
  for (const [index, tally] of tallies.entries()) {
    if (header[index]?.trim() !== '') continue;
    const { first } = tally;
    if (!first) empty.push(index + 1);
    else if (index === 0)
      notices.push(
        `The first column has no name, like the index that pandas writes; it is left out. It begins with ${formatExample(first)}.`,
      );
    else
      throw new CommandError(
        `Column ${index + 1} of the header has no name, but values, such as ${formatExample(first)}. Name it in the file.`,
      );
  }
  if (empty.length > 0)
    notices.push(
      `${empty.length === 1 ? 'Column' : 'Columns'} ${toNumberList(empty)} without a name and without values ${empty.length === 1 ? 'is' : 'are'} left out.`,
    );
  return notices;
}

function toRecordNotices({ emptyRecords, longRecords }: CsvFindings): string[] {
  const notices: string[] = [];
  if (emptyRecords.length > 0)
    notices.push(
      `${formatCount(emptyRecords.length, 'row')} without any value left out (first on line ${emptyRecords[0]}).`,
    );
  if (longRecords.length > 0)
    notices.push(
      `Empty cells beyond the header are ignored, in ${formatCount(longRecords.length, 'row')} (first on line ${longRecords[0]}).`,
    );
  return notices;
}

function toWarnings({ repeatedHeaders, byteOrderMarks }: CsvFindings): string[] {
  const warnings: string[] = [];
  if (repeatedHeaders.length > 0)
    warnings.push(
      `${toLines(repeatedHeaders)} ${repeatedHeaders.length === 1 ? 'repeats' : 'repeat'} the header, as in files that were joined; left out.`,
    );
  if (byteOrderMarks.length > 0)
    warnings.push(
      `${toLines(byteOrderMarks)} ${byteOrderMarks.length === 1 ? 'has' : 'have'} a byte order mark in the middle of the file, as in files that were joined; ignored.`,
    );
  return warnings;
}

function toLines(lines: readonly number[]): string {
  return `${lines.length === 1 ? 'Line' : 'Lines'} ${toNumberList(lines)}`;
}

/** Numbers as a list with runs: 3, 5 to 8. Of many, the first. */
function toNumberList(numbers: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const number of numbers) {
    const last = runs.at(-1);
    if (last?.[1] === number - 1) last[1] = number;
    else runs.push([number, number]);
  }
  const shown = runs.slice(0, 5).map(([from, to]) => (from === to ? `${from}` : `${from} to ${to}`));
  if (runs.length > 5) return `${shown.join(', ')}, …`;
  return shown.length > 1 ? `${shown.slice(0, -1).join(', ')} and ${String(shown.at(-1))}` : (shown[0] ?? '');
}
