/**
 * Clients may send requests without waiting for the replies to earlier ones (pipelining). Node would parse and emit all requests of
 * what it has read, which may be thousands, before anyone else has a turn. So they are passed on to its parser one by one: the next
 * one after the reply to the one before, in a turn of the event loop of its own. What has been read of them is kept in the buffer
 * of the socket; when that is full (16 to 128 KiB), no more is read.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** The end of the headers of a request; Node accepts no other. */
const HEAD_END = '\r\n\r\n';
/** The bytes in which a body of unknown length is passed on, because it may end within them. */
const SLICE = 4096;

type Parse = (bytes: Buffer) => void;

/** The pipelines of the connections of an HTTP server. */
export class Pipelines {
  readonly #pipelines = new WeakMap<object, Pipeline>();

  /**
   * @param server whose connections are paced from now on
   * @param onMore called when more has arrived on a connection than its current request
   */
  constructor(server: Server, onMore: (socket: Socket) => void) {
    server.on('connection', (socket: Socket) => this.#pipelines.set(socket, new Pipeline(socket, onMore)));
  }

  /** Must be called for every request, before it is answered. */
  noteRequest(request: IncomingMessage, response: ServerResponse): void {
    this.#pipelines.get(request.socket)?.noteRequest(request, response);
  }

  /** Whether more has arrived on a connection than its current request. */
  hasMore(socket: object): boolean {
    return this.#pipelines.get(socket)?.hasMore === true;
  }

  /** Discards whatever else arrives on a connection. */
  end(socket: object): void {
    this.#pipelines.get(socket)?.end();
  }
}

class Pipeline {
  readonly #socket: Socket;
  readonly #onMore: (socket: Socket) => void;
  #parse: Parse;
  /** The latest request, and whether its reply is to be sent yet. */
  #request: IncomingMessage | undefined;
  #isBusy = false;
  /** The number of bytes that are missing of a body of known length. */
  #bodyBytes = 0;
  /** The number of bytes that have been read and follow those that are being parsed. */
  #following = 0;
  #isKept = false;

  constructor(socket: Socket, onMore: (socket: Socket) => void) {
    this.#socket = socket;
    this.#onMore = onMore;
    // Node's own listener, the only one of a new connection, passes everything to the parser.
    const [parse] = socket.listeners('data') as [Parse];
    this.#parse = parse;
    socket.off('data', parse);
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
  }

  get hasMore(): boolean {
    return this.#isKept || this.#following > this.#bodyBytes;
  }

  noteRequest(request: IncomingMessage, response: ServerResponse): void {
    this.#request = request;
    this.#isBusy = true;
    this.#bodyBytes = Number(request.headers['content-length'] ?? 0);
    response.once('close', () => {
      this.#isBusy = false;
      if (this.#isKept) setImmediate(() => this.#continue());
    });
  }

  end(): void {
    this.#parse = () => undefined;
    this.#request = undefined;
    this.#isBusy = false;
  }

  #take(chunk: Buffer): void {
    for (let rest = chunk; rest.length > 0;) {
      if (this.#isBusy && this.#request?.complete === true) {
        this.#keep(rest);
        return;
      }
      // Node has paused the connection, because the body is not read as fast as it arrives.
      if (rest !== chunk && this.#socket.isPaused()) {
        this.#following = 0;
        this.#socket.unshift(rest);
        return;
      }
      const size = this.#toSize(rest);
      this.#bodyBytes = Math.max(0, this.#bodyBytes - size);
      this.#following = rest.length - size;
      this.#parse(this.#following === 0 ? rest : rest.subarray(0, size));
      rest = rest.subarray(size);
    }
  }

  /** The number of bytes that end in no other request than the first one of them. */
  #toSize(bytes: Buffer): number {
    if (this.#bodyBytes > 0) return Math.min(this.#bodyBytes, bytes.length);
    const end = bytes.indexOf(HEAD_END, this.#request?.complete === false ? SLICE : 0);
    return end < 0 ? bytes.length : end + HEAD_END.length;
  }

  /** Keeps what follows the current request until that has been answered. */
  #keep(rest: Buffer): void {
    this.#isKept = true;
    this.#following = 0;
    this.#socket.pause();
    this.#socket.unshift(rest);
    this.#onMore(this.#socket);
  }

  #continue(): void {
    this.#isKept = false;
    this.#socket.resume();
  }
}
