/** Reads replies whose rows are where the container puts them: where the setting `answer` says, or under a usual key. */
import type { DeploymentFile } from '../../models/deployment-file.ts';
import type { RemoteAnswer } from '../adapter.ts';
import { buildReadJson, templateShape, type TemplateSettings } from '../template.ts';
import { readRows } from './read-rows.ts';
import type { RemoteSettings } from '../remote-settings.ts';

/** The usual keys of the rows in a reply that is an object. */
const PLACES = ['predictions', 'result', 'results', 'Results'];

/** The setting `answer`, which is optional in formats with usual keys for the rows. */
export const answerSchema = templateShape.answer.unwrap().optional();

/** Reads the answer in a reply's JSON. Throws a ReplyError. */
export type ReadPredictions = (reply: unknown, rowCount: number) => RemoteAnswer | Promise<RemoteAnswer>;

/** Plans how replies are read. Throws a DeploymentError for an invalid expression. */
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
