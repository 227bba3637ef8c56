/** The number line of a column: a number is itself, and a date the days since 1970. */
import type { CellText } from './cells.ts';
import type { ColumnData, DeploymentDetails } from './data.ts';
import { formatNumber } from './format.ts';

const DATE = /^(\d{4}-\d{2}-\d{2})(?=$|[T ])/;
const MILLISECONDS_PER_DAY = 86_400_000;

/** The number of a value; NaN if it has none. Of dates, only those that begin with year, month and day have one. */
export function toNumber({ isDate }: Pick<ColumnData, 'isDate'>, text: CellText): number {
  if (text === null || text.trim() === '') return NaN;
  return isDate ? Date.parse(DATE.exec(text)?.[1] ?? '') / MILLISECONDS_PER_DAY : Number(text);
}

/** The value of a day: `2026-11-23`, and after it the time of day that another value has. */
export function toDateText(day: number, like: CellText): string {
  const date = new Date(day * MILLISECONDS_PER_DAY).toISOString().slice(0, 10);
  return like !== null && DATE.test(like) ? date + like.slice(10) : date;
}

/** A number of the line for people. */
export function formatOnLine({ isDate }: Pick<ColumnData, 'isDate'>, value: number, digits?: number): string {
  return isDate ? toDateText(Math.round(value), null) : formatNumber(value, digits);
}

/** The numbers of a column that are known without its range: those of the example and the current value; of dates, the first. */
export function listKnownNumbers(
  column: ColumnData,
  current: CellText,
  { fields, values }: DeploymentDetails['example'],
): number[] {
  const at = fields.indexOf(column.name);
  const known = values.map((row) => row[at]);
  const numbers = column.isDate
    ? [column.firstDate, ...known].map((text) => (typeof text === 'string' ? toNumber(column, text) : NaN))
    : known.filter((value) => typeof value === 'number');
  return [...(column.range ?? numbers), toNumber(column, current)].filter(Number.isFinite);
}
