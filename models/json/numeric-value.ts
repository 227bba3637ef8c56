/**
 * Parsed JSON or UBJSON of a model: arrays of numbers are typed arrays, objects are maps. `readPart` gives access to it that
 * names the place of whatever is wrong.
 */
import { DeploymentError } from '../../errors/deployment-error.ts';

/** An array of numbers; booleans among them are 0 and 1. */
export type Numbers = Float64Array | Float32Array | Int32Array | Uint8Array | Int8Array;

/** A value as parseNumericJson and parseUbjson return it. An empty array is a list. */
export type NumericValue =
  string | number | boolean | null | Numbers | readonly NumericValue[] | ReadonlyMap<string, NumericValue>;

/** The maximum nesting of objects and arrays. */
export const MAX_DEPTH = 64;

/** The maximum number of objects, arrays and strings: many small ones take far more memory than the file. */
export const MAX_VALUES = 2 ** 21;

/** What parsers do not keep. */
export interface ParseOptions {
  /** The keys whose values are checked for syntax, but not kept. */
  readonly skip?: ReadonlySet<string>;
}

/** Whether a value is an array of numbers. */
export function isNumbers(value: unknown): value is Numbers {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

function isObject(value: NumericValue | undefined): value is ReadonlyMap<string, NumericValue> {
  return value instanceof Map;
}

/** A part of a parsed file, and where it is. */
export interface Part {
  readonly place: string;
  readonly value: NumericValue | undefined;
  /** The member of an object; its value is undefined if there is none. */
  at(key: string): Part;
  /** Whether the value is there and not null. */
  readonly exists: boolean;
  text(): string;
  /** An integer, or a text that is one. */
  integer(min: number, max: number): number;
  numbers(): Numbers;
  /** The elements of an array that is not one of numbers, unless it is empty. */
  list(): readonly Part[];
  fail(expected: string): never;
}

/**
 * Gives access to a value. Everything that is not what is asked for throws.
 * @param place names the value in messages
 * @throws {DeploymentError}
 */
export function readPart(value: NumericValue | undefined, place: string): Part {
  const fail = (expected: string): never => {
    throw new DeploymentError([`${place}: expected ${expected}`]);
  };
  return {
    place,
    value,
    exists: value !== undefined && value !== null,
    at: (key) => readPart(isObject(value) ? value.get(key) : fail('an object'), `${place}.${key}`),
    text: () => (typeof value === 'string' ? value : fail('a string')),
    integer: (min, max) => {
      const isText = typeof value === 'string' && /^[+-]?\d{1,15}$/.test(value);
      const number = typeof value === 'number' ? value : isText ? Number(value) : NaN;
      return Number.isInteger(number) && number >= min && number <= max
        ? number
        : fail(`an integer from ${min} to ${max}`);
    },
    numbers: () => {
      if (isNumbers(value)) return value;
      return Array.isArray(value) && value.length === 0 ? new Float64Array(0) : fail('an array of numbers');
    },
    list: () => {
      if (!Array.isArray(value)) return fail('an array');
      return (value as readonly NumericValue[]).map((element, index) => readPart(element, `${place}[${index}]`));
    },
    fail,
  };
}

/** Collects numbers whose count is not known beforehand. */
export function buildNumberList(): { push(number: number): void; take(): Float64Array } {
  let numbers = new Float64Array(64);
  let count = 0;
  return {
    push: (number) => {
      if (count === numbers.length) {
        const longer = new Float64Array(2 * count);
        longer.set(numbers);
        numbers = longer;
      }
      numbers[count++] = number;
    },
    take: () => {
      const taken = numbers.slice(0, count);
      count = 0;
      return taken;
    },
  };
}
