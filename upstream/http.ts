/**
 * HTTP to an upstream: kept connections, as many as it may have, redirects not followed, replies bounded, TLS always verified. What
 * fails here is a UpstreamError; a status is no failure.
 */
import { Agent, type Dispatcher } from 'undici';
import { orAborted } from './or-aborted.ts';
import { Semaphore } from './semaphore.ts';
import { ReplyError, UpstreamError, type RefusalReason } from './upstream-error.ts';

export interface HttpOptions {
  /** Certificates (PEM) to be believed, instead of the usual ones. */
  readonly ca: string | readonly string[] | undefined;
  /** Milliseconds. */
  readonly connectTimeout: number;
  /** Milliseconds without a byte after which a request is given up, whatever its signal. */
  readonly timeout: number;
  /** The most requests at once; others wait. */
  readonly connections: number;
  readonly maxReplyBytes: number;
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  /** In lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export interface HttpReply {
  readonly status: number;
  /** In lower case; of several with one name the first. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly text: string;
}

/** Sends a request. Throws a UpstreamError, or the reason of the signal. */
export type SendHttp = (request: HttpRequest, signal: AbortSignal) => Promise<HttpReply>;

/**
 * How long a connection that nobody uses is kept, in milliseconds: shorter than servers keep theirs (gunicorn 2 s, uvicorn
 * and Node 5 s), for a request on one that the other side just closed is lost, and may not be sent again.
 */
const KEPT = 1500;

const MOST_HEADER_BYTES = 32_768;

/** How much is read of a reply that tells of a failure. */
const MOST_FAILURE_BYTES = 65_536;

/** Builds what sends requests. */
export function buildSendHttp(options: HttpOptions): SendHttp {
  const { ca, timeout, maxReplyBytes } = options;
  const agent = new Agent({
    connections: options.connections,
    pipelining: 1,
    keepAliveTimeout: KEPT,
    keepAliveMaxTimeout: KEPT,
    headersTimeout: timeout,
    bodyTimeout: timeout,
    maxHeaderSize: MOST_HEADER_BYTES,
    connect: { timeout: options.connectTimeout, ...(ca !== undefined && { ca: [ca].flat() }) },
  });
  const places = new Semaphore(options.connections);

  return async (request, signal) => {
    await places.take(signal);
    const work = exchange(request, signal).finally(() => {
      places.giveBack();
    });
    // One that is aborted while its connection is being made ends no sooner than that.
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

function toHeaders({ headers }: Dispatcher.ResponseData): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value[0] : value]),
  );
}

async function readText({ body, headers, statusCode }: Dispatcher.ResponseData, maxBytes: number): Promise<string> {
  // Without a listener the error of a body that is let go of half-way would end the process.
  body.on('error', () => undefined);
  try {
    if (statusCode >= 300) return await readSome(body);
    const encoding = headers['content-encoding'];
    if (encoding !== undefined && encoding !== 'identity')
      throw new ReplyError('expected a reply that is not compressed');
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

/** What there is of the body of a failure, which the status has told already: it may be anything, and break off. */
async function readSome(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      if ((length += chunk.length) >= MOST_FAILURE_BYTES) break;
    }
  } catch {
    // What came until then will do.
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

/** The codes of OpenSSL and Node for what cannot be connected to; the first that fits counts. */
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
    return new ReplyError('expected a reply in HTTP/1.1, its headers not too long', { cause: error });
  return new UpstreamError('dropped', `the connection broke (${code || name})`, { cause: error });
}

/** A host with several addresses fails with the errors of all. */
function toFirst(error: unknown): NodeJS.ErrnoException {
  return (error instanceof AggregateError ? (error.errors[0] as unknown) : error) as NodeJS.ErrnoException;
}

/** Nobody listened: the one failure of a connection after which a request was surely not taken. */
export class RefusedError extends UpstreamError {
  constructor(cause: unknown) {
    super('refused', 'the connection was refused (ECONNREFUSED)', { cause });
  }
}
