/** Tries an adapter without a network: the requests that it writes for tables, and the scores that it reads from replies. */
import { expect } from 'chai';
import { toRecord } from '../../catalogue/example.ts';
import { DeploymentError } from '../../errors/deployment-error.ts';
import { parsePart } from '../../models/kinds/kind.ts';
import { writeCells } from '../../models/json/written-cells.ts';
import { parseTable, type RequestTable } from '../../models/table.ts';
import type { RemoteAdapter } from '../../remote/adapter.ts';
import type { RemoteSettings } from '../../remote/remote-settings.ts';
import { toScores } from '../../remote/reply/to-scores.ts';
import { toUpstreamReply, type UpstreamRequest } from '../../upstream/request-reply.ts';
import { ReplyError } from '../../upstream/upstream-error.ts';
import { catchError, toFile } from './deployment.ts';

interface ReadOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether the deployment publishes probabilities; by default, the reply decides. */
  readonly wantsProbabilities?: boolean;
}

export interface Tried {
  readonly readyPath: string | undefined;
  /** The request for a table, its body as text; `firstRow` is the offset of the table in the caller's. */
  readonly toRequest: (table: RequestTable, firstRow?: number) => Promise<UpstreamRequest & { readonly body: string }>;
  /** The path and the parsed body of that request. */
  readonly request: (
    table: RequestTable,
    firstRow?: number,
  ) => Promise<{ readonly path: string; readonly body: unknown }>;
  /** The scores in a reply, as an example records them. Text is the text of the reply; anything else is sent as JSON. */
  readonly read: (body: unknown, rowCount?: number, options?: ReadOptions) => Promise<ReturnType<typeof toRecord>>;
  /** The message of the ReplyError that a reply causes. */
  readonly findProblem: (body: unknown, rowCount?: number, options?: ReadOptions) => Promise<string>;
}

/**
 * Builds an adapter for a deployment.
 * @param keys of the deployment's file, as for toFile
 * @throws {DeploymentError} if the settings are rejected
 */
export function tryAdapter<Settings extends RemoteSettings>(
  adapter: RemoteAdapter<Settings>,
  settings: object,
  keys: object,
): Tried {
  const file = toFile(keys);
  const checked = parsePart(adapter.settings, { url: 'http://localhost', ...settings }, 'deployment.json.settings');
  const format = adapter.build(file, checked);
  const toRequest: Tried['toRequest'] = async (table, firstRow = 0) => {
    const parsed = parseTable(table, file.columns, { unknownCategories: 'accept', place: '' });
    // The cells of a part are numbered from the first row of the whole table.
    const rows = [...Array<readonly unknown[]>(firstRow).fill(parsed.rows[0] ?? []), ...parsed.rows];
    const cells = table.toWritten?.() ?? writeCells(rows);
    const request = await format.toRequest({ ...parsed, toJson: () => cells, firstRow });
    return { ...request, body: Buffer.from(request.body).toString() };
  };
  const read: Tried['read'] = async (body, rowCount = 2, { headers = {}, wantsProbabilities } = {}) => {
    const isText = typeof body === 'string';
    const text = isText ? body : JSON.stringify(body);
    const type = isText ? {} : { 'content-type': 'application/json' };
    const reply = toUpstreamReply({ status: 200, headers: { ...type, ...headers }, text }, 'POST http://localhost/');
    const scores = toScores(await format.toAnswer(reply, rowCount), rowCount, file, checked.output, wantsProbabilities);
    return toRecord(scores, file.label.classes);
  };
  return {
    readyPath: format.readyPath,
    toRequest,
    request: async (...of) => {
      const { path, body } = await toRequest(...of);
      return { path, body: JSON.parse(body) as unknown };
    },
    read,
    findProblem: async (...of) => (await catchError(ReplyError, () => read(...of))).message,
  };
}

/** The problems of a deployment's settings. */
export async function listSettingProblems<Settings extends RemoteSettings>(
  adapter: RemoteAdapter<Settings>,
  settings: object,
  keys: object,
): Promise<readonly string[]> {
  return (await catchError(DeploymentError, () => tryAdapter(adapter, settings, keys))).problems;
}

const SCALARS = [null, true, 0, -1, 1e308, '', 'yes', '[', {}, [], [[]], [null], [{}], [[[[1]]]]];
const KEYS = ['predictions', 'result', 'fields', 'values', 'classes', 'labels', 'scores', 'probabilities', 'score'];

/** Replies that no system should send. */
export function listHostileReplies(): unknown[] {
  const one = KEYS.flatMap((key) => SCALARS.map((value) => ({ [key]: value })));
  const pairs = SCALARS.flatMap((value) => [
    { fields: ['prediction', 'probability'], values: value },
    { fields: ['prediction'], values: [value, value] },
    { classes: value, scores: value },
    { labels: ['no', 'yes'], probabilities: value },
  ]);
  const all = [...SCALARS, ...one, ...pairs];
  const nested = all.flatMap((value) => [{ predictions: value }, { predictions: [value, value] }, [value, [value]]]);
  return [...all, ...nested, 'no JSON', '1,2,3', ',', '[[', '{"__proto__":{"predictions":[1,2]}}', '{"predictions":'];
}

/** Reads all hostile replies: each must give a ReplyError or valid scores. */
export async function checkHostileReplies({ read }: Tried): Promise<void> {
  for (const reply of listHostileReplies()) {
    for (const headers of [{}, { 'content-type': 'text/csv' }]) {
      try {
        const { predictions } = await read(reply, 2, { headers });
        expect(predictions).to.have.length(2);
      } catch (error) {
        if (!(error instanceof ReplyError)) throw new Error(`not rejected: ${JSON.stringify(reply)}`, { cause: error });
      }
    }
  }
}
