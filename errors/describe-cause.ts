/** Describes the cause of a failure for the log. Callers never see it. */
import { types } from 'node:util';
import { EngineError } from './engine-error.ts';

/** After how many errors no further causes are described. */
const MAX_CAUSES = 8;
/** How many of several simultaneous errors are described, such as those of all addresses of a host. */
const MAX_ERRORS = 4;
/** Max length of a description, in UTF-16 units: modules may throw anything. */
const MAX_LENGTH = 16_384;

/** Describes whatever was thrown: the stack of an error, followed by those of the errors that caused it. Never throws. */
export function describeCause(cause: unknown): string {
  try {
    const text = describe(cause, new Set());
    return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
  } catch {
    // Properties of a thrown object may be getters that throw.
    return `a thrown ${typeof cause}`;
  }
}

function describe(thrown: unknown, seen: Set<unknown>): string {
  if (!isObject(thrown)) return `a thrown ${typeof thrown}${typeof thrown === 'string' ? `: ${thrown}` : ''}`;
  seen.add(thrown);
  return [
    describeAlone(thrown),
    ...listCauses(thrown, seen).map((cause) => `caused by: ${describe(cause, seen)}`),
  ].join('\n');
}

function listCauses({ cause, errors }: Thrown, seen: ReadonlySet<unknown>): unknown[] {
  if (seen.size >= MAX_CAUSES) return [];
  const causes: unknown[] = cause === undefined ? [] : [cause];
  if (Array.isArray(errors)) causes.push(...(errors.slice(0, MAX_ERRORS) as unknown[]));
  return causes.filter((found) => !seen.has(found));
}

function describeAlone(thrown: Thrown): string {
  const message = typeof thrown.message === 'string' ? thrown.message : '';
  const stack = typeof thrown.stack === 'string' ? thrown.stack : '';
  if (!types.isNativeError(thrown) && !(thrown instanceof Error))
    return message === '' ? 'a thrown object' : `a thrown object: ${message}`;
  // The engine wraps failures: the stack of the wrapper would only hide the one that matters.
  if (stack === '' || (thrown instanceof EngineError && 'cause' in thrown)) return String(thrown);
  // A message that was changed after the stack was written is not in it.
  return stack.includes(message) ? stack : `${String(thrown)}\n${stack}`;
}

type Thrown = Partial<Readonly<Record<'message' | 'stack' | 'cause' | 'errors', unknown>>>;

function isObject(value: unknown): value is Thrown {
  return typeof value === 'object' && value !== null;
}
