/**
 * The HTTP server: its time limits, its replies to what is not a valid HTTP request, and how it stops.
 */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { Server as NetServer } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Configuration } from '../configuration.ts';
import type { ConnectionSource } from './connection-source.ts';
import { Connections, type ConnectionsOptions } from './connections.ts';
import type { ExchangeListener } from '../exchange/exchange.ts';
import type { ExchangeObserver } from '../exchange/exchange-observer.ts';
import { limitReading } from './limit-reading.ts';
import { Pipelines } from './pipelines.ts';
import { toOriginForm } from '../exchange/public-url.ts';
import { PLAIN, Rejections, toProxyRejection, toRejection, type Rejection } from './rejections.ts';
import { TlsEntrance, type TlsEntranceOptions } from '../tls/tls-entrance.ts';

/** Max milliseconds for the headers of a request; less if the limit for bodies is lower. */
const HEADERS_TIME = 10_000;
/** Milliseconds that an idle connection is kept: longer than proxies keep theirs. */
const KEEP_ALIVE_TIME = 75_000;

/** A server that is not listening yet. */
export interface HttpServer {
  readonly server: Server;
  /** The server that takes the connections: this one, or one that encrypts them. */
  readonly entrance: NetServer;
  /** Where connections are encrypted; undefined if they are not. */
  readonly tls: TlsEntrance | undefined;
  /**
   * Accepts no new connections and closes the existing ones. Requests that are in progress or in transit are answered, within
   * 10 s.
   * @param source where the connections come from
   * @param onGraceOver called when no request can be in transit any more
   */
  close(source: ConnectionSource, onGraceOver: () => void): Promise<void>;
}

export interface HttpServerOptions extends Pick<Configuration, 'bodyTimeout'>, ConnectionsOptions {
  /** The certificate, and what is called with failed handshakes; without them, connections are not encrypted. */
  readonly tls?: Pick<TlsEntranceOptions, 'certificate' | 'onFailed'> | undefined;
}

/** Builds the server around the listener that answers its requests. */
export function buildHttpServer(
  listener: ExchangeListener,
  { bodyTimeout, tls, ...limits }: HttpServerOptions,
  observe: ExchangeObserver,
): HttpServer {
  const headersTimeout = Math.min(HEADERS_TIME, bodyTimeout);
  const server = createServer({
    headersTimeout,
    // read-body.ts limits the time for a body, with a proper reply; this limit is a fallback.
    requestTimeout: bodyTimeout + HEADERS_TIME,
    keepAliveTimeout: KEEP_ALIVE_TIME,
    connectionsCheckingInterval: 1_000,
    // Node's own reply to a missing Host has no body; checkHeaders sends a proper one.
    requireHostHeader: false,
  });
  // By default, Node drops the headers after the first 2000. Their size is limited.
  server.maxHeadersCount = 0;
  const pipelines = new Pipelines(server, (socket) => connections.noteMore(socket));
  const connections = new Connections(server, pipelines, limits);
  const rejections = new Rejections(observe);
  let held: (() => void)[] | undefined;
  const answer: RequestListener = (request, response) => {
    if (held) {
      // If the client disconnects in the meantime, the request is dropped.
      held.push(() => request.socket.destroyed || answer(request, response));
      return;
    }
    connections.noteRequest(request, response);
    // Express replies with an HTML page to a URL that it cannot parse.
    request.url = toOriginForm(request.url as string);
    rejections.noteExchange(listener(request, response));
  };
  const onRequest: RequestListener = (request, response) => {
    pipelines.noteRequest(request, response);
    limitReading(response, bodyTimeout);
    answer(request, response);
  };
  server.on('request', onRequest);
  // So that requests with `Expect: 100-continue` are handled like others, and can be rejected before they send a body.
  server.on('checkContinue', onRequest);
  server.on('checkExpectation', onRequest);
  const reject = (socket: Duplex, rejection: Rejection) => {
    pipelines.end(socket);
    if (held) held.push(() => rejections.reject(socket, rejection));
    else rejections.reject(socket, rejection);
  };
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET') return;
    if (error.code !== 'ERR_HTTP_REQUEST_TIMEOUT') {
      reject(socket, toRejection(error));
      return;
    }
    // After a pause of the process, Node looks at the time before it reads what has arrived.
    const before = pipelines.latestRequest(socket);
    const wasComplete = before?.complete;
    setImmediate(() => {
      const isSame = pipelines.latestRequest(socket) === before && before?.complete === wasComplete;
      if (isSame) reject(socket, toRejection(error));
    });
  });
  // Without a listener, Node cuts the connection.
  server.on('connect', (request, socket) => {
    socket.on('error', () => undefined);
    reject(socket, toProxyRejection(request));
  });
  const entrance =
    tls &&
    new TlsEntrance(server, {
      ...tls,
      timeout: headersTimeout,
      connections,
      onPlain: (socket) => reject(socket, PLAIN),
    });
  return {
    server,
    entrance: entrance?.server ?? server,
    tls: entrance,
    close: async (source, onGraceOver) => {
      // A client that opens a connection per request does so after each reply. So no reply is sent while the port is being
      // closed, and later replies say `Connection: close`.
      const waiting: (() => void)[] = [];
      held = waiting;
      await source.close();
      const closed = connections.close(onGraceOver);
      held = undefined;
      for (const answerNow of waiting) answerNow();
      await closed;
      // Stops Node's own checks of time limits.
      server.close();
    },
  };
}
