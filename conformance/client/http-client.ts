/**
 * The one way to the engine. Whatever it does, a call ends, in time and within bounds: a connection is used once, so that
 * one call cannot spoil another, but where that is what is asked; redirects are not followed; nothing is retried, which would hide flakiness; no other host is
 * called, and so none gets the credentials.
 */
import { Agent as PlainAgent, request as requestPlain } from 'node:http';
import { Agent as SecureAgent, request as requestSecure } from 'node:https';
import type { IncomingMessage } from 'node:http';
import type { LookupFunction } from 'node:net';
import type { Readable } from 'node:stream';
import { createUnzip } from 'node:zlib';
import { toHeaders, type Credentials } from './credentials.ts';
import type { EngineRequest, Exchange, Failure, FailureKind } from './exchange.ts';

export interface ClientOptions {
  /** The root of the engine: protocol, host, and perhaps a path, without a slash at its end. */
  readonly base: URL;
  readonly credentials: Credentials | undefined;
  /** Milliseconds for a whole call. */
  readonly timeout: number;
  /** Bytes of a reply's body, after inflating. */
  readonly maxReply: number;
  /** Whether any certificate is taken. */
  readonly insecure: boolean;
  /** How names become addresses; the system's way unless it is given. */
  readonly lookup?: LookupFunction;
}

/** Bytes of a reply to discovery, or to few rows. */
const MOST_OF_FEW = 8 * 2 ** 20;
const MOST_HEADERS = 64 * 1024;
/** After so many calls that hang, one after the other, no more are sent. */
const MOST_TIMEOUTS = 3;
/** What says that there is no connection, as Node's error codes have it. */
const UNREACHABLE =
  /^(ECONNREFUSED|ENOTFOUND|EAI_\w+|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|ETIMEDOUT|EPROTO|ERR_TLS_\w+|ERR_SSL_\w+|CERT_\w+|DEPTH_ZERO_\w+|SELF_SIGNED_\w+|UNABLE_TO_\w+)$/;

export class HttpClient {
  readonly #options: ClientOptions;
  #budget = Infinity;
  #sent = 0;
  #timeouts = 0;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** How many requests were sent. */
  get sent(): number {
    return this.#sent;
  }

  /** Milliseconds that a call may take. */
  get timeout(): number {
    return this.#options.timeout;
  }

  /** Sets how many requests may be sent in all; one more is a fault of ours, and throws. */
  set budget(requests: number) {
    this.#budget = requests;
  }

  /** Sends requests one after the other, on one connection as long as the engine keeps it open. */
  async sendInTurn(requests: readonly EngineRequest[]): Promise<Exchange[]> {
    const options = { keepAlive: true, maxSockets: 1 };
    const agent = this.#options.base.protocol === 'https:' ? new SecureAgent(options) : new PlainAgent(options);
    try {
      const exchanges: Exchange[] = [];
      for (const request of requests) exchanges.push(await this.send(request, agent));
      return exchanges;
    } finally {
      agent.destroy();
    }
  }

  /** Sends one request, and gives whatever came of it; on a connection of its own, unless an agent keeps one. */
  async send(request: EngineRequest, agent?: PlainAgent): Promise<Exchange> {
    if (request.url.origin !== this.#options.base.origin) throw new Error('a request to another host than the base');
    if (this.#timeouts >= MOST_TIMEOUTS)
      return toFailure('given-up', `was not made, because ${MOST_TIMEOUTS} calls before it hung`, 0);
    if (this.#sent >= this.#budget) throw new Error('the budget of requests is spent');
    this.#sent += 1;
    const exchange = await this.#exchange(request, agent);
    this.#timeouts = exchange.kind === 'timeout' ? this.#timeouts + 1 : 0;
    return exchange;
  }

  #exchange(request: EngineRequest, agent: PlainAgent | undefined): Promise<Exchange> {
    const { method, url, headers, body, isLarge = false, credentials = 'right' } = request;
    const { timeout, insecure, lookup } = this.#options;
    const maxReply = isLarge ? this.#options.maxReply : Math.min(MOST_OF_FEW, this.#options.maxReply);
    const start = performance.now();
    return new Promise((resolve) => {
      let connected = false;
      let stream: Readable | undefined;
      const settle = (exchange: Exchange) => {
        clearTimeout(timer);
        // After a whole reply, a connection that is kept has gone back to its agent, and this does it no harm.
        outgoing.destroy();
        stream?.destroy();
        resolve(exchange);
      };
      const giveUp = (kind: FailureKind, message: string) =>
        settle(toFailure(kind, message, performance.now() - start));
      const timer = setTimeout(() => {
        if (connected) giveUp('timeout', `was not answered within ${timeout / 1000} s`);
        else giveUp('unreachable', `could not be connected within ${timeout / 1000} s`);
      }, timeout);

      const send = url.protocol === 'https:' ? requestSecure : requestPlain;
      const outgoing = send(url, {
        method,
        agent: agent ?? false,
        maxHeaderSize: MOST_HEADERS,
        ...(url.protocol === 'https:' && { rejectUnauthorized: !insecure }),
        ...(lookup && { lookup }),
        headers: {
          Accept: 'application/json',
          'Accept-Encoding': 'gzip, deflate',
          'User-Agent': 'custom-ml-engine-check',
          ...(body !== undefined && {
            'Content-Type': 'application/json',
            'Content-Length': String(Buffer.byteLength(body)),
          }),
          ...headers,
          ...toHeaders(this.#options.credentials, credentials),
        },
      });
      outgoing.on('socket', (socket) => {
        connected = !socket.connecting;
        socket.once('connect', () => (connected = true));
      });
      // The listeners stay: what breaks after the end is of no interest, but must not go unheard.
      outgoing.on('error', (error: NodeJS.ErrnoException) => giveUp(...toReason(error)));
      outgoing.on('upgrade', (_incoming, socket) => {
        socket.destroy();
        giveUp('broken', 'was answered with a change of protocol');
      });
      outgoing.on('response', (incoming) => {
        stream = inflate(incoming);
        if (!stream) {
          giveUp(
            'broken',
            `was answered in an encoding that was not asked for, ${incoming.headers['content-encoding'] ?? ''}`,
          );
          return;
        }
        const chunks: Buffer[] = [];
        let size = 0;
        const onError = (error: NodeJS.ErrnoException) => giveUp(...toReason(error));
        incoming.on('error', onError);
        if (stream !== incoming) stream.on('error', onError);
        stream.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > maxReply) giveUp('too-large', `was answered with more than ${maxReply} bytes`);
          else chunks.push(chunk);
        });
        stream.on('end', () => {
          settle({
            kind: 'reply',
            status: incoming.statusCode ?? 0,
            headers: toPlainHeaders(incoming),
            bytes: Buffer.concat(chunks),
            milliseconds: performance.now() - start,
          });
        });
      });
      outgoing.end(body);
    });
  }
}

/** The body as it was before it was compressed; undefined for an encoding that nobody asked for. */
function inflate(incoming: IncomingMessage): Readable | undefined {
  const encoding = incoming.headers['content-encoding']?.trim().toLowerCase() ?? '';
  if (encoding === '' || encoding === 'identity') return incoming;
  return /^(x-)?gzip$|^deflate$/.test(encoding) ? incoming.pipe(createUnzip()) : undefined;
}

function toPlainHeaders({ headers }: IncomingMessage): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );
}

function toReason(error: NodeJS.ErrnoException): [FailureKind, string] {
  const code = error.code ?? 'no code';
  if (UNREACHABLE.test(code)) return ['unreachable', `could not be connected (${code})`];
  if (code === 'HPE_HEADER_OVERFLOW')
    return ['too-large', `was answered with more than ${MOST_HEADERS} bytes of headers`];
  if (code.startsWith('HPE_')) return ['broken', `was answered with what is no HTTP (${code})`];
  if (code.startsWith('Z_')) return ['broken', `was answered with a body that cannot be inflated (${code})`];
  return ['closed', `broke off before the whole reply came (${code})`];
}

function toFailure(kind: FailureKind, message: string, milliseconds: number): Failure {
  return { kind, message, milliseconds };
}
