/** Has the upstream answer the rows: as they come, while the classes are not known, and then as the engine will have it. */
import { isDeepStrictEqual } from 'node:util';
import type { DeploymentFile } from '../models/deployment-file.ts';
import { recordExample } from '../catalogue/load-deployment.ts';
import type { RemoteAdapter, RemoteAnswer } from '../remote/adapter.ts';
import { askRows } from '../remote/ask-rows.ts';
import { ReplyError } from '../upstream/upstream-error.ts';
import { parseTable } from '../models/table.ts';
import { findFailure } from './find-failure.ts';
import { findOrder } from './find-order.ts';
import { toVectors } from './plan-outcome.ts';
import { CommandError } from '../errors/command-error.ts';
import { toCommandError } from './to-command-error.ts';

/**
 * What the upstream says of the rows of the example.
 * @throws {CommandError} or a DeploymentError with problems of the settings
 */
export async function askAll(adapter: RemoteAdapter, file: DeploymentFile): Promise<RemoteAnswer> {
  try {
    const table = parseTable(file.example, file.columns, { unknownCategories: 'accept', place: '' });
    const answer = await askRows(adapter, file, table);
    const came = (answer.predictions ?? answer.positive)?.length ?? table.rows.length;
    if (came !== table.rows.length)
      throw new ReplyError(`expected ${table.rows.length} predictions, one a row; ${came} came`);
    return answer;
  } catch (error) {
    throw toCommandError(error);
  }
}

/**
 * The deployment with the answers to its example recorded.
 * @throws {CommandError} or a DeploymentError with problems of the settings
 */
export async function scoreAll(adapter: RemoteAdapter, file: DeploymentFile): Promise<DeploymentFile> {
  try {
    // A remote kind reads no files of a folder.
    return (await recordExample('', file)).file;
  } catch (error) {
    if (findFailure(error)?.failure === 'reply') await suggestOrder(adapter, file);
    throw toCommandError(error);
  }
}

/** Where all answers agree with the classes in one other order, tells it: that is the likeliest of all mistakes. */
async function suggestOrder(adapter: RemoteAdapter, file: DeploymentFile): Promise<void> {
  const { classes } = file.label;
  const { predictions, probabilities } = await askAll(adapter, file);
  if (!classes || !predictions || !probabilities) return;
  const vectors = toVectors(probabilities, predictions.length);
  if (vectors[0]?.length !== classes.length) return;
  const named = predictions.map((value) => classes.find((name) => String(name) === String(value)) ?? '');
  const order = findOrder(named, vectors, classes);
  if (!order || isDeepStrictEqual(order, classes)) return;
  throw new CommandError(
    `The predictions are not the most probable classes in this order; all rows agree with --labels ${order.join(',')}.`,
  );
}
