/**
 * Rejects what arrives on a connection and is not a valid HTTP request. Clients may send requests without waiting for the replies
 * to earlier ones (pipelining), so the rejection comes in its turn: earlier requests keep their replies.
 */
import type { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { EngineError } from '../../errors/engine-error.ts';
import { toClient } from '../exchange/caller.ts';
import { toErrorReply } from '../exchange/error-reply.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { ExchangeObserver } from '../exchange/exchange-observer.ts';
import { REQUEST_ID_HEADERS, toRequestId } from '../exchange/request-id.ts';

/** Milliseconds for the client to read the last reply and to close the connection. */
const LINGER_TIME = 2_000;

const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
};

/** Why the rest of a connection is rejected. */
export interface Rejection {
  readonly error: EngineError;
  /** Whether the client has closed its side in the middle of a request. */
  readonly hasHungUp?: boolean;
  /** The request, if there is one that cannot be answered like others. */
  readonly request?: IncomingMessage;
}

export class Rejections {
  readonly #observe: ExchangeObserver;
  readonly #latest = new WeakMap<Duplex, Exchange>();
  readonly #rejected = new WeakSet<Duplex>();

  constructor(observe: ExchangeObserver) {
    this.#observe = observe;
  }

  /** Must be called for every valid request. */
  noteExchange(exchange: Exchange): void {
    this.#latest.set(exchange.request.socket, exchange);
  }

  /**
   * Rejects the rest of a connection: with the reply to the latest request if what is invalid is its body, otherwise with a
   * reply of its own after that one. Then the connection is closed.
   */
  reject(socket: Duplex, { error, hasHungUp = false, request }: Rejection): void {
    // Node reports whatever else arrives on such a connection as invalid, too.
    if (!socket.writable || this.#rejected.has(socket)) return;
    this.#rejected.add(socket);
    const latest = this.#latest.get(socket);
    const isBody = latest?.request.complete === false;
    if (latest && isBody && !latest.response.headersSent) {
      latest.response.shouldKeepAlive = false;
      if (hasHungUp) latest.sendToHungUp(error);
      else latest.sendError(error);
    }
    const end = () => {
      if (socket.writable) socket.end(isBody ? undefined : this.#write(error, request, socket));
      closeSoon(socket);
    };
    if (!latest || latest.hasEnded) end();
    else latest.response.once('close', end);
  }

  /** A whole reply, as bytes for the socket. */
  #write(error: EngineError, request: IncomingMessage | undefined, socket: Duplex): string {
    const id = toRequestId(request?.headers ?? {});
    const { status, body } = toErrorReply(error, id);
    const text = JSON.stringify(body);
    const replyBytes = Buffer.byteLength(text);
    const head = [
      `HTTP/1.1 ${status} ${REASONS[status] as string}`,
      'Content-Type: application/json',
      `Content-Length: ${replyBytes}`,
      ...REQUEST_ID_HEADERS.map((name) => `${name}: ${id}`),
      'Connection: close',
    ];
    const client = toClient(socket instanceof Socket ? socket.remoteAddress : undefined);
    const details = client === undefined ? {} : { client };
    this.#observe({ id, request, details, status, error, duration: undefined, requestBytes: 0, replyBytes });
    return `${head.join('\r\n')}\r\n\r\n${text}`;
  }
}

/** The rejection of what is not encrypted where everything must be. */
export const PLAIN: Rejection = {
  error: new EngineError('malformed_request', 'This port speaks HTTPS (TLS 1.2 or 1.3), and not plain HTTP.'),
};

/** The rejection of what OpenSSL refuses. */
const UNREADABLE: Rejection = {
  error: new EngineError(
    'malformed_request',
    'The TLS connection failed: the data could not be decrypted, or the client certificate could not be verified.',
  ),
};

/** The rejection of what Node's parser reports. */
export function toRejection({ code = '' }: NodeJS.ErrnoException): Rejection {
  // OpenSSL may report a client certificate only when the connection is read.
  if (code.startsWith('ERR_SSL_')) return UNREADABLE;
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return { error: new EngineError('headers_too_large', 'The headers are larger than this engine accepts.') };
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { error: new EngineError('request_timeout', 'The request did not arrive in time.') };
    case 'HPE_INVALID_EOF_STATE':
      return {
        error: new EngineError('malformed_request', 'The request ended before it was complete.'),
        hasHungUp: true,
      };
    default:
      return { error: new EngineError('malformed_request', 'The request is not HTTP/1.1 (RFC 9112).') };
  }
}

/** The rejection of a request for a proxy, whose connection Node hands over. */
export function toProxyRejection(request: IncomingMessage): Rejection {
  const error = new EngineError('malformed_request', 'The method is CONNECT, and this engine is not a proxy.');
  return { error, request };
}

/**
 * Closes a connection whose last reply has been written. If it were closed at once, a client that is still sending would get a
 * reset instead of the reply.
 */
function closeSoon(socket: Duplex): void {
  if (socket.destroyed) return;
  const timer = setTimeout(() => socket.destroy(), LINGER_TIME);
  timer.unref();
  socket.once('close', () => clearTimeout(timer));
  socket.resume();
}
