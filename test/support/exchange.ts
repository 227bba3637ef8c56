/** Exchanges with native systems, without a network: what an adapter makes of a table, and of a reply. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { DeploymentError } from '../../errors/deployment-error.ts';
import { toRecord } from '../../catalogue/example.ts';
import { parsePart } from '../../models/kinds/kind.ts';
import type { RemoteAdapter } from '../../remote/adapter.ts';
import type { UpstreamRequest } from '../../upstream/request-reply.ts';
import { ReplyError } from '../../upstream/upstream-error.ts';
import type { RemoteSettings } from '../../remote/remote-settings.ts';
import { toScores } from '../../remote/reply/to-scores.ts';
import { parseTable } from '../../models/table.ts';
import { catchError, toFile, toJson } from './deployment.ts';
import { startTestEngine, type TestEngine } from './engine.ts';

/** The columns of two loans: a number that may be missing, a whole number, a text, and a yes or no. */
export const LOANS = {
  columns: [
    { name: 'income', type: 'double', nullable: true },
    { name: 'age', type: 'integer' },
    { name: 'job', type: 'string', categories: ['clerk', 'cook'] },
    { name: 'owner', type: 'boolean' },
  ],
  example: {
    fields: ['income', 'age', 'job', 'owner'],
    values: [[1.5, 30, 'cook', true]],
  },
};
export const LOAN_FIELDS = LOANS.example.fields;
export const TWO_LOANS = [
  [1.5, 30, 'cook', true],
  [null, 41, 'a "job", or none', false],
];

type Recorded = ReturnType<typeof toRecord>;

export interface Exchange {
  readonly toRequest: (
    values?: readonly (readonly unknown[])[],
  ) => Promise<UpstreamRequest & { readonly body: string }>;
  /** The scores in a reply, as `example.answer` has them. A string is the text of the reply, all else its JSON. */
  readonly read: (body: unknown, rowCount?: number, headers?: Record<string, string>) => Promise<Recorded>;
  /** The message of the ReplyError. */
  readonly findProblem: (body: unknown, rowCount?: number) => Promise<string>;
  readonly readyPath: string | undefined;
}

/** Plans exchanges of a deployment: of two loans, unless the keys say otherwise. */
export function buildExchange<Settings extends RemoteSettings>(
  adapter: RemoteAdapter<Settings>,
  settings: object,
  keys: object = {},
): Exchange {
  const file = toFile({ ...LOANS, ...keys });
  const checked = parsePart(adapter.settings, settings, 'deployment.json.settings');
  const format = adapter.build(file, checked);
  const read: Exchange['read'] = async (body, rowCount = 2, headers = { 'content-type': 'application/json' }) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const json = () => {
      try {
        return JSON.parse(text) as unknown;
      } catch {
        throw new ReplyError('expected JSON');
      }
    };
    const answer = await format.toAnswer({ headers, text, json }, rowCount);
    return toRecord(toScores(answer, rowCount, file, checked.output, undefined), file.label.classes);
  };
  return {
    readyPath: format.readyPath,
    toRequest: async (values = TWO_LOANS) => {
      const fields = file.columns.map(({ name }) => name);
      const table = parseTable({ fields, values }, file.columns, { unknownCategories: 'accept', place: '' });
      const request = await format.toRequest({ ...table, firstRow: 0 });
      return { ...request, body: Buffer.from(request.body).toString() };
    },
    read,
    findProblem: async (body, rowCount) => (await catchError(ReplyError, () => read(body, rowCount))).message,
  };
}

/** What is wrong with the settings of a deployment. */
export async function listSettingProblems<Settings extends RemoteSettings>(
  adapter: RemoteAdapter<Settings>,
  settings: object,
  keys: object = {},
): Promise<readonly string[]> {
  return (await catchError(DeploymentError, () => buildExchange(adapter, settings, keys))).problems;
}

const SCALARS = [null, true, 0, -1, 1e308, '', 'yes', '[', {}, [], [[]], [null], [{}], [[[[1]]]]];
const KEYS = ['predictions', 'result', 'fields', 'values', 'classes', 'labels', 'scores', 'probabilities', 'score'];

/** Replies that no system should give: of every one nothing may come but a ReplyError, or scores that are valid. */
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

/** Reads them all. */
export async function checkHostileReplies({ read }: Exchange): Promise<void> {
  for (const reply of listHostileReplies()) {
    for (const headers of [{ 'content-type': 'application/json' }, { 'content-type': 'text/csv' }]) {
      try {
        const { predictions } = await read(reply, 2, headers);
        expect(predictions).to.have.length(2);
      } catch (error) {
        if (!(error instanceof ReplyError)) throw new Error(`not refused: ${JSON.stringify(reply)}`, { cause: error });
      }
    }
  }
}

/** An engine with one deployment, `loan`, as its file says. */
export async function startWrappingEngine(keys: object): Promise<TestEngine> {
  const folder = await mkdtemp(join(tmpdir(), 'wrapping-'));
  await mkdir(join(folder, 'loan'));
  await writeFile(join(folder, 'loan', 'deployment.json'), JSON.stringify(toJson({ ...LOANS, id: 'loan', ...keys })));
  const engine = await startTestEngine({ ENGINE_DEPLOYMENTS: folder });
  return {
    ...engine,
    stop: async () => {
      await engine.stop();
      await rm(folder, { recursive: true });
    },
  };
}
