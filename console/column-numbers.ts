/** The number line of a column: a number is itself, and a date the days since 1970. */
import type { CellText } from './cells.ts';
import type { ColumnData, DeploymentDetails } from './data.ts';
import { toDateTicks } from './date-ticks.ts';
import { formatNumber, toTicks, type Tick } from './format.ts';

const DATE = /^(\d{4}-\d{2}-\d{2})(?=$|[T ])/;
/** The days that four digits of a year can write: 0001-01-01 and 9999-12-31. */
export const [FIRST_DAY, LAST_DAY] = [-719_162, 2_932_896];
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

/** Ticks of the line, at most about as many as asked for; of dates fewer, because their texts are longer. */
export function toTicksOnLine({ isDate }: Pick<ColumnData, 'isDate'>, min: number, max: number, count: number): Tick[] {
  if (isDate) return toDateTicks(min, max, Math.ceil(count / 2));
  return toTicks(min, max, count).map((at) => ({ at, text: formatNumber(at, 5) }));
}

/** The numbers of a column that the example and the form have. */
export function listExampleNumbers(
  column: ColumnData,
  current: CellText,
  { fields, values }: DeploymentDetails['example'],
): number[] {
  const at = fields.indexOf(column.name);
  const numbers = values
    .map((row) => row[at])
    .map((value) =>
      typeof value === 'number' ? value : column.isDate && typeof value === 'string' ? toNumber(column, value) : NaN,
    );
  return [...numbers, toNumber(column, current)].filter(Number.isFinite);
}

/** The numbers of a column between which its values lie: the learned range, or else those of the example; and the current value. */
export function listKnownNumbers(
  column: ColumnData,
  current: CellText,
  example: DeploymentDetails['example'],
): number[] {
  if (column.range) return [...column.range, toNumber(column, current)].filter(Number.isFinite);
  const first = toNumber(column, column.firstDate ?? null);
  return [...(Number.isFinite(first) ? [first] : []), ...listExampleNumbers(column, current, example)];
}
