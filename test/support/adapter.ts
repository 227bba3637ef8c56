/** An adapter with a deployment of its own, tried without a network: requests as it writes them, replies as they were recorded. */
import { readFile } from 'node:fs/promises';
import type { DeploymentFile } from '../../models/deployment-file.ts';
import { parsePart } from '../../models/kinds/kind.ts';
import type { RemoteAdapter } from '../../remote/adapter.ts';
import type { UpstreamReply } from '../../upstream/request-reply.ts';
import { ReplyError } from '../../upstream/upstream-error.ts';
import type { RemoteSettings } from '../../remote/remote-settings.ts';
import { toScores } from '../../remote/reply/to-scores.ts';
import { toRecord } from '../../catalogue/example.ts';
import { writeCells } from '../../models/json/written-cells.ts';
import { parseTable, type RequestTable } from '../../models/table.ts';
import { toClassifier, toFile } from './deployment.ts';

/** A request to a real server, and its reply: test/fixtures/exchanges/<kind>/<name>.json. */
export interface Exchange {
  readonly request: { readonly method: string; readonly path: string; readonly body: unknown };
  readonly reply: { readonly status: number; readonly body: unknown };
}

export async function readExchange(kind: string, name: string): Promise<Exchange> {
  const url = new URL(`../fixtures/exchanges/${kind}/${name}.json`, import.meta.url);
  return JSON.parse(await readFile(url, 'utf8')) as Exchange;
}

/** The deployment of the recorded exchanges, and the rows that were sent in them. */
export const LOAN_COLUMNS = [
  { name: 'amount', type: 'double' },
  { name: 'income', type: 'double', nullable: true },
  { name: 'age', type: 'long', nullable: true },
  { name: 'duration', type: 'long' },
  { name: 'employed', type: 'boolean', nullable: true },
  { name: 'housing', type: 'string', nullable: true },
  { name: 'purpose', type: 'string' },
];
export const LOANS = { ...toClassifier('high', 'low', 'medium'), columns: LOAN_COLUMNS };
export const LOAN_ROWS: RequestTable = {
  fields: LOAN_COLUMNS.map(({ name }) => name),
  values: [
    [10602.91, 2629.21, 61, 10, true, 'rent', 'education'],
    [2482.9, 4541.24, 69, 67, true, 'free', 'repairs'],
    [9395.14, 1980.47, 25, 47, true, 'free', 'car'],
    [7920.03, null, 39, 50, false, 'free', 'car'],
  ],
};
/** What the model that was recorded says of them. */
export const LOAN_ANSWER = {
  predictions: ['high', 'low', 'medium', 'medium'],
  probabilities: [
    [0.8972754687530644, 0.0007987033762239851, 0.10192582787071161],
    [1.0080125209846762e-10, 0.9999011014548559, 9.889844434299557e-5],
    [0.025486443669166588, 0.3248266139968057, 0.6496869423340276],
    [0.03366834556055382, 0.3143430389254751, 0.651988615513971],
  ],
};

/** The table with another cell. */
export function replaceCell(table: RequestTable, row: number, field: string, cell: unknown): RequestTable {
  const column = table.fields.indexOf(field);
  const values = table.values.map((cells, index) => (index === row ? cells.with(column, cell) : cells));
  return { ...table, values };
}

export interface Tried {
  readonly readyPath: string | undefined;
  /** The path and the parsed body of the request for a table; `firstRow` is where it begins in the caller's. */
  request(table: RequestTable, firstRow?: number): Promise<{ path: string; body: unknown }>;
  /** The text of the body. */
  write(table: RequestTable): Promise<string>;
  /**
   * The scores that a reply gives, as an example records them. The body is text, or is made JSON.
   * @param wantsProbabilities whether the deployment publishes probabilities; the reply decides where nothing is said
   */
  score(body: unknown, rowCount: number, wantsProbabilities?: boolean): Promise<ReturnType<typeof toRecord>>;
}

/**
 * Tries an adapter.
 * @param keys of the deployment's file, as toFile takes them
 * @throws {DeploymentError} where the settings are refused
 */
export function tryAdapter<Settings extends RemoteSettings>(
  adapter: RemoteAdapter<Settings>,
  keys: object,
  settings: object,
): Tried {
  const file: DeploymentFile = toFile(keys);
  const checked = parsePart(adapter.settings, { url: 'http://localhost', ...settings }, 'deployment.json.settings');
  const format = adapter.build(file, checked);
  const write = async (table: RequestTable, firstRow: number) => {
    const parsed = parseTable(table, file.columns, { unknownCategories: 'accept', place: '' });
    // A part's cells are numbered from the first row of the whole table.
    const rows = [...Array<readonly unknown[]>(firstRow).fill(parsed.rows[0] ?? []), ...parsed.rows];
    const cells = table.toWritten?.() ?? writeCells(rows);
    const { path, body } = await format.toRequest({ ...parsed, toJson: () => cells, firstRow });
    return { path, text: Buffer.from(body).toString() };
  };
  return {
    readyPath: format.readyPath,
    request: async (table, firstRow = 0) => {
      const { path, text } = await write(table, firstRow);
      return { path, body: JSON.parse(text) as unknown };
    },
    write: async (table) => (await write(table, 0)).text,
    score: async (body, rowCount, wantsProbabilities) => {
      const answer = await format.toAnswer(toReply(body), rowCount);
      return toRecord(toScores(answer, rowCount, file, checked.output, wantsProbabilities), file.label.classes);
    },
  };
}

/** A reply as targets give them. */
export function toReply(body: unknown): UpstreamReply {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return {
    headers: {},
    text,
    json: () => {
      try {
        return JSON.parse(text) as unknown;
      } catch {
        throw new ReplyError('expected JSON');
      }
    },
  };
}
