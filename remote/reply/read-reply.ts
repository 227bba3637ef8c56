/** Holds a reply against its format: up to the first problem, for a reply may be made to have millions of them. */
import { z } from 'zod';
import { toProblems } from '../../errors/to-problems.ts';
import { ReplyError } from '../../upstream/upstream-error.ts';

/**
 * A reply that has the shape of a schema.
 * @throws {ReplyError} that names the first place where it has not, and what was expected there
 */
export function readReply<Schema extends z.ZodType>(schema: Schema, reply: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(reply);
  if (parsed.success) return parsed.data;
  throw new ReplyError(toProblems(parsed.error, 'the reply')[0] as string);
}

/** An array, checked up to the first item that does not fit; `z.array` gathers the problems of all, at 500 times their bytes. */
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
