/**
 * Dates as people write them, and the numbers that a model learns from one: `2026-11-23`, `23.11.2026`, `11/23/2026`,
 * `23-Nov-2026`, `November 23, 2026`, each with or without a time of day. The time and its zone are ignored: the date
 * counts as it is written.
 */

/** Which number of a date such as 1/2/2026 is the day. */
export const DATE_ORDERS = ['dmy', 'mdy'] as const;
export type DateOrder = (typeof DATE_ORDERS)[number];

/** What a date becomes: its year, month (1 to 12), weekday (1 is Monday, 7 Sunday), or days since another date. */
export const DATE_PARTS = ['year', 'month', 'weekday', 'days'] as const;
export type DatePart = (typeof DATE_PARTS)[number];

/** The days since 1970-01-01 that a text stands for in each order; undefined where it is no date in that order. */
export type DateReading = Readonly<Record<DateOrder, number | undefined>>;

const TIME = String.raw`(?:(?:T|,? +)\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?: ?[AaPp]\.?[Mm]\.?)?(?: ?(?:Z|UTC|GMT)?(?:[+-]\d{2}:?\d{2})?)?)?`;
const WEEKDAY = String.raw`(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,? +)?`;
const MONTH = String.raw`(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?`;
const YEAR_FIRST = new RegExp(String.raw`^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})${TIME}$`);
/** 20261123T101500Z; without a time, it is a number. 2026年11月23日 */
const COMPACT = /^(\d{4})(\d{2})(\d{2})T\d{4}(?:\d{2}(?:[.,]\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?$/;
const COMPACT_TIME = /T(\d{2})(\d{2})(\d{2}(?:[.,]\d+)?)?/;
const CJK = new RegExp(String.raw`^(\d{4})年 ?(\d{1,2})月 ?(\d{1,2})日${TIME}$`);
const YEAR_LAST = new RegExp(String.raw`^(\d{1,2})([-/.]) ?(\d{1,2})\2 ?(\d{4}|\d{2})${TIME}$`);
const DAY_MONTH = new RegExp(
  String.raw`^${WEEKDAY}(\d{1,2})(?:st|nd|rd|th|\.)?[-/ ]+${MONTH}[-/, ]+(\d{4}|\d{2})(?::\d{2}:\d{2}:\d{2}(?: [+-]\d{4})?)?${TIME}$`,
  'i',
);
const MONTH_DAY = new RegExp(String.raw`^${WEEKDAY}${MONTH}[- ]+(\d{1,2})(?:st|nd|rd|th)?,?[- ]+(\d{4})${TIME}$`, 'i');
/** Mon Nov 23 10:00:00 2026, as C's ctime and Unix's date write it. */
const CTIME = new RegExp(String.raw`^${WEEKDAY}${MONTH} +(\d{1,2}) +\d{2}:\d{2}:\d{2} +(?:[A-Z]{3,4} +)?(\d{4})$`, 'i');
const MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');
const MILLISECONDS_PER_DAY = 86_400_000;

/** Reads a date in any of these spellings; undefined if the text is none. */
export function readDate(text: string): DateReading | undefined {
  // The shortest date has six characters and a digit at either end of its first word; most texts are rejected here.
  if (text.length < 6 || text.length > 60 || !/\d/.test(text)) return undefined;
  const yearFirst =
    YEAR_FIRST.exec(text) ?? COMPACT.exec(text)?.toSpliced(2, 0, '') ?? CJK.exec(text)?.toSpliced(2, 0, '');
  if (yearFirst) return toReading(toDay(yearFirst[1], yearFirst[3], yearFirst[4]));
  const yearLast = YEAR_LAST.exec(text);
  if (yearLast) {
    const [, first, separator, second, year] = yearLast;
    const dmy = toDay(year, second, first);
    // With points, the day always comes first.
    if (separator === '.') return toReading(dmy);
    const mdy = toDay(year, first, second);
    return dmy === undefined && mdy === undefined ? undefined : { dmy, mdy };
  }
  const dayMonth = DAY_MONTH.exec(text);
  if (dayMonth) return toReading(toDay(dayMonth[3], toMonth(dayMonth[2]), dayMonth[1]));
  const monthDay = MONTH_DAY.exec(text) ?? CTIME.exec(text);
  return monthDay ? toReading(toDay(monthDay[3], toMonth(monthDay[1]), monthDay[2])) : undefined;
}

/** The time of day in a date, as a share of a day; 0 if it has none. Its zone is ignored. */
export function readTimeOfDay(text: string): number {
  const found =
    /(?:^|\D)(\d{1,2}):(\d{2})(?::(\d{2}(?:[.,]\d+)?))?(?: ?([AaPp])\.?[Mm])?/.exec(text) ?? COMPACT_TIME.exec(text);
  if (!found) return 0;
  const [, hour, minute, second = '0', half] = found;
  const hours = half === undefined ? Number(hour) : (Number(hour) % 12) + (half.toLowerCase() === 'p' ? 12 : 0);
  return (hours + (Number(minute) + Number(second.replace(',', '.')) / 60) / 60) / 24;
}

/** A part of the date of a day; `since` is the day from which days are counted. */
export function toDatePart(day: number, part: DatePart, since = 0): number {
  if (part === 'days') return day - since;
  const date = new Date(day * MILLISECONDS_PER_DAY);
  if (part === 'year') return date.getUTCFullYear();
  return part === 'month' ? date.getUTCMonth() + 1 : date.getUTCDay() || 7;
}

/** A day as `2026-11-23`. */
export function formatDay(day: number): string {
  return new Date(day * MILLISECONDS_PER_DAY).toISOString().slice(0, 10);
}

function toReading(day: number | undefined): DateReading | undefined {
  return day === undefined ? undefined : { dmy: day, mdy: day };
}

function toMonth(name: string | undefined): string {
  return String(MONTHS.indexOf((name as string).toLowerCase()) + 1);
}

/** The day of a date that exists. Years of two digits are those from 1969 to 2068, as POSIX has them. */
function toDay(year: string | undefined, month: string | undefined, day: string | undefined): number | undefined {
  const short = year?.length === 2;
  const [y, m, d] = [Number(year), Number(month), Number(day)];
  const full = short ? y + (y < 69 ? 2000 : 1900) : y;
  const date = new Date(0);
  date.setUTCFullYear(full, m - 1, d);
  const exists = date.getUTCFullYear() === full && date.getUTCMonth() === m - 1 && date.getUTCDate() === d;
  return exists ? Math.round(date.getTime() / MILLISECONDS_PER_DAY) : undefined;
}
