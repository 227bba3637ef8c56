/** Reads outputs of the Open Inference Protocol: row-major tensors, flat or nested, whose first dimension is the rows. */
import { z } from 'zod';
import type { DeploymentFile } from '../../../models/deployment-file.ts';
import type { RemoteAnswer } from '../../adapter.ts';
import { readOutputs } from '../../reply/read-outputs.ts';
import { listOf, readReply } from '../../reply/read-reply.ts';
import { ReplyError } from '../../../upstream/upstream-error.ts';
import type { OutputSettings } from '../../remote-settings.ts';

const replySchema = z.object({
  outputs: listOf(
    z.object({
      name: z.string(),
      /** Deeper tensors cannot be results of rows. */
      shape: z.array(z.int().min(0)).min(1).max(8),
      data: z.custom<readonly unknown[]>(Array.isArray, 'an array'),
    }),
  ),
});
type Output = z.infer<typeof replySchema>['outputs'][number];

export interface TensorSettings {
  /** The requested outputs. */
  readonly outputs?: readonly string[] | undefined;
  readonly output: OutputSettings;
}

/**
 * The answer in a reply.
 * @throws {ReplyError} if the reply has another format, lacks a requested output, or has none with one value per row
 */
export function readTensors(
  reply: unknown,
  rowCount: number,
  file: DeploymentFile,
  { outputs: requested = [], output }: TensorSettings,
): RemoteAnswer {
  const { outputs } = readReply(replySchema, reply);
  const missing = requested.find((wanted) => !outputs.some(({ name }) => name === wanted));
  if (missing !== undefined)
    throw new ReplyError(`expected the output ${JSON.stringify(missing)}, which settings.outputs requests`);
  const rows = outputs.map((one, index) => [one.name, toRows(one, index, rowCount)] as const);
  return readOutputs(rows, rowCount, file, output);
}

/** One value or vector per row; empty for an output that is not about these rows. */
function toRows({ shape, data }: Output, index: number, rowCount: number): unknown[] {
  const flat = Array.isArray(data[0]) ? data.flat(shape.length - 1) : [...data];
  const size = shape.reduce((product, length) => product * length, 1);
  if (flat.length !== size)
    throw new ReplyError(`expected ${size} values in outputs[${index}], as its shape says; it has ${flat.length}`);
  // A dimension of 0 would make any number of rows fit without data.
  if (shape[0] !== rowCount) return [];
  const width = size / rowCount;
  if (width === 1) return flat;
  return Array.from({ length: rowCount }, (_, row) => flat.slice(row * width, (row + 1) * width));
}
