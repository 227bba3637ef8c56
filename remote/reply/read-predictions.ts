/** Replies of systems whose rows are where their container puts them: where the setting `answer` says, or in a usual place. */
import type { DeploymentFile } from '../../models/deployment-file.ts';
import type { RemoteAnswer } from '../adapter.ts';
import { buildReadJson, templateShape, type TemplateSettings } from '../template.ts';
import { readRows } from './read-rows.ts';
import type { RemoteSettings } from '../remote-settings.ts';

/** Where the rows are, in a reply that is an object. */
const PLACES = ['predictions', 'result', 'results', 'Results'];

/** The setting `answer`, where a format has a usual place for the rows. */
export const answerSchema = templateShape.answer.unwrap().optional();

/** Reads a reply's JSON. Throws a ReplyError. */
export type ReadPredictions = (reply: unknown, rowCount: number) => RemoteAnswer | Promise<RemoteAnswer>;

/** Plans the reading. Throws a DeploymentError where an expression is none. */
export function buildReadPredictions(
  file: DeploymentFile,
  settings: { readonly answer?: TemplateSettings['answer'] | undefined } & RemoteSettings,
): ReadPredictions {
  const { answer, output } = settings;
  if (answer) return buildReadJson(file, { ...settings, answer });
  return (reply) => readRows(findRows(reply), file, output);
}

function findRows(reply: unknown): unknown {
  if (typeof reply !== 'object' || reply === null) return reply;
  const place = PLACES.find((key) => Object.hasOwn(reply, key));
  return place === undefined ? reply : (reply as Record<string, unknown>)[place];
}
