/** Checks a reply against a schema, up to the first problem only: a hostile reply may have millions of them. */
import { z } from 'zod';
import { toProblems } from '../../errors/to-problems.ts';
import { ReplyError } from '../../upstream/upstream-error.ts';

/**
 * A reply that matches a schema.
 * @throws {ReplyError} that names the first place that does not match, and what was expected there
 */
export function readReply<Schema extends z.ZodType>(schema: Schema, reply: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(reply);
  if (parsed.success) return parsed.data;
  throw new ReplyError(toProblems(parsed.error, 'the reply')[0] as string);
}

/** An array, checked up to the first invalid item; `z.array` collects the problems of all items, at 500 times their bytes. */
export function listOf<Item extends z.ZodType>(item: Item) {
  return z.array(z.unknown()).transform((values, { issues }): z.output<Item>[] => {
    const items: z.output<Item>[] = [];
    for (const [index, value] of values.entries()) {
      const parsed = item.safeParse(value);
      if (!parsed.success) {
        const [first] = parsed.error.issues as [z.core.$ZodIssue];
        issues.push({ ...first, input: value, path: [index, ...first.path] } as z.core.$ZodRawIssue);
        return z.NEVER;
      }
      items.push(parsed.data);
    }
    return items;
  });
}
