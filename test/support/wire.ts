/**
 * A model server that speaks the wire format of a kind, for a model of a few lines: three classes, and probabilities that
 * depend on every cell of a row.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as a model server sees it. */
export interface WireRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** What the model says of a row. */
export interface WireScore {
  readonly label: string;
  /** In the order of CLASSES. */
  readonly probabilities: readonly number[];
}

/** A wire format, in one of its variants. */
export interface Wire {
  readonly settings: object;
  /** The rows in a request, each with the columns in their order; undefined for another request, which is answered with 200. */
  readonly toRows: (request: WireRequest) => readonly (readonly unknown[])[] | undefined;
  /** The body of the reply. */
  readonly toReply: (scores: readonly WireScore[]) => unknown;
}

export const CLASSES = ['ash', 'birch', 'cedar'] as const;

/** Scores a row: cells that differ give other probabilities, as a rule. */
export function scoreRow(cells: readonly unknown[]): WireScore {
  let state = 7;
  for (const cell of cells) for (const char of String(cell)) state = (state * 31 + char.charCodeAt(0)) % 100_003;
  const weights = CLASSES.map((_, index) => 1 + ((state * (index + 3)) % 97));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const probabilities = weights.map((weight) => weight / sum);
  return { label: CLASSES[probabilities.indexOf(Math.max(...probabilities))] as string, probabilities };
}

export interface WireServer {
  readonly url: string;
  readonly requests: readonly WireRequest[];
  close(): Promise<void>;
}

/** Starts a model server. */
export async function startWireServer({ toRows, toReply }: Pick<Wire, 'toRows' | 'toReply'>): Promise<WireServer> {
  const requests: WireRequest[] = [];
  const server = createServer((message, response) => {
    const chunks: Buffer[] = [];
    message.on('data', (chunk: Buffer) => chunks.push(chunk));
    message.on('end', () => {
      const { method = '', url = '', headers } = message;
      const request = { method, path: url, headers, body: Buffer.concat(chunks).toString() };
      requests.push(request);
      const rows = toRows(request);
      const reply = rows ? toReply(rows.map(scoreRow)) : {};
      response.setHeader('Content-Type', typeof reply === 'string' ? 'text/plain' : 'application/json');
      response.end(typeof reply === 'string' ? reply : JSON.stringify(reply));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
