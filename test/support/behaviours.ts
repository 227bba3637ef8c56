/** Behaviours of the HTTP double: good replies, and the ways in which servers and networks fail. */
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { Behaviour, ReceivedRequest } from './http-double.ts';

/** A word in everything that doubles say, which must never reach a caller of the engine. */
export const SECRET_WORD = 'wallaby';

/** The model of these doubles: the probabilities of two classes for a row. */
export const toVector = ([x]: readonly unknown[]): [number, number] => [1 - Number(x), Number(x)];

/** The rows of a request of the kind json. */
export const readRows = ({ body }: ReceivedRequest) => (JSON.parse(body) as { values: number[][] }).values;

/** A reply for `answers`. */
export interface DoubleReply {
  readonly status?: number;
  /** In lower case. */
  readonly headers?: Record<string, string>;
  /** Text is sent unchanged, anything else as JSON. */
  readonly body?: unknown;
}

/** Answers with what a function returns or resolves to. */
export const answers =
  (answer: (request: ReceivedRequest) => DoubleReply | Promise<DoubleReply>): Behaviour =>
  async (request, response) => {
    const { status = 200, headers = {}, body = '' } = await answer(request);
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text);
  };

/** Answers one vector per row. */
export const good: Behaviour = (request, response) =>
  response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(readRows(request).map(toVector)));

/** Answers with fixed text. */
export const says =
  (text: string | Uint8Array, headers: Record<string, string> = {}, status = 200): Behaviour =>
  (_request, response) =>
    response.writeHead(status, headers).end(text);

/** Answers a status with an error in JSON. */
export const fails = (status: number, headers: Record<string, string> = {}): Behaviour =>
  says(JSON.stringify({ error: { message: `${SECRET_WORD} not found` } }), headers, status);

/** Answers after a while, in milliseconds. */
export const slow =
  (time: number, then: Behaviour = good): Behaviour =>
  async (request, response) => {
    await sleep(time);
    await then(request, response);
  };

/** Answers when released. */
export function hold(then: Behaviour = good): Behaviour & { release(): void } {
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const behaviour: Behaviour = async (request, response) => {
    await released;
    await then(request, response);
  };
  return Object.assign(behaviour, { release });
}

/** Writes raw bytes to the connection and ends it. */
export const raw =
  (bytes: string): Behaviour =>
  (_request, { socket }) =>
    socket?.end(bytes);

export const silent: Behaviour = () => undefined;

export const dropsBeforeHeaders: Behaviour = (_request, { socket }) => socket?.destroy();

export const resets: Behaviour = (_request, { socket }) => socket?.resetAndDestroy();

export const stopsAfterHeaders: Behaviour = (_request, response) =>
  response.writeHead(200, { 'Content-Length': 100 }).write('[');

export const dropsInBody: Behaviour = (_request, response) => {
  response.writeHead(200, { 'Content-Length': 100 }).write('[[', () => response.socket?.destroy());
};

/** Sends a byte every few milliseconds, forever. */
export const trickles: Behaviour = async (_request, response) => {
  response.writeHead(200);
  while (!response.destroyed) {
    response.write(' ');
    await sleep(5);
  }
};

export const claimsHuge: Behaviour = (_request, response) =>
  response.writeHead(200, { 'Content-Length': 2 ** 40 }).write('[');

/** Sends as many bytes as the client accepts. */
export const endless =
  (status = 200): Behaviour =>
  async (_request, response) => {
    const chunk = Buffer.alloc(2 ** 16, ' ');
    response.writeHead(status);
    while (!response.destroyed) {
      if (!response.write(chunk)) await Promise.race([new Promise((done) => response.once('drain', done)), sleep(20)]);
    }
  };

export const redirects = (location: string, status = 307): Behaviour => says('', { Location: location }, status);

/** Compresses a reply although the client did not accept that. */
export const gzips: Behaviour = (request, response) =>
  response
    .writeHead(200, { 'Content-Encoding': 'gzip' })
    .end(gzipSync(JSON.stringify(readRows(request).map(toVector))));

/** Sends an interim reply before the reply. */
export const hints: Behaviour = (request, response) => {
  response.writeEarlyHints({ link: '</style.css>; rel=preload' });
  return good(request, response);
};
