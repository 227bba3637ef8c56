/** Compares the scores of two answers. */
import type { Answer } from './answer.ts';

/** Differences due to single precision and the order of sums stay below this; absolute below 1, relative above. */
const TOLERANCE = 1e-5;

/** Whether two cells are the same score: equal strings, or numbers and vectors within the tolerance. */
export function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a === 'number' && typeof b === 'number') {
    return Math.abs(a - b) <= TOLERANCE * Math.max(1, Math.abs(a), Math.abs(b));
  }
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => isSame(item, b[index]) || isSameRounded(item, b[index]));
  }
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Whether two probabilities are rounded to four decimals, and differ in the last one only, as two nearly equal ones may. */
function isSameRounded(a: unknown, b: unknown): boolean {
  const isRounded = (value: unknown): value is number =>
    typeof value === 'number' && Math.abs(value * 1e4 - Math.round(value * 1e4)) < 1e-6;
  return isRounded(a) && isRounded(b) && Math.round(Math.abs(a - b) * 1e4) <= 1;
}

/**
 * The first difference between the scores of an answer and those of the first one, as a clause.
 * @param names the result columns to compare
 * @param toFirst the row of the first answer that a row of the other one must equal; undefined if unknown
 */
export function findDifference(
  first: Answer,
  other: Answer,
  names: readonly string[],
  toFirst: (row: number) => number | undefined = (row) => row,
): string | undefined {
  for (const name of names) {
    const [a, b] = [first.fields.indexOf(name), other.fields.indexOf(name)];
    if (b < 0) return `the column ${JSON.stringify(name)} is missing`;
    for (let row = 0; row < other.values.length; row++) {
      const at = toFirst(row);
      if (at === undefined) continue;
      const [expected, actual] = [first.values[at]?.[a], other.values[row]?.[b]];
      if (!isSame(expected, actual))
        return `row ${row}: ${JSON.stringify(name)} is ${JSON.stringify(actual)}; in the first call it was ${JSON.stringify(expected)}`;
    }
  }
  return undefined;
}
