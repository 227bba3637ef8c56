/** A model server for tests, on a free port: a credit model behind paths that answer in every shape, and some that misbehave. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ModelServer {
  readonly url: string;
  /** The requests that came, as method and path. */
  readonly requests: readonly string[];
  stop(): Promise<void>;
}

/** How likely it is that a loan is not paid back. */
const toRisk = ([amount]: readonly unknown[]) => 1 / (1 + Math.exp((2500 - Number(amount)) / 800));
const toLabel = (risk: number) => (risk > 0.5 ? 'bad' : 'good');

type Row = readonly unknown[];
/** What a path answers to rows. */
const ANSWERS: Readonly<Record<string, (values: readonly Row[]) => unknown>> = {
  '/records': (values) =>
    values.map(toRisk).map((risk) => ({ prediction: toLabel(risk), probability: [1 - risk, risk] })),
  '/vectors': (values) => values.map(toRisk).map((risk) => [1 - risk, risk]),
  '/labels': (values) => values.map((row) => toLabel(toRisk(row))),
  '/same': (values) => values.map(() => 'good'),
  '/amounts': (values) => values.map(([amount]) => Number(amount) * 1.5 + 0.25),
  // Its threshold is not a half.
  '/cautious': (values) =>
    values.map(toRisk).map((risk) => ({ prediction: risk > 0.3 ? 'bad' : 'good', probability: [1 - risk, risk] })),
  '/nan': (values) => values.map(() => [null, 1]),
  '/short': (values) => values.slice(1).map(() => 'good'),
};

/** Paths that do not answer rows. */
const MISDEEDS: Readonly<Record<string, (response: ServerResponse) => void>> = {
  '/hang': () => undefined,
  '/drop': (response) => response.destroy(),
  '/html': (response) =>
    response.writeHead(500, { 'Content-Type': 'text/html' }).end('<h1>\u001b[2J\u001b[31mboom\u202e</h1>'),
  '/redirect': (response) => response.writeHead(302, { Location: '/records' }).end(),
  '/busy': (response) => response.writeHead(429, { 'Retry-After': '60' }).end(),
  '/unprocessable': (response) => response.writeHead(422).end('{"detail":"amount: expected a number"}'),
  '/ready': (response) => response.end('"ready"'),
  '/text': (response) => response.end('fine'),
  '/huge': (response) => {
    response.on('error', () => undefined);
    const more = (): void => {
      while (!response.destroyed && response.write('x'.repeat(65_536)));
    };
    response.on('drain', more);
    more();
  },
};

/** Starts the server. */
export async function startModelServer(): Promise<ModelServer> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    void answer(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const path = new URL(request.url ?? '/', 'http://localhost').pathname;
  const misdeed = MISDEEDS[path];
  if (misdeed) {
    misdeed(response);
    return;
  }
  if (path === '/guarded' && request.headers.authorization !== 'Bearer canary-8675309') {
    response.writeHead(401).end('{"detail":"no token"}');
    return;
  }
  const toAnswer = ANSWERS[path === '/guarded' ? '/records' : path];
  if (!toAnswer) {
    response.writeHead(404).end('{"detail":"Not Found"}');
    return;
  }
  const { values } = JSON.parse(Buffer.concat(chunks).toString()) as { values: Row[] };
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify(toAnswer(values)));
}
