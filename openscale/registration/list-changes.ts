/** What differs between a resource of OpenScale's and what is wanted. */
import { isDeepStrictEqual } from 'node:util';

/** The values that OpenScale has otherwise. It adds keys of its own, and does not return every one. */
export function listChanges(
  entity: Readonly<Record<string, unknown>>,
  wanted: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(wanted).filter(([key, value]) => entity[key] !== undefined && !contains(entity[key], value)),
  );
}

/** Whether a value is the same as another one, apart from keys of objects that only one of them has. */
function contains(actual: unknown, expected: unknown): boolean {
  if (Array.isArray(expected) && Array.isArray(actual))
    return actual.length === expected.length && expected.every((item, index) => contains(actual[index], item));
  if (isObject(expected) && isObject(actual))
    return Object.entries(expected).every(
      ([key, value]) => !Object.hasOwn(actual, key) || contains(actual[key], value),
    );
  return isDeepStrictEqual(actual, expected);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
