/** Values of PMML's data types: parsed from texts, taken from cells, and cast from one type to another. */
import type { DataType, Value } from './plan.ts';
import { toNumber } from './place.ts';

/** Whether values of a type are numbers that can be computed with. */
export function isNumeric(type: DataType): boolean {
  return type === 'integer' || type === 'float' || type === 'double';
}

/** Whether values of a type are represented as numbers. */
export function isOrdered(type: DataType): boolean {
  return isNumeric(type) || type === 'date' || type === 'time' || type === 'dateTime';
}

/** Parses a text; undefined if it has not the type. */
export function toValue(text: string, type: DataType): Exclude<Value, null> | undefined {
  switch (type) {
    case 'string':
      return text;
    case 'boolean': {
      const word = text.trim().toLowerCase();
      return word === 'true' ? true : word === 'false' ? false : undefined;
    }
    case 'date':
      return toDay(text);
    case 'time':
      return toSecondsOfDay(text);
    case 'dateTime':
      return toSeconds(text);
    default: {
      const number = toNumber(text);
      return number === undefined ? undefined : toNumberOfType(number, type);
    }
  }
}

function toNumberOfType(number: number, type: DataType): number | undefined {
  if (type === 'integer') return Number.isSafeInteger(number) ? number : undefined;
  return type === 'float' ? toFloat(number) : number;
}

/** Rounds to 32 bits; undefined where that is not finite. */
function toFloat(number: number): number | undefined {
  const single = Math.fround(number);
  return Number.isFinite(single) || !Number.isFinite(number) ? single : undefined;
}

/** Casts a value of a type to another; undefined where it has no such value. */
export function castValue(value: Exclude<Value, null>, from: DataType, to: DataType): Exclude<Value, null> | undefined {
  if (from === to) return value;
  if (typeof value === 'string') return toValue(value, to);
  if (to === 'string') return from === 'integer' || from === 'boolean' ? String(value) : undefined;
  if (to === 'boolean') return value === 1 ? true : value === 0 ? false : undefined;
  if (isNumeric(to)) return toNumberOfType(Number(value), to);
  if (from === 'dateTime' && to === 'date') return Math.floor((value as number) / SECONDS_OF_DAY);
  return undefined;
}

/** Whether a type can be cast to another at all. */
export function isCastable(from: DataType, to: DataType): boolean {
  if (from === to || from === 'string') return true;
  if (to === 'string') return from === 'integer' || from === 'boolean';
  if (isNumeric(from) || from === 'boolean') return isNumeric(to) || to === 'boolean';
  return from === 'dateTime' && to === 'date';
}

const SECONDS_OF_DAY = 86_400;

/** The day of a date since 1970-01-01. */
function toDay(text: string): number | undefined {
  const match = /^\s*(\d{4})-(\d\d)-(\d\d)\s*$/.exec(text);
  if (!match) return undefined;
  const [year, month, day] = match.slice(1).map(Number) as [number, number, number];
  return toDayNumber(year, month, day);
}

/** The day of a date since 1970-01-01; undefined where there is no such date. */
export function toDayNumber(year: number, month: number, day: number): number | undefined {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day
    ? date.getTime() / (1000 * SECONDS_OF_DAY)
    : undefined;
}

function toSecondsOfDay(text: string): number | undefined {
  const match = /^\s*(\d\d):(\d\d)(?::(\d\d(?:\.\d{1,9})?))?\s*$/.exec(text);
  if (!match) return undefined;
  const [hour, minute, second] = [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)];
  return hour < 24 && minute < 60 && second < 60 ? (hour * 60 + minute) * 60 + second : undefined;
}

/** The second since 1970 of a date and time without a zone. */
function toSeconds(text: string): number | undefined {
  const match = /^\s*(\S{10})[T ](\S{5,})\s*$/.exec(text);
  const day = match ? toDay(match[1] as string) : undefined;
  const second = match ? toSecondsOfDay(match[2] as string) : undefined;
  return day === undefined || second === undefined ? undefined : day * SECONDS_OF_DAY + second;
}
