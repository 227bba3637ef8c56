/** The ways in which a target can behave. */
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { Behaviour, SeenRequest } from './misbehaving-target.ts';

/** A word that targets put into everything that they say: it must never be seen on the other side of the engine. */
export const SECRET_WORD = 'wallaby';

/** What the model of these targets answers for a row: the probabilities of its two classes. */
export const toVector = ([x]: readonly unknown[]): [number, number] => [1 - Number(x), Number(x)];

/** The rows of a request as the kind json sends them. */
export const readRows = ({ body }: SeenRequest) => (JSON.parse(body) as { values: number[][] }).values;

/** Answers a vector a row. */
export const good: Behaviour = (request, response) =>
  response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(readRows(request).map(toVector)));

/** Answers any text. */
export const says =
  (text: string | Uint8Array, headers: Record<string, string> = {}, status = 200): Behaviour =>
  (_request, response) =>
    response.writeHead(status, headers).end(text);

/** Answers a status, with an error in JSON. */
export const fails = (status: number, headers: Record<string, string> = {}): Behaviour =>
  says(JSON.stringify({ error: { message: `${SECRET_WORD} not found` } }), headers, status);

/** Answers after a while, in milliseconds. */
export const slow =
  (time: number, then: Behaviour = good): Behaviour =>
  async (request, response) => {
    await sleep(time);
    await then(request, response);
  };

/** Answers when it is let. */
export function hold(then: Behaviour = good): Behaviour & { release(): void } {
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const behaviour: Behaviour = async (request, response) => {
    await released;
    await then(request, response);
  };
  return Object.assign(behaviour, { release });
}

/** Writes bytes as they are on the connection, and ends it. */
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

/** A byte every few milliseconds, for ever. */
export const trickles: Behaviour = async (_request, response) => {
  response.writeHead(200);
  while (!response.destroyed) {
    response.write(' ');
    await sleep(5);
  }
};

export const claimsHuge: Behaviour = (_request, response) =>
  response.writeHead(200, { 'Content-Length': 2 ** 40 }).write('[');

/** As many bytes as the other side takes. */
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

/** Compresses what nobody asked to be. */
export const gzips: Behaviour = (request, response) =>
  response
    .writeHead(200, { 'Content-Encoding': 'gzip' })
    .end(gzipSync(JSON.stringify(readRows(request).map(toVector))));

/** Interim replies before the reply. */
export const hints: Behaviour = (request, response) => {
  response.writeEarlyHints({ link: '</style.css>; rel=preload' });
  return good(request, response);
};
