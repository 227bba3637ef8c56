/** Turns zod's issues with a file or a setting into messages for its author. */
import type { z } from 'zod';

/** How many values, such as unknown keys, a message lists. */
const MAX_VALUES = 50;

/** One message per issue: the place in the file and what was expected there, never a value. */
export function toProblems(error: z.ZodError, file: string): string[] {
  return error.issues.map((issue) => {
    const place = issue.path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
    if (issue.code === 'unrecognized_keys') return `${file}${place}: unknown key ${listValues(issue.keys)}`;
    return `${file}${place}: expected ${toExpectation(issue)}`;
  });
}

function toExpectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.expected;
    case 'invalid_value':
      return `one of ${listValues(issue.values)}`;
    case 'too_small':
      return toLimit(issue, '>', issue.minimum);
    case 'too_big':
      return toLimit(issue, '<', issue.maximum);
    case 'invalid_key':
      return issue.issues.map(toExpectation).join(', and ');
    case 'unrecognized_keys':
      return `no key ${listValues(issue.keys)}`;
    case 'invalid_union':
      if ('options' in issue) {
        // Undefined is an option where there is a default.
        const options = (issue.options as unknown[]).filter((value) => value !== undefined);
        return `one of ${listValues(options)}`;
      }
      if (issue.message !== 'Invalid input') return issue.message;
      return [...new Set(issue.errors.flat().map(toExpectation))].join(' or ');
    default:
      return issue.message;
  }
}

function toLimit(
  { origin, inclusive, message }: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig,
  sign: '<' | '>',
  limit: number | bigint,
): string {
  // A schema may have its own message.
  if (!message.startsWith('Too ')) return message;
  const thing = origin === 'string' ? 'character' : origin === 'array' ? 'item' : undefined;
  if (!thing) return `a number ${sign}${inclusive === false ? '' : '='} ${limit}`;
  return `${sign === '>' ? 'at least' : 'at most'} ${limit} ${thing}${limit === 1 ? '' : 's'}`;
}

function listValues(values: readonly unknown[]): string {
  const shown = values
    .slice(0, MAX_VALUES)
    .map((value) => (typeof value === 'bigint' ? String(value) : JSON.stringify(value)));
  return [...shown, ...(values.length > MAX_VALUES ? ['…'] : [])].join(', ');
}
