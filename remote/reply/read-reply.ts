/** Checks a reply against a schema, up to the first problem only: a hostile reply may have millions of them. */
import type { z } from 'zod';
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
