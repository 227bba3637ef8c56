/** A column of a file of rows, whether the file is CSV or JSON. */
import { toBoolean, toNumberType, type ColumnType } from './cell-type.ts';
import type { ColumnQuestion, ColumnSurvey } from './column-survey.ts';
import { formatName } from '../errors/quote-text.ts';
import { formatMarked } from './describe-column.ts';
import { toPlainNumber } from './read-number.ts';

/** A column of n rows. */
export interface RowsColumn {
  readonly name: string;
  /** The type of the cells; undefined if the column is empty or mixes types. */
  readonly type: ColumnType | undefined;
  readonly hasMissing: boolean;
  /** Those of the file's notices that say which texts count as missing. */
  readonly missingNotices?: readonly string[];
  /**
   * The n cells as a request sends them for a column of the given type; cells of another type stay as they are.
   * @param values texts that are values even if they usually stand for a missing one, such as `None` and `?`
   */
  readonly toCells: (type: ColumnType, values?: ReadonlySet<string>) => readonly unknown[];
}

/** A column of a CSV file, with the texts of its cells. */
export function toTextColumn(survey: ColumnSurvey, texts: readonly string[]): RowsColumn {
  return {
    name: survey.name,
    type: toColumnType(survey),
    hasMissing: survey.missing > 0,
    missingNotices: formatMarked(survey).map((notice) => toColumnNotice(survey, notice)),
    toCells: (type, values) => texts.map((text) => (values?.has(text) ? text : toTypedCell(survey, type, text))),
  };
}

/** A notice about a column, as a sentence. */
export function toColumnNotice({ name }: ColumnSurvey, notice: string): string {
  return `${formatName(name)}: ${notice}.`;
}

/** The type of a column of a CSV file; undefined if it is empty. */
function toColumnType({ nature, range, question }: ColumnSurvey): ColumnType | undefined {
  if (nature === 'empty') return undefined;
  if (question && isDoubtful(question)) return 'string';
  if (nature === 'integer' || nature === 'double') return toNumberType(nature === 'integer', range);
  return nature === 'boolean' ? 'boolean' : 'string';
}

/** Whether a column stays text because nobody says what its numbers are: 1,234 is one thousand and more, or one and more. */
export function isDoubtful({ topic, texts }: ColumnQuestion): boolean {
  return topic === 'decimal sign' && (texts?.[0]?.includes(',') ?? false);
}

/** Text stays as it is written, blanks included: it is what a request would send. */
function toTypedCell({ nature, read, isMissing }: ColumnSurvey, type: ColumnType, text: string): unknown {
  if (isMissing(text)) return null;
  if (type === 'string') return text;
  const trimmed = text.trim();
  if (type === 'boolean') return toBoolean(trimmed) ?? text;
  if (nature === 'integer' || nature === 'double') return read(text);
  return toPlainNumber(trimmed, '.') ?? text;
}

/** A column of JSON. */
export function toTypedColumn(name: string, cells: readonly unknown[]): RowsColumn {
  const present = cells.filter((cell) => cell !== null);
  const types = new Set(present.map((cell) => typeof cell));
  const [only] = types.size === 1 ? types : [];
  return {
    name,
    type:
      only === 'number'
        ? toTypeOfNumbers(present as number[])
        : only === 'string' || only === 'boolean'
          ? only
          : undefined,
    hasMissing: present.length < cells.length,
    toCells: () => cells,
  };
}

/** The type of a list of numbers, by the rule for CSV files. */
export function toTypeOfNumbers(numbers: readonly number[]): 'integer' | 'long' | 'double' {
  const range = [0, 0] as [number, number];
  for (const number of numbers) {
    range[0] = Math.min(range[0], number);
    range[1] = Math.max(range[1], number);
  }
  return toNumberType(numbers.every(Number.isSafeInteger), range);
}
