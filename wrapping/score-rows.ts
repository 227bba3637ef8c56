/** Scores the rows of the example: first unchecked, while it is unknown how to read the replies, then exactly as the engine will. */
import { isDeepStrictEqual } from 'node:util';
import type { DeploymentFile } from '../models/deployment-file.ts';
import { toRecord } from '../catalogue/example.ts';
import { recordExample } from '../catalogue/load-deployment.ts';
import type { RemoteAdapter, RemoteAnswer } from '../remote/adapter.ts';
import { checkScores, readScores, requestScores, type PartReply } from '../remote/score-rows.ts';
import { parseTable, type RequestTable, type Table } from '../models/table.ts';
import type { Class } from './class-labels.ts';
import { findFailure } from './find-failure.ts';
import { findOrder } from './find-order.ts';
import { mergeSettings, type Settings } from './merge-settings.ts';
import { nameOutputs } from './name-outputs.ts';
import { CommandError } from '../errors/command-error.ts';
import { suggestCategories } from './suggest-categories.ts';
import { toCommandError } from './to-command-error.ts';
import { toVectors, toWidth } from './to-vectors.ts';

/** Replies to the rows, and how they are read. */
export interface UncheckedScores {
  /** The settings, with the names of the outputs if they were found. */
  readonly settings: Settings;
  readonly replies: readonly PartReply[];
  readonly answer: RemoteAnswer;
  /** The classes that the replies themselves list, in the order of the probabilities. */
  readonly classes?: readonly Class[];
}

/** Builds the file of a deployment whose classes are unknown, with `width` placeholders. */
export type DraftFile = (settings: Settings, width?: number) => DeploymentFile;

/** Rows that are recorded as the example; more would add nothing. */
const MAX_EXAMPLES = 5;

/**
 * Scores the rows of the example without checking the answers.
 * @throws {CommandError} or a DeploymentError with problems of the settings
 */
export async function scoreUnchecked(
  adapter: RemoteAdapter,
  draft: DraftFile,
  given: Settings,
): Promise<UncheckedScores> {
  const file = draft(given);
  try {
    const request = (rows: RequestTable) => requestScores(adapter, file, toTable(file, rows));
    const replies = await request(file.example);
    const named = await nameOutputs(adapter, file, replies, request);
    const settings = mergeSettings(given, named.settings);
    const answer = await readAnswer(adapter, (width) => draft(settings, width), replies);
    const width = toWidth(answer.probabilities ?? [], file.example.values.length);
    const classes = named.classes?.length === width ? named.classes : undefined;
    return { settings, replies, answer, ...(classes && { classes }) };
  } catch (error) {
    throw toCommandError(suggestCategories(error, file));
  }
}

/** Reads replies; again with as many classes as labels occur, if that shows which values are the probabilities. */
async function readAnswer(
  adapter: RemoteAdapter,
  draft: (width?: number) => DeploymentFile,
  replies: readonly PartReply[],
): Promise<RemoteAnswer> {
  const answer = await readScores(adapter, draft(), replies);
  const width = new Set(answer.predictions?.map(String)).size;
  if (answer.probabilities || width < 3) return answer;
  const again = await readScores(adapter, draft(width), replies);
  return again.probabilities ? again : answer;
}

function toTable(file: DeploymentFile, rows: RequestTable): Table {
  return parseTable(rows, file.columns, { unknownCategories: 'accept', place: '' });
}

/** All rows with their answers, and the deployment with the first of them as its example. */
export interface CheckedScores {
  readonly answer: NonNullable<DeploymentFile['example']['answer']>;
  readonly file: DeploymentFile;
}

/**
 * Checks the replies to all rows, and records the engine's own answer to the first of them as the example.
 * @throws {CommandError} or a DeploymentError with problems of the settings
 */
export async function scoreChecked(
  adapter: RemoteAdapter,
  file: DeploymentFile,
  { replies, answer }: UncheckedScores,
): Promise<CheckedScores> {
  try {
    const scores = await checkScores(adapter, file, replies);
    const { fields, values } = file.example;
    const example = { fields, values: values.slice(0, MAX_EXAMPLES) };
    // Remote kinds do not read the folder.
    return {
      answer: toRecord(scores, file.label.classes),
      file: (await recordExample('', { ...file, example })).file,
    };
  } catch (error) {
    if (findFailure(error)?.failure === 'reply') suggestOrder(file, answer);
    throw toCommandError(error);
  }
}

/** Suggests another order of the classes if all answers agree with it: a wrong order is the most likely mistake. */
function suggestOrder(file: DeploymentFile, { predictions, probabilities }: RemoteAnswer): void {
  const { classes } = file.label;
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
