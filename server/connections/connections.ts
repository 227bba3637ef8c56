/**
 * The open connections of an HTTP server, and how they are closed without losing a request. In HTTP/1.1, a client may be sending
 * a request on an idle connection just while the server closes it. So replies announce the close (`Connection: close`), and idle
 * connections get a grace period for a request in transit.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Pipelines } from './pipelines.ts';

/** Max milliseconds for requests in progress to finish when the server stops. */
export const STOP_TIME = 10_000;
/**
 * The grace period: the number of checks before idle connections are closed, and the milliseconds between checks. Checks are
 * counted rather than time, because a process that waits for a core has not read what arrived in the meantime.
 */
export const LOOKS = 20;
export const LOOK_INTERVAL = 50;

export interface ConnectionsOptions {
  /** Beyond these, an idle connection is closed for each new one, or the new one if none is idle. */
  readonly maxConnections?: number | undefined;
  /** Called whenever a connection is closed because there are too many. */
  readonly onShed?: () => void;
}

export class Connections {
  readonly #server: Server;
  readonly #pipelines: Pick<Pipelines, 'hasMore'>;
  /** The connections, each with the reply to its latest request. */
  readonly #open = new Map<Socket, ServerResponse | undefined>();
  /** Those that are not encrypted yet. */
  readonly #shaking = new Set<Socket>();
  readonly #maxConnections: number;
  readonly #onShed: () => void;
  /** The replies that announce the close. */
  readonly #last = new WeakSet<ServerResponse>();
  #isClosing = false;
  /** The number of checks since the replies that had started before the stop were written. */
  #looks = 0;
  #onEmpty: () => void = () => undefined;

  constructor(
    server: Server,
    pipelines: Pick<Pipelines, 'hasMore'>,
    { maxConnections = Infinity, onShed = () => undefined }: ConnectionsOptions = {},
  ) {
    this.#server = server;
    this.#pipelines = pipelines;
    this.#maxConnections = maxConnections;
    this.#onShed = onShed;
    server.on('connection', (socket: Socket) => this.#open.has(socket) || this.#admit(socket));
  }

  /**
   * Counts a connection that is not encrypted yet.
   * @returns false if there are too many; then it is closed
   */
  admit(socket: Socket): boolean {
    if (!this.#admit(socket)) return false;
    this.#shaking.add(socket);
    return true;
  }

  /** Must be called when a connection has been encrypted: from here on, requests arrive on the other socket. */
  replace(socket: Socket, secure: Socket): void {
    this.#open.delete(socket);
    this.#shaking.delete(socket);
    this.#add(secure);
    // The client could not send its request before.
    this.#looks = 0;
  }

  /** Must be called for every request, before it is answered. */
  noteRequest({ socket }: IncomingMessage, response: ServerResponse): void {
    this.#open.set(socket, response);
    if (this.#isClosing) this.#announceClose(socket, response);
  }

  /** Must be called when more than the current request has arrived on a connection: the reply to that is not the last one. */
  noteMore(socket: Socket): void {
    const response = this.#open.get(socket);
    if (response && this.#last.delete(response)) response.shouldKeepAlive = true;
  }

  /**
   * Closes all connections, each after its requests have been answered; resolves when none is left. No new ones may be opened.
   * @param onGraceOver called when the grace period of idle connections is over
   */
  close(onGraceOver: () => void): Promise<void> {
    this.#isClosing = true;
    for (const [socket, response] of this.#open)
      if (response?.headersSent === false) this.#announceClose(socket, response);
    return new Promise((resolve) => {
      // After the event loop has read what arrived: if it was blocked, timers run before reads.
      const look = setInterval(() => setImmediate(() => this.#closeIdle(onGraceOver)), LOOK_INTERVAL);
      const limit = setTimeout(() => this.#destroy(() => true), STOP_TIME);
      this.#onEmpty = () => {
        clearInterval(look);
        clearTimeout(limit);
        resolve();
      };
      if (this.#open.size === 0) this.#onEmpty();
    });
  }

  #admit(socket: Socket): boolean {
    if (this.#open.size >= this.#maxConnections) {
      this.#onShed();
      const idle = this.#findIdle();
      (idle ?? socket).destroy();
      if (!idle) return false;
      this.#open.delete(idle);
    }
    this.#add(socket);
    return true;
  }

  #add(socket: Socket): void {
    this.#open.set(socket, undefined);
    socket.once('close', () => {
      this.#open.delete(socket);
      this.#shaking.delete(socket);
      if (this.#open.size === 0) this.#onEmpty();
    });
  }

  /** The oldest connection without a request in progress of the address that has most of them. */
  #findIdle(): Socket | undefined {
    const byAddress = new Map<string | undefined, Socket[]>();
    for (const [socket, response] of this.#open) {
      if (response?.closed === false) continue;
      const sockets = byAddress.get(socket.remoteAddress);
      if (sockets) sockets.push(socket);
      else byAddress.set(socket.remoteAddress, [socket]);
    }
    const [most] = [...byAddress.values()].sort((a, b) => b.length - a.length);
    return most?.[0];
  }

  #announceClose(socket: Socket, response: ServerResponse): void {
    if (!response.shouldKeepAlive || this.#pipelines.hasMore(socket)) return;
    response.shouldKeepAlive = false;
    this.#last.add(response);
  }

  #closeIdle(onGraceOver: () => void): void {
    // Node considers a connection idle once its reply has ended, although much of it may not be written yet. A reply whose headers
    // were written before the stop has promised to keep the connection, which therefore gets a full grace period.
    for (const { writableLength } of this.#open.keys()) if (writableLength > 0) return;
    this.#looks += 1;
    if (this.#looks < (this.#shaking.size > 0 ? 2 * LOOKS : LOOKS)) return;
    onGraceOver();
    this.#server.closeIdleConnections();
    // Node does not consider a connection idle that has sent nothing yet, such as those that load balancers keep open.
    this.#destroy((socket) => socket.bytesRead === 0 || this.#shaking.has(socket));
  }

  #destroy(isToEnd: (socket: Socket) => boolean): void {
    for (const socket of this.#open.keys()) if (isToEnd(socket)) socket.destroy();
  }
}
