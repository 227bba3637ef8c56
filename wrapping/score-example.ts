/** Scores the rows of the example: first unchecked, while the classes are unknown, then exactly as the engine will. */
import { isDeepStrictEqual } from 'node:util';
import type { DeploymentFile } from '../models/deployment-file.ts';
import { recordExample } from '../catalogue/load-deployment.ts';
import type { RemoteAdapter, RemoteAnswer } from '../remote/adapter.ts';
import { scoreRows } from '../remote/score-rows.ts';
import { ReplyError } from '../upstream/upstream-error.ts';
import { parseTable } from '../models/table.ts';
import { findFailure } from './find-failure.ts';
import { findOrder } from './find-order.ts';
import { toVectors } from './plan-outcome.ts';
import { CommandError } from '../errors/command-error.ts';
import { toCommandError } from './to-command-error.ts';

/**
 * The upstream's answer to the rows of the example.
 * @throws {CommandError} or a DeploymentError with problems of the settings
 */
export async function scoreUnchecked(adapter: RemoteAdapter, file: DeploymentFile): Promise<RemoteAnswer> {
  try {
    const table = parseTable(file.example, file.columns, { unknownCategories: 'accept', place: '' });
    const answer = await scoreRows(adapter, file, table);
    const count = (answer.predictions ?? answer.positive)?.length ?? table.rows.length;
    if (count !== table.rows.length)
      throw new ReplyError(`expected ${table.rows.length} predictions, one per row; the reply has ${count}`);
    return answer;
  } catch (error) {
    throw toCommandError(error);
  }
}

/**
 * Scores the example and records the answers in the deployment.
 * @throws {CommandError} or a DeploymentError with problems of the settings
 */
export async function scoreExample(adapter: RemoteAdapter, file: DeploymentFile): Promise<DeploymentFile> {
  try {
    // Remote kinds do not read the folder.
    return (await recordExample('', file)).file;
  } catch (error) {
    if (findFailure(error)?.failure === 'reply') await suggestOrder(adapter, file);
    throw toCommandError(error);
  }
}

/** Suggests another order of the classes if all answers agree with it: a wrong order is the most likely mistake. */
async function suggestOrder(adapter: RemoteAdapter, file: DeploymentFile): Promise<void> {
  const { classes } = file.label;
  const { predictions, probabilities } = await scoreUnchecked(adapter, file);
  if (!classes || !predictions || !probabilities) return;
  const vectors = toVectors(probabilities, predictions.length);
  if (vectors[0]?.length !== classes.length) return;
  const named = predictions.map((value) => classes.find((name) => String(name) === String(value)) ?? '');
  const order = findOrder(named, vectors, classes);
  if (!order || isDeepStrictEqual(order, classes)) return;
  throw new CommandError(
    `With this order of classes, predictions are not the most probable class; all rows agree with --labels ${order.join(',')}.`,
  );
}
