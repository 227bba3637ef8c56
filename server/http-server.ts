/**
 * The HTTP server under the application: its time limits, its answers to what is not even a request, and how it ends.
 */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { EngineError } from '../errors/engine-error.ts';
import type { Configuration } from './configuration.ts';
import { toErrorReply } from './error-reply.ts';
import type { ExchangeObserver } from './exchange-observer.ts';
import { toOriginForm } from './public-url.ts';
import { REQUEST_ID_HEADERS, toRequestId } from './request-id.ts';

/** How long requests under way may take to end when the server stops, in milliseconds. */
export const STOP_TIME = 10_000;
/** The longest that the headers of a request may take; less where a body may not take as long. */
const HEADERS_TIME = 10_000;
/** How long an idle connection is kept: longer than proxies keep theirs. */
const KEEP_ALIVE_TIME = 75_000;

/** A server that is not listening yet. */
export interface HttpServer {
  readonly server: Server;
  /** Takes no new connections and lets requests under way end, 10 s at most. */
  close(): Promise<void>;
}

/** Builds the server around what answers its requests. */
export function buildHttpServer(
  listener: RequestListener,
  { bodyTimeout }: Pick<Configuration, 'bodyTimeout'>,
  isStopping: () => boolean,
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
  const answer: RequestListener = (request, response) => {
    if (isStopping()) response.setHeader('Connection', 'close');
    // Express answers a URL that it cannot parse with a page of HTML.
    request.url = toOriginForm(request.url as string);
    listener(request, response);
  };
  server.on('request', answer);
  // With these, a request that asks before it sends its body is answered like any other, and refused before it sends.
  server.on('checkContinue', answer);
  server.on('checkExpectation', answer);
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => refuse(error, socket, observe));
  const connections = trackConnections(server);
  return { server, close: () => close(server, connections) };
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

function trackConnections(server: Server): ReadonlySet<Socket> {
  const connections = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  return connections;
}

function close(server: Server, connections: ReadonlySet<Socket>): Promise<void> {
  const closeIdleConnections = server.closeIdleConnections.bind(server);
  // Node takes a connection for idle when its reply is made, though much of it may still have to be written. Its close()
  // calls this, too.
  server.closeIdleConnections = () => {
    for (const socket of connections) if (socket.writableLength > 0) return;
    closeIdleConnections();
  };
  return new Promise((resolve) => {
    // Node takes a connection that has sent nothing yet, as load balancers keep, for one with a request under way.
    for (const socket of connections) if (socket.bytesRead === 0) socket.destroy();
    const timer = setTimeout(() => server.closeAllConnections(), STOP_TIME);
    // close() lets go of the connections that are idle now; those that become idle later would be kept alive.
    const idle = setInterval(() => server.closeIdleConnections(), 50);
    server.close(() => {
      clearTimeout(timer);
      clearInterval(idle);
      resolve();
    });
  });
}
