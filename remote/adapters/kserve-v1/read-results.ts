/** Reads TensorFlow Serving's replies to `:classify`: pairs of label and score, in any order. */
import { z } from 'zod';
import type { DeploymentFile } from '../../../models/deployment-file.ts';
import type { RemoteAnswer } from '../../adapter.ts';
import { buildFindClass } from '../../reply/find-class.ts';
import { listOf } from '../../../models/list-of.ts';
import { readReply } from '../../reply/read-reply.ts';
import { ReplyError } from '../../../upstream/upstream-error.ts';
import type { OutputSettings } from '../../remote-settings.ts';

const replySchema = z.object({ results: listOf(listOf(z.tuple([z.string(), z.unknown()]))) });

/**
 * The probabilities in the order of the classes. Labels are the classes as text, or their indices if `output.scalar` is
 * class_index.
 * @throws {ReplyError} if the reply has another format, or a row does not have each class once
 */
export function readResults(reply: unknown, { label }: DeploymentFile, output: OutputSettings): RemoteAnswer {
  const { results } = readReply(replySchema, reply);
  const classes = label.classes ?? [];
  const find =
    output.scalar === 'class_index'
      ? buildFindClass([...classes.keys()], undefined)
      : buildFindClass(classes, output.labels);
  const probabilities = results.map((pairs, row) => {
    const vector = new Array<unknown>(classes.length);
    for (const [name, score] of pairs) {
      const index = find(name);
      if (index !== undefined) vector[index] = score;
    }
    if (pairs.length === classes.length && !vector.includes(undefined)) return vector;
    throw new ReplyError(`expected each of the ${classes.length} classes once in row ${row}, with its score`);
  });
  return { probabilities };
}
