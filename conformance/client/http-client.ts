/**
 * The HTTP client of the checks. Whatever the engine does, a call ends within its time limit and size limits. Each call has its
 * own connection, so that one cannot affect another, unless a check is about that. Redirects are not followed; nothing is
 * retried, which would hide flakiness; no other host is called, and therefore none gets the credentials.
 */
import { Agent as PlainAgent, request as requestPlain } from 'node:http';
import { Agent as SecureAgent, request as requestSecure } from 'node:https';
import type { IncomingMessage } from 'node:http';
import type { LookupFunction } from 'node:net';
import type { Readable } from 'node:stream';
import { rootCertificates } from 'node:tls';
import { createUnzip } from 'node:zlib';
import { toHeaders, type Credentials } from './credentials.ts';
import type { EngineRequest, Exchange, Failure, FailureKind } from './exchange.ts';

/** Certificates and a private key, in PEM. */
export interface ClientCertificates {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

export interface ClientOptions {
  /** The only origin that is called is that of this URL. */
  readonly base: URL;
  readonly credentials: Credentials | undefined;
  /** The time limit of a call in milliseconds. */
  readonly timeout: number;
  /** The maximum size of a response body in bytes, after decompression. */
  readonly maxReply: number;
  /** Whether any certificate is accepted. */
  readonly insecure: boolean;
  /** Authorities that are trusted as well, and what the engine is shown. */
  readonly certificates?: ClientCertificates | undefined;
  /** Resolves host names; the system's resolver by default. */
  readonly lookup?: LookupFunction;
}

/** The maximum size of the response to discovery or to a few rows, in bytes. */
const MAX_SMALL_REPLY = 8 * 2 ** 20;
const MAX_HEADERS = 64 * 1024;
/** After this many consecutive timeouts, no more requests are sent. */
const MAX_TIMEOUTS = 3;
/** Node's error codes for a failed connection. */
const UNREACHABLE =
  /^(ECONNREFUSED|ENOTFOUND|EAI_\w+|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|ETIMEDOUT|EPROTO|ERR_TLS_\w+|ERR_SSL_\w+|CERT_\w+|DEPTH_ZERO_\w+|SELF_SIGNED_\w+|UNABLE_TO_\w+)$/;

/** Sends requests to one engine, and counts them. */
export class HttpClient {
  readonly #options: ClientOptions;
  #budget = Infinity;
  #sent = 0;
  #timeouts = 0;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** The number of requests sent so far. */
  get sent(): number {
    return this.#sent;
  }

  /** The time limit of a call in milliseconds. */
  get timeout(): number {
    return this.#options.timeout;
  }

  /** Sets the maximum number of requests; one more is a bug of ours, and throws. */
  set budget(requests: number) {
    this.#budget = requests;
  }

  /** Sends requests one after the other, on the same connection if the engine keeps it open. */
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

  /** Sends a request on its own connection, or on one that an agent keeps. */
  async send(request: EngineRequest, agent?: PlainAgent): Promise<Exchange> {
    if (request.url.origin !== this.#options.base.origin)
      throw new Error('a request to a host other than that of the base URL');
    if (this.#timeouts >= MAX_TIMEOUTS)
      return toFailure('given-up', `was not made, because ${MAX_TIMEOUTS} calls before it timed out`, 0);
    if (this.#sent >= this.#budget) throw new Error('the request budget is exhausted');
    this.#sent += 1;
    const exchange = await this.#exchange(request, agent);
    this.#timeouts = exchange.kind === 'timeout' ? this.#timeouts + 1 : 0;
    return exchange;
  }

  #exchange(request: EngineRequest, agent: PlainAgent | undefined): Promise<Exchange> {
    const { method, url, headers, body, isLarge = false, credentials = 'right' } = request;
    const { timeout, insecure, certificates, lookup } = this.#options;
    const maxReply = isLarge ? this.#options.maxReply : Math.min(MAX_SMALL_REPLY, this.#options.maxReply);
    const start = performance.now();
    return new Promise((resolve) => {
      let connected = false;
      let stream: Readable | undefined;
      const settle = (exchange: Exchange) => {
        clearTimeout(timer);
        // After a complete response, a kept connection has already been returned to its agent, and is not affected.
        outgoing.destroy();
        stream?.destroy();
        resolve(exchange);
      };
      const giveUp = (kind: FailureKind, message: string) =>
        settle(toFailure(kind, message, performance.now() - start));
      const timer = setTimeout(() => {
        if (connected) giveUp('timeout', `was not answered within ${timeout / 1000} s`);
        else giveUp('unreachable', `could not connect within ${timeout / 1000} s`);
      }, timeout);

      const send = url.protocol === 'https:' ? requestSecure : requestPlain;
      const outgoing = send(url, {
        method,
        agent: agent ?? false,
        maxHeaderSize: MAX_HEADERS,
        ...(url.protocol === 'https:' && { rejectUnauthorized: !insecure, ...toTlsOptions(certificates) }),
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
      // The listeners stay: errors after the end do not matter, but must not be unhandled.
      outgoing.on('error', (error: NodeJS.ErrnoException) => giveUp(...toReason(error)));
      outgoing.on('upgrade', (_incoming, socket) => {
        socket.destroy();
        giveUp('broken', 'was answered with a protocol upgrade');
      });
      outgoing.on('response', (incoming) => {
        stream = inflate(incoming);
        if (!stream) {
          giveUp(
            'broken',
            `was answered in an encoding that was not requested, ${incoming.headers['content-encoding'] ?? ''}`,
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

function toTlsOptions({ ca, ...own }: ClientCertificates = {}): object {
  return { ...own, ...(ca !== undefined && { ca: [...rootCertificates, ca] }) };
}

/** The decompressed body; undefined for an encoding that was not requested. */
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
  if (UNREACHABLE.test(code)) return ['unreachable', `could not connect (${code})`];
  if (code === 'HPE_HEADER_OVERFLOW')
    return ['too-large', `was answered with more than ${MAX_HEADERS} bytes of headers`];
  if (code.startsWith('HPE_')) return ['broken', `was answered with something other than HTTP (${code})`];
  if (code.startsWith('Z_')) return ['broken', `was answered with a body that cannot be decompressed (${code})`];
  return ['closed', `was cut off before the response was complete (${code})`];
}

function toFailure(kind: FailureKind, message: string, milliseconds: number): Failure {
  return { kind, message, milliseconds };
}
