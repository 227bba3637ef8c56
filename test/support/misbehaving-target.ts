/**
 * A target that behaves as it is told, request by request: well, or in any of the ways in which servers and networks fail. It
 * keeps what it saw, and whether the other side waited for the answer.
 */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Certificate } from './certificate.ts';

/** A request that the target saw. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Whether the other side went away before it had an answer. */
  readonly isGone: boolean;
}

/** Answers a request, or does something else. */
export type Behaviour = (request: SeenRequest, response: ServerResponse) => unknown;

export class MisbehavingTarget {
  readonly #server: ReturnType<typeof createServer>;
  readonly #connections = new Set<Socket>();
  readonly #scheme: string;
  readonly #waiting: Behaviour[] = [];
  #behaviour: Behaviour;
  /** What came so far, in order. */
  readonly seen: SeenRequest[] = [];
  /** The most requests that were under way at once. */
  mostUnderWay = 0;
  #underWay = 0;

  private constructor(behaviour: Behaviour, certificate: Certificate | undefined) {
    this.#behaviour = behaviour;
    const listener = (request: IncomingMessage, response: ServerResponse) => void this.#answer(request, response);
    this.#scheme = certificate ? 'https' : 'http';
    this.#server = certificate ? createTlsServer(certificate, listener) : createServer(listener);
    this.#server.keepAliveTimeout = 60_000;
    this.#server.on('connection', (socket) => {
      this.#connections.add(socket);
      socket.on('error', () => undefined).once('close', () => this.#connections.delete(socket));
    });
  }

  /**
   * Starts a target.
   * @param behaviour how it behaves until it is told otherwise
   * @param certificate makes it one of TLS
   * @param port a free one where nothing is said
   */
  static async start(behaviour: Behaviour, certificate?: Certificate, port = 0): Promise<MisbehavingTarget> {
    const target = new MisbehavingTarget(behaviour, certificate);
    target.#server.listen(port, '127.0.0.1');
    await once(target.#server, 'listening');
    return target;
  }

  /** Where it is; by the name that its certificates have. */
  get url(): string {
    return `${this.#scheme}://localhost:${this.port}`;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The connections that are open, whoever uses them. */
  get connections(): number {
    return this.#connections.size;
  }

  /** The requests that are under way. */
  get underWay(): number {
    return this.#underWay;
  }

  /** Behaves so from now on. */
  behave(behaviour: Behaviour): void {
    this.#behaviour = behaviour;
  }

  /** Behaves so in the next requests, one each, and then as before. */
  behaveNext(...behaviours: Behaviour[]): void {
    this.#waiting.push(...behaviours);
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#connections) socket.destroy();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const seen = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      body: '',
      isGone: false,
    };
    this.seen.push(seen);
    const behaviour = this.#waiting.shift() ?? this.#behaviour;
    this.mostUnderWay = Math.max(this.mostUnderWay, (this.#underWay += 1));
    response
      .on('error', () => undefined)
      .once('close', () => {
        this.#underWay -= 1;
        seen.isGone = !response.writableFinished;
      });
    try {
      for await (const chunk of request.setEncoding('utf8')) seen.body += chunk as string;
      await behaviour(seen, response);
    } catch {
      // The other side has gone: as a target would, it takes it as it comes.
      response.destroy();
    }
  }
}
