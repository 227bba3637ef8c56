/**
 * The open connections of an HTTP server, and how they end without losing a request. HTTP/1.1 has no way to close an idle
 * connection that a client could not just be sending on. So replies say that theirs is the last one on the connection, and
 * connections without a request get some time for one that is on its way.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** How long requests under way may take to end when the server stops, in milliseconds. */
export const STOP_TIME = 10_000;
/**
 * How often connections are looked at before those without a request are closed, and how long it is from one look to the next, in
 * milliseconds. Looks are counted, not time: a process that has to wait for a core has not seen what came meanwhile.
 */
export const LOOKS = 20;
export const LOOK_INTERVAL = 50;

export class Connections {
  readonly #server: Server;
  /** Each has the reply to the latest of its requests. */
  readonly #open = new Map<Socket, ServerResponse | undefined>();
  #isClosing = false;
  /** How often connections were looked at since the replies that had begun before the stop were written. */
  #looks = 0;
  #onEmpty: () => void = () => undefined;

  constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket: Socket) => {
      this.#open.set(socket, undefined);
      socket.once('close', () => {
        this.#open.delete(socket);
        if (this.#open.size === 0) this.#onEmpty();
      });
    });
  }

  /** To be told of every request, before it is answered. */
  noteRequest({ socket }: IncomingMessage, response: ServerResponse): void {
    if (this.#isClosing) {
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
    this.#isClosing = true;
    for (const response of this.#open.values()) {
      if (response?.headersSent === false) response.shouldKeepAlive = false;
    }
    return new Promise((resolve) => {
      // After the event loop has read what has come: where it was held up, it comes to its timers first.
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

  #closeIdle(onGraceOver: () => void): void {
    // Node takes a connection for idle when its reply is made, though much of it may still have to be written; and a reply whose
    // head was written before the stop has promised to keep its connection, for which there is time after it.
    for (const { writableLength } of this.#open.keys()) if (writableLength > 0) return;
    this.#looks += 1;
    if (this.#looks < LOOKS) return;
    onGraceOver();
    this.#server.closeIdleConnections();
    // Node takes a connection that has sent nothing yet, as load balancers keep, for one with a request under way.
    this.#destroy(({ bytesRead }) => bytesRead === 0);
  }

  #destroy(isToEnd: (socket: Socket) => boolean): void {
    for (const socket of this.#open.keys()) if (isToEnd(socket)) socket.destroy();
  }
}
