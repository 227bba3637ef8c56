/** Holds a reply against its format. */
import type { z } from 'zod';
import { toProblems } from '../../deployment-file.ts';
import { ReplyError } from '../target/target-error.ts';

/**
 * A reply that has the shape of a schema.
 * @throws {ReplyError} that names the first place where it has not, and what was expected there
 */
export function readReply<Schema extends z.ZodType>(schema: Schema, reply: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(reply);
  if (parsed.success) return parsed.data;
  throw new ReplyError(toProblems(parsed.error, 'the reply')[0] as string);
}
