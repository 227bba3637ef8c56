/** What a model learns from the columns of a table: numbers and categories as they are, dates by their parts. */
import { DATE_PARTS, formatDay, readDate, toDatePart, type DatePart } from '../models/calendar-date.ts';
import type { TrainingColumn } from './load-table.ts';

/** A column, or a part of its dates. */
export interface LearningInput {
  readonly column: TrainingColumn;
  /** The part of the date, and what the encoding of a deployment needs to know of it. */
  readonly date?: { readonly date: DatePart; readonly since?: string; readonly order?: 'mdy' };
  /** One number per row, as in the column; of a date, its part. */
  readonly values: Float64Array;
}

/** The inputs of columns, in their order. */
export function toInputs(columns: readonly TrainingColumn[]): LearningInput[] {
  return columns.flatMap((column) => (column.plan.dates ? toDateInputs(column) : [{ column, values: column.values }]));
}

/** The median date of some rows, and its part; the first date of the column if none of the rows has one. */
export function findMedianDate(
  { column, values }: LearningInput,
  part: DatePart,
  rows: Int32Array,
): { text: string; value: number } {
  const { order, since } = column.plan.dates as NonNullable<TrainingColumn['plan']['dates']>;
  const toDay = (row: number) => readDate(String(column.categories[column.values[row] as number]))?.[order] ?? NaN;
  const present = Array.from(rows)
    .filter((row) => !Number.isNaN(values[row]))
    .map((row) => ({ row, day: toDay(row) }))
    .sort((a, b) => a.day - b.day);
  const middle = present[present.length >> 1];
  if (!middle) return { text: formatDay(since), value: toDatePart(since, part, since) };
  return {
    text: String(column.categories[column.values[middle.row] as number]),
    value: values[middle.row] as number,
  };
}

/** The setting `encoding` of inputs of which some are parts of dates. */
export function toFeature({ column, date }: LearningInput): { column: string } {
  return { column: column.plan.name, ...date };
}

function toDateInputs(column: TrainingColumn): LearningInput[] {
  const { order, since } = column.plan.dates as NonNullable<TrainingColumn['plan']['dates']>;
  const days = column.categories.map((text) => readDate(String(text))?.[order] ?? NaN);
  return DATE_PARTS.map((part) => ({
    column,
    date: {
      date: part,
      ...(part === 'days' && { since: formatDay(since) }),
      ...(order === 'mdy' && { order }),
    },
    values: column.values.map((position) =>
      Number.isNaN(position) ? NaN : toDatePart(days[position] as number, part, since),
    ),
  }));
}
