/**
 * Lists in what comes from outside, files and replies. `z.array` collects the problems of all items, at 500 times their bytes; in a list
 * of lists it overflows the stack on some 100,000 of them.
 */
import { z } from 'zod';

/** After so many problems the rest of a list is not checked. */
const MAX_PROBLEMS = 10;

/** An array whose items match a schema, with at least `min` of them. Of many problems, the first are reported. */
export function listOf<Item extends z.ZodType>(item: Item, min = 0) {
  return z
    .array(z.unknown())
    .min(min)
    .transform((values, { issues }): z.output<Item>[] => {
      const items: z.output<Item>[] = [];
      let problems = 0;
      for (const [index, value] of values.entries()) {
        const parsed = item.safeParse(value);
        if (parsed.success) {
          items.push(parsed.data);
          continue;
        }
        for (const issue of parsed.error.issues) {
          issues.push({ ...issue, input: value, path: [index, ...issue.path] } as z.core.$ZodRawIssue);
          if (++problems === MAX_PROBLEMS) return z.NEVER;
        }
      }
      return problems > 0 ? z.NEVER : items;
    });
}
