/**
 * Lists in what comes from outside, files and replies. `z.array` collects the problems of all items, at 500 times their bytes; in a list
 * of lists it overflows the stack on some 100,000 of them.
 */
import { z } from 'zod';

/** After so many problems the rest of a list is not checked. */
const MAX_PROBLEMS = 10;
/** How many items are checked at a time. */
const SLICE = 1000;

/** An array whose items match a schema, with at least `min` of them. Of many problems, the first are reported. */
export function listOf<Item extends z.ZodType>(item: Item, min = 0) {
  const slice = z.array(item);
  return z
    .array(z.unknown())
    .min(min)
    .transform((values, { issues }): z.output<Item>[] => {
      const items: z.output<Item>[] = [];
      let problems = 0;
      for (let start = 0; start < values.length; start += SLICE) {
        const parsed = slice.safeParse(values.slice(start, start + SLICE));
        if (parsed.success) for (const one of parsed.data) items.push(one);
        for (const issue of parsed.error?.issues ?? []) {
          const [index, ...path] = issue.path as [number, ...PropertyKey[]];
          const place = { input: values[start + index], path: [start + index, ...path] };
          issues.push({ ...issue, ...place } as z.core.$ZodRawIssue);
          if (++problems === MAX_PROBLEMS) return z.NEVER;
        }
      }
      return problems > 0 ? z.NEVER : items;
    });
}
