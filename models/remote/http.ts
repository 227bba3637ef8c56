/**
 * HTTP to a target: kept connections, as many as it may have, redirects not followed, replies bounded, TLS always verified. What
 * fails here is a TargetError; a status is no failure.
 */
import { Agent, type Dispatcher } from 'undici';
import { orAborted } from './or-aborted.ts';
import { ReplyError, TargetError } from './target-error.ts';

export interface HttpOptions {
  /** Certificates (PEM) to be believed, instead of the usual ones. */
  readonly ca: string | undefined;
  /** Milliseconds. */
  readonly connectTimeout: number;
  /** Milliseconds without a byte after which a request is given up, whatever its signal. */
  readonly timeout: number;
  /** The most requests at once. */
  readonly connections: number;
  /** The most requests at once and waiting; more are refused. */
  readonly maxPending: number;
  readonly maxReplyBytes: number;
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  /** In lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface HttpReply {
  readonly status: number;
  /** In lower case; of several with one name the first. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly text: string;
}

/** Sends a request. Throws a TargetError, or the reason of the signal. */
export type SendHttp = (request: HttpRequest, signal: AbortSignal) => Promise<HttpReply>;

/**
 * How long a connection that nobody uses is kept, in milliseconds: shorter than servers keep theirs (gunicorn 2 s, uvicorn
 * and Node 5 s), for a request on one that the other side just closed is lost, and may not be sent again.
 */
const KEPT = 1500;

const MOST_HEADER_BYTES = 32_768;

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
    connect: { timeout: options.connectTimeout, ...(ca !== undefined && { ca }) },
  });
  let pending = 0;

  return async (request, signal) => {
    signal.throwIfAborted();
    if (pending >= options.maxPending) throw new TargetError('busy', 'too many requests wait (settings.max_pending)');
    pending += 1;
    const work = exchange(request, signal).finally(() => (pending -= 1));
    // undici 7.30 leaves a request that is aborted while it waits for a connection in its queue, until there is one.
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
      throw toFailure(error, signal);
    }
  }
}

function toHeaders({ headers }: Dispatcher.ResponseData): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value[0] : value]),
  );
}

async function readText({ body, headers }: Dispatcher.ResponseData, maxBytes: number): Promise<string> {
  const encoding = headers['content-encoding'];
  const tooLarge = () => new ReplyError(`expected a reply of at most ${maxBytes} bytes (settings.max_reply_bytes)`);
  try {
    if (encoding !== undefined && encoding !== 'identity')
      throw new ReplyError('expected a reply that is not compressed');
    if (Number(headers['content-length']) > maxBytes) throw tooLarge();
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      if ((length += chunk.length) > maxBytes) throw tooLarge();
      chunks.push(chunk);
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks, length));
  } catch (error) {
    body.destroy();
    if (error instanceof TypeError) throw new ReplyError('expected a reply in UTF-8');
    throw error;
  }
}

const REFUSED = ['ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'];
const LATE = ['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'];

function toFailure(error: unknown, signal: AbortSignal): unknown {
  if (error instanceof TargetError) return error;
  // What it was aborted for tells more than that it was.
  if (signal.aborted) return signal.reason;
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (code === 'ECONNREFUSED') return new RefusedError(error);
  if (REFUSED.includes(code) || /CERT|TLS|SSL|SIGNED|VERIFY/.test(code))
    return new TargetError('refused', `no connection (${code})`, { cause: error });
  if (LATE.includes(code)) return new TargetError('late', 'no answer in time', { cause: error });
  if (code.startsWith('HPE_') || code === 'UND_ERR_HEADERS_OVERFLOW')
    return new ReplyError(`expected HTTP/1.1 (${code})`, { cause: error });
  return new TargetError('dropped', `the connection broke (${code || message})`, { cause: error });
}

/** Nobody listened: the one failure of a connection after which a request was surely not taken. */
export class RefusedError extends TargetError {
  constructor(cause: unknown) {
    super('refused', 'the connection was refused (ECONNREFUSED)', { cause });
  }
}
