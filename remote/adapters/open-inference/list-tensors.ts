/** Reads outputs of the Open Inference Protocol: row-major tensors, flat or nested, whose first dimension is the rows. */
import { z } from 'zod';
import type { Outputs } from '../../adapter.ts';
import { listOf } from '../../../models/list-of.ts';
import { readReply } from '../../reply/read-reply.ts';
import { ReplyError } from '../../../upstream/upstream-error.ts';

const replySchema = z.object({
  outputs: listOf(
    z.object({
      name: z.string(),
      /** Deeper tensors cannot be results of rows. */
      shape: listOf(z.int().min(0), 1, 8),
      data: z.custom<readonly unknown[]>(Array.isArray, 'an array'),
    }),
  ),
});
type Output = z.infer<typeof replySchema>['outputs'][number];

/**
 * The outputs of a reply as lists, with one value or vector per item of the first dimension.
 * @param requested the outputs that the reply must have
 * @throws {ReplyError} if the reply has another format, or lacks a requested output
 */
export function listTensors(reply: unknown, requested: readonly string[] = []): Outputs {
  const { outputs } = readReply(replySchema, reply);
  const missing = requested.find((wanted) => !outputs.some(({ name }) => name === wanted));
  if (missing !== undefined)
    throw new ReplyError(`expected the output ${JSON.stringify(missing)}, which settings.outputs requests`);
  return new Map(outputs.map((output, index) => [output.name, toList(output, index)]));
}

function toList({ shape, data }: Output, index: number): unknown[] {
  const flat = Array.isArray(data[0]) ? data.flat(shape.length - 1) : [...data];
  const size = shape.reduce((product, length) => product * length, 1);
  if (flat.length !== size)
    throw new ReplyError(`expected ${size} values in outputs[${index}], as its shape says; it has ${flat.length}`);
  const [length = 0] = shape;
  // A dimension of 0 would allow any length without data.
  if (size === 0) return [];
  const width = size / length;
  if (width === 1) return flat;
  return Array.from({ length }, (_, row) => flat.slice(row * width, (row + 1) * width));
}
