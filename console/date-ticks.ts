/** The ticks of an axis of dates: first days of years or months, Mondays, or days. Dates are days since 1970, as in column-numbers.ts. */
import type { Tick } from './format.ts';

const MILLISECONDS_PER_DAY = 86_400_000;
const DAYS_PER_YEAR = 365.2425;
/** 1970-01-05. */
const FIRST_MONDAY = 4;
const DAY_STEPS = [1, 2, 7, 14];
const MONTH_STEPS = [1, 2, 3, 6];
const YEAR_STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];

/** Ticks of the calendar within the axis, at most about as many as asked for: `2026`, `2026-03` or `2026-03-02`. */
export function toDateTicks(min: number, max: number, count: number): Tick[] {
  const [first, last] = [Math.ceil(min), Math.floor(max)];
  const isEnough = (days: number) => last - first <= days * Math.max(1, count);
  const days = DAY_STEPS.find(isEnough);
  if (days !== undefined) {
    const start = days < 7 ? first : FIRST_MONDAY + Math.ceil((first - FIRST_MONDAY) / 7) * 7;
    return listSteps(start, last, days).map((at) => ({ at, text: toIsoDate(at) }));
  }
  const toMonth = (day: number) => 12 * Number(toIsoDate(day).slice(0, 4)) + Number(toIsoDate(day).slice(5, 7)) - 1;
  const months =
    MONTH_STEPS.find((step) => isEnough((step * DAYS_PER_YEAR) / 12)) ??
    12 * (YEAR_STEPS.find((step) => isEnough(step * DAYS_PER_YEAR)) ?? 5000);
  return listSteps(Math.ceil(toMonth(first) / months) * months, toMonth(last), months)
    .map((month) => {
      const [year, rest] = [String(Math.floor(month / 12)).padStart(4, '0'), String((month % 12) + 1).padStart(2, '0')];
      const at = Date.parse(`${year}-${rest}-01`) / MILLISECONDS_PER_DAY;
      return { at, text: months < 12 ? `${year}-${rest}` : year };
    })
    .filter(({ at }) => at >= first);
}

/** The numbers from one to another one, by a step. */
function listSteps(from: number, to: number, step: number): number[] {
  return Array.from({ length: Math.max(0, Math.floor((to - from) / step) + 1) }, (_, index) => from + step * index);
}

function toIsoDate(day: number): string {
  return new Date(day * MILLISECONDS_PER_DAY).toISOString().slice(0, 10);
}
