/**
 * The HTTP server under the application: its time limits, its answers to what is not even a request, and how it ends.
 */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { EngineError } from '../errors/engine-error.ts';
import type { Configuration } from './configuration.ts';
import type { ConnectionSource } from './connection-source.ts';
import { Connections } from './connections.ts';
import { toErrorReply } from './error-reply.ts';
import type { ExchangeObserver } from './exchange-observer.ts';
import { toOriginForm } from './public-url.ts';
import { REQUEST_ID_HEADERS, toRequestId } from './request-id.ts';

/** The longest that the headers of a request may take; less where a body may not take as long. */
const HEADERS_TIME = 10_000;
/** How long an idle connection is kept: longer than proxies keep theirs. */
const KEEP_ALIVE_TIME = 75_000;

/** A server that is not listening yet. */
export interface HttpServer {
  readonly server: Server;
  /**
   * Takes no new connections, and ends all that there are: requests that are under way or on their way are answered, for 10 s at
   * most.
   * @param source where its connections come from
   * @param onGraceOver is called when a request can no longer have been on its way
   */
  close(source: ConnectionSource, onGraceOver: () => void): Promise<void>;
}

/** Builds the server around what answers its requests. */
export function buildHttpServer(
  listener: RequestListener,
  { bodyTimeout }: Pick<Configuration, 'bodyTimeout'>,
  observe: ExchangeObserver,
): HttpServer {
  const server = createServer({
    headersTimeout: Math.min(HEADERS_TIME, bodyTimeout),
    // The body has a time limit of its own, which answers properly; this one is for what escapes it.
    requestTimeout: bodyTimeout + HEADERS_TIME,
    keepAliveTimeout: KEEP_ALIVE_TIME,
    connectionsCheckingInterval: 1_000,
    // Node's own reply to a missing Host has no body; checkHost answers properly.
    requireHostHeader: false,
  });
  const connections = new Connections(server);
  let held: (() => void)[] | undefined;
  const answer: RequestListener = (request, response) => {
    if (held) {
      // One that hangs up meanwhile is not answered, and its connection not taken for open.
      held.push(() => request.socket.destroyed || answer(request, response));
      return;
    }
    connections.noteRequest(request, response);
    // Express answers a URL that it cannot parse with a page of HTML.
    request.url = toOriginForm(request.url as string);
    listener(request, response);
  };
  server.on('request', answer);
  // With these, a request that asks before it sends its body is answered like any other, and refused before it sends.
  server.on('checkContinue', answer);
  server.on('checkExpectation', answer);
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => refuse(error, socket, observe));
  return {
    server,
    close: async (source, onGraceOver) => {
      // Clients that connect for each request do so when they have a reply: none is made while the port is being closed, and
      // the replies after that say that their connections close.
      const waiting: (() => void)[] = [];
      held = waiting;
      await source.close();
      const closed = connections.close(onGraceOver);
      held = undefined;
      for (const answerNow of waiting) answerNow();
      await closed;
      // Ends what Node does for the time limits.
      server.close();
    },
  };
}

/** Answers what is not even HTTP, or too slow, or too long to be read as a request. */
function refuse({ code }: NodeJS.ErrnoException, socket: Duplex, observe: ExchangeObserver): void {
  if (code === 'ECONNRESET' || !socket.writable) return;
  const error =
    code === 'HPE_HEADER_OVERFLOW'
      ? new EngineError('headers_too_large', 'The headers are larger than this engine takes.')
      : code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? new EngineError('request_timeout', 'The request did not arrive in time.')
        : new EngineError('malformed_request', 'The request is not HTTP/1.1 (RFC 9112).');
  const id = toRequestId({});
  const { status, body } = toErrorReply(error, id);
  const text = JSON.stringify(body);
  const head = [
    `HTTP/1.1 ${status} ${status === 408 ? 'Request Timeout' : status === 431 ? 'Request Header Fields Too Large' : 'Bad Request'}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(text)}`,
    ...REQUEST_ID_HEADERS.map((name) => `${name}: ${id}`),
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}`);
  const replyBytes = Buffer.byteLength(text);
  observe({ id, request: undefined, details: {}, status, error, duration: undefined, requestBytes: 0, replyBytes });
}
