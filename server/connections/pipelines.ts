/**
 * Clients may send requests without waiting for the replies to earlier ones (pipelining). Node would parse and emit all requests of
 * what it has read, which may be thousands, before anyone else has a turn. So they are passed on to its parser one by one: the next
 * one after the reply to the one before, in a turn of the event loop of its own. What has been read of them is kept in the buffer
 * of the socket; when that is full (16 to 128 KiB), no more is read.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** The end of the headers of a request, and of a body in chunks (RFC 9112, 7.1); Node accepts no other. */
const END = '\r\n\r\n';
/** Max pieces passed on in one turn of the event loop: a body in chunks may contain thousands of what looks like its end. */
const MAX_PIECES = 64;

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

  /** The latest request of a connection whose headers have arrived. */
  latestRequest(socket: object): IncomingMessage | undefined {
    return this.#pipelines.get(socket)?.latestRequest;
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
  /** The latest request, and whether its reply is still pending. */
  #request: IncomingMessage | undefined;
  #isBusy = false;
  /** The number of bytes that are missing of a body of known length. */
  #bodyBytes = 0;
  /** The number of bytes that have been read and follow those that are being parsed. */
  #following = 0;
  #isKept = false;
  /** What was passed on last and may be the beginning of the end of a request; up to 3 characters. */
  #tail = '';

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

  get latestRequest(): IncomingMessage | undefined {
    return this.#request;
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
    let rest = chunk;
    for (let pieces = 0; rest.length > 0; pieces++) {
      if (this.#isBusy && this.#request?.complete === true) {
        this.#keep(rest);
        return;
      }
      // Node has paused the connection, because the body is not read as fast as it arrives, and will resume it.
      const isPaused = this.#socket.isPaused();
      if (pieces > 0 && (isPaused || pieces === MAX_PIECES)) {
        this.#following = 0;
        this.#socket.pause();
        this.#socket.unshift(rest);
        if (!isPaused) setImmediate(() => this.#resume());
        return;
      }
      const size = this.#toSize(rest);
      const piece = size === rest.length ? rest : rest.subarray(0, size);
      // A body of known length ends wherever it does.
      this.#tail = this.#bodyBytes > 0 ? '' : this.#toTail(piece);
      this.#bodyBytes = Math.max(0, this.#bodyBytes - size);
      this.#following = rest.length - size;
      this.#parse(piece);
      rest = rest.subarray(size);
    }
  }

  /** The number of bytes that end in no other request than the first one of them. */
  #toSize(bytes: Buffer): number {
    if (this.#bodyBytes > 0) return Math.min(this.#bodyBytes, bytes.length);
    const seam = this.#tail === '' ? -1 : `${this.#tail}${bytes.toString('latin1', 0, 3)}`.indexOf(END);
    if (seam >= 0) return seam + END.length - this.#tail.length;
    const end = bytes.indexOf(END);
    return end < 0 ? bytes.length : end + END.length;
  }

  /** What a piece leaves that may be the beginning of the end of a request. */
  #toTail(piece: Buffer): string {
    const last = piece[piece.length - 1];
    if (last !== 13 && last !== 10) return '';
    const text = `${this.#tail}${piece.toString('latin1', Math.max(0, piece.length - END.length))}`;
    return text.endsWith(END) ? '' : text.slice(-3);
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
    this.#resume();
  }

  #resume(): void {
    // Node expects no data while it waits for that.
    if (this.#socket.writableNeedDrain) this.#socket.once('drain', () => this.#socket.resume());
    else this.#socket.resume();
  }
}
