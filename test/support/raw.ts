/** A client of plain sockets, for what `fetch` would not send. Its replies are held against the contract, too. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { checkReply } from './contract.ts';
import { toJsonReply, type JsonReply } from './engine.ts';

/** The head of a request: its first line and its headers, `Host` among them unless it is given. */
export function toHead(method: string, path: string, headers: Record<string, string | number> = {}): string {
  const lines = Object.entries({ Host: 'localhost', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

/** A request with a JSON body. */
export function toRequest(method: string, path: string, body: string, headers: Record<string, string> = {}): string {
  const length = Buffer.byteLength(body);
  return `${toHead(method, path, { 'Content-Type': 'application/json', 'Content-Length': length, ...headers })}${body}`;
}

export class RawConnection {
  readonly socket: Socket;
  /** Resolves when the connection has ended, however it did. */
  readonly ended: Promise<void>;
  readonly #chunks: Buffer[] = [];
  #over = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    // A connection that is cut while it still sends ends with an error, which is an end like another.
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => this.#chunks.push(chunk));
    this.ended = new Promise((resolve) => {
      socket.once('close', () => {
        this.#over = true;
        resolve();
      });
    });
  }

  static async open(url: string): Promise<RawConnection> {
    const { hostname, port } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    const connection = new RawConnection(socket);
    await once(socket, 'connect');
    return connection;
  }

  get isOver(): boolean {
    return this.#over;
  }

  /** What was received and not taken. */
  get rest(): string {
    return this.#join().toString();
  }

  send(bytes: string | Uint8Array): this {
    this.socket.write(bytes);
    return this;
  }

  /** Sends until the other side ends the connection; gives how many bytes went out. */
  async sendEndlessly(chunk: Uint8Array): Promise<number> {
    while (!this.#over) {
      if (!this.socket.write(chunk))
        await Promise.race([once(this.socket, 'drain').catch(() => undefined), this.ended]);
    }
    return this.socket.bytesWritten;
  }

  /**
   * The next reply, checked unless it is an interim one.
   * @param method and path of the request that it answers; without them, it answers what is no request
   */
  async receive(method = 'GET', path = '*'): Promise<JsonReply> {
    const head = (await this.#take(() => this.#findHead(), 'a reply')).toString();
    const [statusLine = '', ...lines] = head.trimEnd().split('\r\n');
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(statusLine)?.[1]);
    const headers = new Headers(lines.map((line) => line.split(/: ?(.*)/s, 2) as [string, string]));
    if (status < 200) return toJsonReply({ status, headers, text: '' });

    const length = method === 'HEAD' ? 0 : Number(headers.get('content-length') ?? NaN);
    const text = (
      await this.#take(() => (this.#countReceived() >= length ? length : undefined), 'its body')
    ).toString();
    checkReply(method, path, { status, headers, text });
    return toJsonReply({ status, headers, text });
  }

  close(): void {
    this.socket.destroy();
  }

  #findHead(): number | undefined {
    const end = this.#join().indexOf('\r\n\r\n');
    return end < 0 ? undefined : end + 4;
  }

  #countReceived(): number {
    return this.#chunks.reduce((sum, { length }) => sum + length, 0);
  }

  /** All that was received and not taken, in one piece. */
  #join(): Buffer {
    const [first = Buffer.alloc(0), ...others] = this.#chunks;
    if (others.length > 0) this.#chunks.splice(0, Infinity, Buffer.concat([first, ...others]));
    return this.#chunks[0] ?? first;
  }

  /** Takes what was received, as soon as `find` tells how much of it. */
  async #take(find: () => number | undefined, what: string): Promise<Buffer> {
    let length: number | undefined;
    while ((length = find()) === undefined) {
      if (this.#over) throw new Error(`the connection ended before ${what}: ${JSON.stringify(String(this.#join()))}`);
      await Promise.race([once(this.socket, 'data').catch(() => undefined), this.ended]);
    }
    const received = this.#join();
    this.#chunks.splice(0, Infinity, received.subarray(length));
    return received.subarray(0, length);
  }
}

/** Sends bytes on a connection of their own and gives the reply to them. */
export async function sendRaw(
  url: string,
  bytes: string | Uint8Array,
  method?: string,
  path?: string,
): Promise<JsonReply> {
  const connection = await RawConnection.open(url);
  try {
    return await connection.send(bytes).receive(method, path);
  } finally {
    connection.close();
  }
}
