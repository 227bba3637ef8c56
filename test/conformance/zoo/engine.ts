/**
 * A small engine that follows every rule, and of which each part can be replaced, to build engines that break one rule and follow
 * all others. It shares nothing with the engine of this project but the contract.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Table {
  readonly fields: string[];
  readonly values: unknown[][];
  readonly labels?: unknown;
}

/** JSON of a shape that the tests know, for changing it. */
export type Loose = any;

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** Counted from 0, over all requests. */
  readonly number: number;
  /** How many identical requests came before. */
  readonly before: number;
}

/** The parts of the conforming engine that are replaced. */
export interface Patch {
  /** Whether the engine answers without credentials. */
  readonly open?: boolean;
  /** The task of the model; binary by default. */
  readonly task?: 'binary' | 'multiclass' | 'regression';
  /** Changes the published resource. */
  readonly resource?: (resource: Loose) => Loose;
  /** Changes the body of discovery. */
  readonly list?: (body: Loose) => Loose;
  /** Changes a table before it is checked and scored. */
  readonly read?: (table: Table) => Table;
  /** Changes the answer to a table. */
  readonly answer?: (answer: Table & Loose, table: Table) => Loose;
  /** Answers instead of the engine if it returns true. */
  readonly intercept?: (received: Received, response: ServerResponse) => boolean | undefined;
  /** Changes the response last of all. */
  readonly reply?: (reply: Outgoing, received: Received) => Outgoing | Promise<Outgoing>;
  /** The scoring path, if it is not the contract's. */
  readonly scoringPath?: string;
}

export interface Outgoing {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string | Uint8Array;
}

export const SCORING = '/v1/deployments/loan/online';
export const PREDICTIONS = '/v1/deployments/loan/predictions';
export const FEEDBACK = '/v1/deployments/loan/feedback';
export const USERNAME = 'zoo';
export const PASSWORD = 'keeper-8675309';
export const AUTHORIZATION = `Basic ${Buffer.from(`${USERNAME}:${PASSWORD}`).toString('base64')}`;

class Refusal extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export interface ZooEngine {
  readonly url: string;
  readonly port: number;
  /** All requests so far. */
  readonly received: readonly Received[];
  stop(): Promise<void>;
}

/** Starts an engine with one deployment, behind Basic authentication. */
export async function startZooEngine(patch: Patch = {}): Promise<ZooEngine> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    void read(request).then(async (body) => {
      const { method = '', url: path = '', headers } = request;
      const before = received.filter((other) => isAlike(other, { method, path, headers, body })).length;
      const one = { method, path, headers, body, number: received.length, before };
      received.push(one);
      if (patch.intercept?.(one, response)) return;
      const plain = respond(one, patch);
      const { status, headers: out, body: text } = (await patch.reply?.(plain, one)) ?? plain;
      response.writeHead(status, out).end(text);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    received,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function isAlike(a: Omit<Received, 'number' | 'before'>, b: typeof a): boolean {
  const headers = ['authorization', 'content-type', 'x-conformance-check'] as const;
  return (
    a.path === b.path &&
    a.method === b.method &&
    a.body === b.body &&
    headers.every((name) => a.headers[name] === b.headers[name])
  );
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** The response of the engine with the given parts replaced. */
export function respond(received: Received, patch: Patch): Outgoing {
  const headers = {
    'Content-Type': 'application/json',
    'X-Global-Transaction-Id': String(received.headers['x-global-transaction-id'] ?? 'none'),
    ...(received.path === PREDICTIONS && {
      'X-Scoring-Id': String(received.headers['x-scoring-id'] ?? `zoo-${received.number}`),
    }),
  };
  try {
    return { status: 200, headers, body: JSON.stringify(route(received, patch)) };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const body = JSON.stringify({ trace: 'zoo', errors: [{ code: 'refused', message: error.message }] });
    const challenge = error.status === 401 ? { 'WWW-Authenticate': 'Basic realm="zoo"' } : {};
    return { status: error.status, headers: { ...headers, ...challenge }, body };
  }
}

function route({ method, path, headers, body }: Received, patch: Patch): unknown {
  if (!patch.open && headers.authorization !== AUTHORIZATION) throw new Refusal(401, 'Credentials, please.');
  if (path === '/v1/deployments') {
    if (method !== 'GET') throw new Refusal(405, 'GET only.');
    const resource = toResource(`http://${headers.host}`, patch.task ?? 'binary');
    const resources = [patch.resource?.(resource) ?? resource];
    const list = { count: resources.length, resources };
    return patch.list?.(list) ?? list;
  }
  const isLogging = path === PREDICTIONS || path === FEEDBACK;
  if (!isLogging && path !== (patch.scoringPath ?? SCORING)) throw new Refusal(404, 'Not found.');
  if (method !== 'POST') throw new Refusal(405, 'POST only.');
  if (headers['content-type'] !== 'application/json') throw new Refusal(415, 'JSON only.');
  const table = parse(body);
  if (path === FEEDBACK) return takeFeedback(table as unknown as Table, patch);
  if (Array.isArray(table['input_data']))
    return { predictions: table['input_data'].map((one: Table) => scoreTable(one, patch)) };
  return scoreTable(table as unknown as Table, patch);
}

/** Rows with their label, which are scored to check them. */
function takeFeedback(table: Table, patch: Patch): unknown {
  scoreTable(table, patch);
  if (!table.fields.includes('outcome')) throw new Refusal(400, 'The label is missing.');
  return { rows: table.values.length };
}

function parse(body: string): Record<string, unknown> {
  try {
    return JSON.parse(body) as Record<string, unknown>;
  } catch {
    throw new Refusal(400, 'Not JSON.');
  }
}

const COLUMNS = [
  { name: 'age', type: 'integer' },
  { name: 'income', type: 'double' },
  { name: 'city', type: 'string' },
] as const;
export const CLASSES = { binary: ['good', 'bad'], multiclass: ['low', 'middle', 'high'] };

function scoreTable(sent: Table, { read, answer, task = 'binary' }: Patch): unknown {
  const table = read?.(sent) ?? sent;
  const { fields, values } = table;
  if (!Array.isArray(fields) || !Array.isArray(values)) throw new Refusal(400, 'A table, please.');
  const positions = COLUMNS.map(({ name }) => fields.indexOf(name));
  if (positions.includes(-1)) throw new Refusal(400, 'A column is missing.');
  const results = values.map((row) => {
    if (row.length !== fields.length) throw new Refusal(400, 'A row is too short.');
    const [age, income, city] = positions.map((at) => row[at]);
    if (typeof age !== 'number' || typeof income !== 'number' || typeof city !== 'string')
      throw new Refusal(400, 'A cell is of the wrong type.');
    return score(age, income, city, task);
  });
  const names = task === 'regression' ? ['prediction'] : ['prediction', 'probability'];
  const scored = {
    fields: [...fields, ...names],
    values: values.map((row, index) => [...row, ...(results[index] as unknown[])]),
    ...(task !== 'regression' && { labels: CLASSES[task] }),
  };
  return answer?.(scored, table) ?? scored;
}

/** A prediction, and for classes their probabilities: a softmax over some linear functions. */
function score(age: number, income: number, city: string, task: NonNullable<Patch['task']>): unknown[] {
  const value = age / 20 - income / 30 + (city.charCodeAt(0) % 4) / 2;
  if (task === 'regression') return [value];
  const powers = CLASSES[task].map((_, index) => Math.exp(value * (index - 0.7) - index / 3));
  const sum = powers.reduce((a, b) => a + b, 0);
  const probabilities = powers.map((power) => power / sum);
  return [CLASSES[task][probabilities.indexOf(Math.max(...probabilities))], probabilities];
}

function toResource(base: string, task: NonNullable<Patch['task']>): Loose {
  const url = `${base}/v1/deployments/loan`;
  const scoring = `${url}/online`;
  const date = '2026-01-31T12:00:00Z';
  const features = COLUMNS.map(({ name, type }) => ({
    name,
    type,
    nullable: false,
    metadata: { modeling_role: 'feature', ...(type === 'string' && { measure: 'discrete' }) },
  }));
  const isClassifier = task !== 'regression';
  const type = isClassifier ? 'string' : 'double';
  const field = (name: string, of: unknown, modeling_role: string) => ({
    name,
    type: of,
    nullable: false,
    metadata: { modeling_role },
  });
  return {
    metadata: { guid: 'loan', url, created_at: date, modified_at: date },
    entity: {
      name: 'Loan',
      description: 'Tells whether a loan is good.',
      type: 'online',
      scoring_url: scoring,
      scoring_endpoint: { url: scoring },
      asset: { guid: 'loan', asset_id: 'loan', name: 'Loan', asset_type: 'model', url, created_at: date },
      asset_properties: {
        problem_type: task,
        input_data_type: 'structured',
        label_column: 'outcome',
        feature_fields: COLUMNS.map(({ name }) => name),
        categorical_fields: ['city'],
        prediction_field: 'prediction',
        ...(isClassifier && {
          prediction_probability_field: 'probability',
          probability_fields: ['probability'],
          labels: CLASSES[task],
        }),
        input_data_schema: { type: 'struct', fields: features },
        output_data_schema: {
          type: 'struct',
          fields: [
            ...features,
            field('prediction', type, 'prediction'),
            ...(isClassifier
              ? [field('probability', { type: 'array', elementType: 'double', containsNull: false }, 'probability')]
              : []),
          ],
        },
        training_data_schema: { type: 'struct', fields: [...features, field('outcome', type, 'target')] },
      },
    },
  };
}
