/** Scores rows and returns the replies, not yet checked against any classes: for `wrap`, which finds out how to read them. */
import type { DeploymentFile } from '../models/deployment-file.ts';
import { parsePart } from '../models/kinds/kind.ts';
import type { Scores } from '../models/model.ts';
import type { Table } from '../models/table.ts';
import type { NamedNumbers, Outputs, RemoteAdapter, RemoteAnswer } from './adapter.ts';
import { withDeadline } from '../upstream/deadline.ts';
import type { UpstreamReply } from '../upstream/request-reply.ts';
import { ReplyError } from '../upstream/upstream-error.ts';
import { connect } from './connect.ts';
import { toLimits } from './remote-kind.ts';
import { explainReply } from './reply/explain-reply.ts';
import { isSingle } from './reply/read-outputs.ts';
import { toScores } from './reply/to-scores.ts';
import { joinScores, splitTable } from './request/split-table.ts';

/** The reply to a part of a table. */
export interface PartReply {
  readonly reply: UpstreamReply;
  readonly rowCount: number;
}

/**
 * The replies to a table, which is sent in parts if it is large.
 * @throws {UpstreamError} if the upstream fails
 * @throws {DeploymentError | EngineError} if the adapter cannot write the request
 */
export async function requestScores(adapter: RemoteAdapter, file: DeploymentFile, table: Table): Promise<PartReply[]> {
  const { settings, format } = plan(adapter, file);
  const upstream = await connect(adapter, settings);
  return withDeadline(settings.timeout, undefined, async (deadline) => {
    const replies: PartReply[] = [];
    for await (const { request, rowCount } of splitTable(table, format, toLimits(adapter, settings)))
      replies.push({ reply: await upstream.post(request, deadline), rowCount });
    return replies;
  });
}

/**
 * The answer in replies, as it was sent.
 * @param file the deployment as far as it is known; its classes may be placeholders
 * @throws {ReplyError} if a reply cannot be read, or has another number of results than rows
 */
export async function readScores(
  adapter: RemoteAdapter,
  file: DeploymentFile,
  replies: readonly PartReply[],
): Promise<RemoteAnswer> {
  const { format, settings } = plan(adapter, file);
  const answers: RemoteAnswer[] = [];
  for (const { reply, rowCount } of replies)
    answers.push(
      await explainReply(reply, async () =>
        checkAnswer(await format.toAnswer(reply, rowCount), rowCount, settings.output.argmax),
      ),
    );
  return join(answers);
}

/** @param isDerived whether predictions are ignored */
function checkAnswer(answer: RemoteAnswer, rowCount: number, isDerived: boolean): RemoteAnswer {
  if (!answer.predictions && !answer.probabilities && !answer.positive)
    throw new ReplyError('expected predictions or probabilities; none were recognized');
  for (const results of [answer.predictions, answer.positive, answer.confidences]) {
    if (results && results.length !== rowCount)
      throw new ReplyError(`expected ${rowCount} predictions, one per row; the reply has ${results.length}`);
  }
  checkVectorCount(answer.probabilities, rowCount);
  const row = isDerived ? -1 : (answer.predictions ?? []).findIndex((value) => !isSingle(value));
  if (row >= 0) throw new ReplyError(`expected a label or a number as the prediction of row ${row}`);
  return answer;
}

/** Vectors are one per row; a flat list has the same number of values for each row. */
function checkVectorCount(probabilities: RemoteAnswer['probabilities'], rowCount: number): void {
  if (!probabilities) return;
  const areVectors = Array.isArray(probabilities[0]);
  if (areVectors ? probabilities.length === rowCount : probabilities.length % rowCount === 0) return;
  const what = areVectors ? 'vectors of probabilities, one per row' : 'probabilities, or a multiple';
  throw new ReplyError(`expected ${rowCount} ${what}; the reply has ${probabilities.length}`);
}

/**
 * The scores in replies, checked as the engine will check them.
 * @throws {ReplyError} that names the row and what was expected
 */
export async function checkScores(
  adapter: RemoteAdapter,
  file: DeploymentFile,
  replies: readonly PartReply[],
): Promise<Scores> {
  const { format, settings } = plan(adapter, file);
  const parts = new Map<number, Scores>();
  let firstRow = 0;
  for (const { reply, rowCount } of replies) {
    const read = async () =>
      toScores(await format.toAnswer(reply, rowCount), rowCount, file, settings.output, undefined);
    parts.set(firstRow, await explainReply(reply, read));
    firstRow += rowCount;
  }
  return joinScores(parts);
}

/** The lists of replies with one list per output, reply by reply; undefined if these replies have none. */
export async function listReplyOutputs(
  adapter: RemoteAdapter,
  file: DeploymentFile,
  replies: readonly PartReply[],
): Promise<readonly Outputs[] | undefined> {
  const { format } = plan(adapter, file);
  const all: Outputs[] = [];
  for (const { reply } of replies) {
    const outputs = await explainReply(reply, () => format.listOutputs?.(reply));
    if (!outputs) return undefined;
    all.push(outputs);
  }
  return all;
}

function plan(adapter: RemoteAdapter, file: DeploymentFile) {
  const settings = parsePart(adapter.settings, file.settings, 'deployment.json.settings');
  return { settings, format: adapter.build(file, settings) };
}

const KEYS = ['predictions', 'probabilities', 'positive', 'confidences'] as const;

/** Joins the answers to all parts; the result has what each of them has. */
function join(answers: readonly RemoteAnswer[]): RemoteAnswer {
  const keys = KEYS.filter((key) => answers.every((answer) => answer[key] !== undefined));
  const lists = Object.fromEntries(keys.map((key) => [key, answers.flatMap((answer) => answer[key])]));
  const number = joinNumbers(answers.map((answer) => answer.number));
  return { ...lists, ...(number && { number }) };
}

function joinNumbers(parts: readonly (NamedNumbers | undefined)[]): NamedNumbers | undefined {
  const [first] = parts;
  if (!first || !parts.every((part) => part?.name === first.name)) return undefined;
  return { name: first.name, values: parts.flatMap((part) => part?.values ?? []) };
}
