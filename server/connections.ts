/**
 * The open connections of an HTTP server, and how they end without losing a request. HTTP/1.1 has no way to close an idle
 * connection that a client could not just be sending on. So replies say that theirs is the last one on the connection, and
 * connections without a request get some time for one that is on its way.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** How long requests under way may take to end when the server stops, in milliseconds. */
export const STOP_TIME = 10_000;
/** How long connections stay open for a request that may be on its way, in milliseconds. */
export const GRACE_TIME = 1_000;
/** How often it is looked for such connections, in milliseconds. */
export const SWEEP_INTERVAL = 50;

export class Connections {
  readonly #server: Server;
  /** Each has the reply to the latest of its requests. */
  readonly #open = new Map<Socket, ServerResponse | undefined>();
  /** Since when there is nothing new that a client could send its next request after; undefined before the stop. */
  #quietSince: number | undefined;
  #onEmpty: () => void = () => undefined;

  constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket: Socket) => {
      this.#open.set(socket, undefined);
      if (this.#quietSince !== undefined) this.#quietSince = performance.now();
      socket.once('close', () => {
        this.#open.delete(socket);
        if (this.#open.size === 0) this.#onEmpty();
      });
    });
  }

  /** To be told of every request, before it is answered. */
  noteRequest({ socket }: IncomingMessage, response: ServerResponse): void {
    if (this.#quietSince !== undefined) {
      // A client that does not wait for replies has sent another request: the reply to this one is now the last.
      const earlier = this.#open.get(socket);
      if (earlier) earlier.shouldKeepAlive = true;
      response.shouldKeepAlive = false;
    }
    this.#open.set(socket, response);
  }

  /**
   * Closes all connections, each when its requests have been answered; resolves when none is left. There must be no new ones.
   * @param onGraceOver is called when connections without a request have had their time
   */
  close(onGraceOver: () => void): Promise<void> {
    this.#quietSince = performance.now();
    for (const response of this.#open.values()) {
      if (response?.headersSent === false) response.shouldKeepAlive = false;
    }
    return new Promise((resolve) => {
      // After the event loop has read what has come: a process that had to wait for a core finds its timers due first.
      const sweep = setInterval(() => setImmediate(() => this.#closeIdle(onGraceOver)), SWEEP_INTERVAL);
      const limit = setTimeout(() => this.#destroy(() => true), STOP_TIME);
      this.#onEmpty = () => {
        clearInterval(sweep);
        clearTimeout(limit);
        resolve();
      };
      if (this.#open.size === 0) this.#onEmpty();
    });
  }

  #closeIdle(onGraceOver: () => void): void {
    const now = performance.now();
    // Node takes a connection for idle when its reply is made, though much of it may still have to be written; and one whose
    // head was written before the stop has promised to keep the connection.
    for (const { writableLength } of this.#open.keys()) if (writableLength > 0) this.#quietSince = now;
    if (now - (this.#quietSince as number) < GRACE_TIME) return;
    onGraceOver();
    this.#server.closeIdleConnections();
    // Node takes a connection that has sent nothing yet, as load balancers keep, for one with a request under way.
    this.#destroy(({ bytesRead }) => bytesRead === 0);
  }

  #destroy(isToEnd: (socket: Socket) => boolean): void {
    for (const socket of this.#open.keys()) if (isToEnd(socket)) socket.destroy();
  }
}
