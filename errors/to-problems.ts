/** Turns zod's issues with a file or a setting into messages for its author. */
import type { z } from 'zod';

/** One message per issue: the place in the file and what was expected there, never a value. */
export function toProblems(error: z.ZodError, file: string): string[] {
  return error.issues.map((issue) => {
    const place = issue.path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
    return `${file}${place}: expected ${toExpectation(issue)}`;
  });
}

function toExpectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.expected;
    case 'invalid_value':
      return `one of ${issue.values.map((value) => JSON.stringify(value)).join(', ')}`;
    case 'invalid_key':
      return issue.issues.map(toExpectation).join(', and ');
    case 'unrecognized_keys':
      return `no key ${issue.keys.map((key) => JSON.stringify(key)).join(', ')}`;
    case 'invalid_union':
      if ('options' in issue) {
        // Undefined is an option where there is a default.
        const options = (issue.options as unknown[]).filter((value) => value !== undefined);
        return `one of ${options.map((value) => JSON.stringify(value)).join(', ')}`;
      }
      if (issue.message !== 'Invalid input') return issue.message;
      return issue.errors.flat().map(toExpectation).join(' or ');
    default:
      return issue.message.replace(/^Too (small|big): expected /, '');
  }
}
