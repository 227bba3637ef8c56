/**
 * HTTP to an upstream: a bounded pool of connections, no redirects, replies of bounded size, TLS always verified. Failures are
 * UpstreamErrors; an HTTP status is not a failure here.
 */
import { createSecureContext } from 'node:tls';
import type { Context } from '@opentelemetry/api';
import { Agent, buildConnector, type Dispatcher } from 'undici';
import { orAborted } from './or-aborted.ts';
import { Semaphore } from './semaphore.ts';
import { ReplyError, UpstreamError, type RefusalReason } from './upstream-error.ts';

export interface HttpOptions {
  /** Trusted certificates (PEM), in place of the system's. */
  readonly ca: string | readonly string[] | undefined;
  /** Milliseconds. */
  readonly connectTimeout: number;
  /** Milliseconds without a byte after which a request fails, whatever its signal. */
  readonly timeout: number;
  /** Max concurrent requests; others wait. */
  readonly connections: number;
  readonly maxReplyBytes: number;
  /** Wraps what sends a request once it has a connection. */
  readonly wrap?: (send: SendHttp) => SendHttp;
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  readonly url: URL;
  /** In lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** The trace that it belongs to (trace-http.ts). */
  readonly context?: Context | undefined;
  /** How many times it has been sent before. */
  readonly attempt?: number;
}

export interface HttpReply {
  readonly status: number;
  /** In lower case; where a name is repeated, its first value. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly text: string;
}

/** Sends a request. Throws an UpstreamError, or the reason of the signal. */
export type SendHttp = (request: HttpRequest, signal: AbortSignal) => Promise<HttpReply>;

/**
 * How long an idle connection is kept, in milliseconds. Shorter than servers keep theirs (gunicorn 2 s, uvicorn and Node 5 s),
 * because a request sent on a connection that the server has just closed is lost and may not be retried.
 */
const KEEP_ALIVE = 1500;

const MAX_HEADER_BYTES = 32_768;

/** How much of an error reply is read. */
const MAX_FAILURE_BYTES = 65_536;

/** Builds the function that sends requests. */
export function buildSendHttp(options: HttpOptions): SendHttp {
  const { timeout, maxReplyBytes, wrap = (send: SendHttp) => send } = options;
  const agent = new Agent({
    connections: options.connections,
    pipelining: 1,
    keepAliveTimeout: KEEP_ALIVE,
    keepAliveMaxTimeout: KEEP_ALIVE,
    headersTimeout: timeout,
    bodyTimeout: timeout,
    maxHeaderSize: MAX_HEADER_BYTES,
    connect: buildConnect(options),
  });
  const slots = new Semaphore(options.connections);
  const send = wrap(exchange);

  return async (request, signal) => {
    await slots.acquire(signal);
    const work = send(request, signal).finally(() => {
      slots.release();
    });
    // undici does not settle an aborted request before its connection is established.
    return orAborted(work, signal);
  };

  async function exchange({ method, url, headers, body }: HttpRequest, signal: AbortSignal): Promise<HttpReply> {
    try {
      const { origin, pathname, search } = url;
      const path = `${pathname}${search}`;
      const response = await agent.request({ origin, path, method, headers, body: body ?? null, signal });
      const text = await readText(response, maxReplyBytes);
      return { status: response.statusCode, headers: toHeaders(response), text };
    } catch (error) {
      throw toFailure(error);
    }
  }
}

/**
 * Builds the function that opens connections. All over TLS have one context: to make one for each takes a millisecond of the event loop,
 * and connections are opened by the dozen when a server stalls or comes back.
 */
function buildConnect({ ca, connectTimeout: timeout }: HttpOptions): buildConnector.connector {
  const plain = buildConnector({ timeout });
  let secure: buildConnector.connector | undefined;
  return (target, callback) => {
    if (target.protocol !== 'https:') {
      plain(target, callback);
      return;
    }
    const trusted = ca === undefined ? {} : { ca: [ca].flat() };
    secure ??= buildConnector({ timeout, secureContext: createSecureContext(trusted) });
    secure(target, callback);
  };
}

function toHeaders({ headers }: Dispatcher.ResponseData): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value[0] : value]),
  );
}

async function readText({ body, headers, statusCode }: Dispatcher.ResponseData, maxBytes: number): Promise<string> {
  // Without a listener, the error of a body that is destroyed half-way would end the process.
  body.on('error', () => undefined);
  try {
    if (statusCode >= 300) return await readSome(body);
    const encoding = headers['content-encoding'];
    if (encoding !== undefined && encoding !== 'identity') throw new ReplyError('expected an uncompressed reply');
    const bytes = await readAll(body, Number(headers['content-length'] ?? 0), maxBytes);
    return decode(bytes);
  } finally {
    body.destroy();
  }
}

async function readAll(body: AsyncIterable<Buffer>, announced: number, maxBytes: number): Promise<Buffer> {
  const tooLarge = () => new ReplyError(`expected a reply of at most ${maxBytes} bytes (settings.max_reply_bytes)`);
  if (announced > maxBytes) throw tooLarge();
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    if ((length += chunk.length) > maxBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

/** As much of an error reply's body as there is: the status says enough already, so a broken body is no further error. */
async function readSome(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      if ((length += chunk.length) >= MAX_FAILURE_BYTES) break;
    }
  } catch {
    // What was read so far is enough.
  }
  return Buffer.concat(chunks, length).toString();
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new ReplyError('expected a reply in UTF-8');
  }
}

/** Codes of OpenSSL and Node for connections that fail; the first match counts. */
const REASONS: readonly (readonly [RegExp, RefusalReason])[] = [
  [/^(?:ENOTFOUND|EAI_AGAIN)$/, 'host'],
  [/SSL|EPROTO/, 'tls'],
  [/CERT|SIGNED|VERIFY|HOSTNAME|INVALID_CA|INVALID_PURPOSE/, 'certificate'],
  [/TLS/, 'tls'],
];
const LATE = ['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'];

function toFailure(error: unknown): unknown {
  if (error instanceof UpstreamError) return error;
  const { code = '', name, syscall } = toFirst(error);
  if (code === 'ECONNREFUSED') return new RefusedError(error);
  const reason = REASONS.find(([codes]) => codes.test(code))?.[1];
  if (reason || syscall === 'connect' || syscall === 'getaddrinfo' || code === 'UND_ERR_CONNECT_TIMEOUT')
    return new UpstreamError('refused', `no connection (${code})`, { cause: error, reason });
  if (LATE.includes(code)) return new UpstreamError('late', 'no answer in time', { cause: error });
  if (name === 'HTTPParserError' || code === 'UND_ERR_HEADERS_OVERFLOW')
    return new ReplyError(`expected an HTTP/1.1 reply with headers of at most ${MAX_HEADER_BYTES} bytes`, {
      cause: error,
    });
  return new UpstreamError('dropped', `the connection broke (${code || name})`, { cause: error });
}

/** A host with several addresses fails with one error per address. */
function toFirst(error: unknown): NodeJS.ErrnoException {
  return (error instanceof AggregateError ? (error.errors[0] as unknown) : error) as NodeJS.ErrnoException;
}

/** Nothing listens on the port: the one connection failure after which a request was certainly not processed. */
export class RefusedError extends UpstreamError {
  constructor(cause: unknown) {
    super('refused', 'the connection was refused (ECONNREFUSED)', { cause });
  }
}
