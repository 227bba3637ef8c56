/**
 * The HTTP double: a loopback server that behaves as a test tells it, request by request, and records the requests. behaviours.ts
 * has the behaviours: good replies, and all the ways in which servers and networks fail.
 */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Certificate } from './certificate.ts';

/** A request as it was received. */
export interface ReceivedRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Whether the client went away before it had a complete reply. */
  readonly isAborted: boolean;
}

/** Answers a request, or misbehaves. */
export type Behaviour = (request: ReceivedRequest, response: ServerResponse) => unknown;

export interface HttpDoubleOptions {
  /** Makes it a TLS server. */
  readonly certificate?: Certificate;
  /** Default: any free port. */
  readonly port?: number;
}

export class HttpDouble {
  readonly #server: ReturnType<typeof createServer>;
  readonly #connections = new Set<Socket>();
  readonly #scheme: string;
  readonly #next: Behaviour[] = [];
  #behaviour: Behaviour;
  /** The requests so far, in order. */
  readonly requests: ReceivedRequest[] = [];
  /** The highest number of requests that were in progress at once. */
  maxInProgress = 0;
  #inProgress = 0;

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
   * Starts a double.
   * @param behaviour its behaviour until a test sets another one
   */
  static async start(behaviour: Behaviour, { certificate, port = 0 }: HttpDoubleOptions = {}): Promise<HttpDouble> {
    const double = new HttpDouble(behaviour, certificate);
    double.#server.listen(port, '127.0.0.1');
    await once(double.#server, 'listening');
    return double;
  }

  /** Its URL, with the host name that test certificates are issued for. */
  get url(): string {
    return `${this.#scheme}://localhost:${this.port}`;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The number of open connections. */
  get connections(): number {
    return this.#connections.size;
  }

  /** The number of requests in progress. */
  get inProgress(): number {
    return this.#inProgress;
  }

  /** Sets the behaviour from now on. */
  behave(behaviour: Behaviour): void {
    this.#behaviour = behaviour;
  }

  /** Sets the behaviours of the next requests, one each. */
  behaveNext(...behaviours: Behaviour[]): void {
    this.#next.push(...behaviours);
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#connections) socket.destroy();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const received = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      body: '',
      isAborted: false,
    };
    this.requests.push(received);
    const behaviour = this.#next.shift() ?? this.#behaviour;
    this.maxInProgress = Math.max(this.maxInProgress, (this.#inProgress += 1));
    response
      .on('error', () => undefined)
      .once('close', () => {
        this.#inProgress -= 1;
        received.isAborted = !response.writableFinished;
      });
    try {
      for await (const chunk of request.setEncoding('utf8')) received.body += chunk as string;
      await behaviour(received, response);
    } catch {
      // The client has gone.
      response.destroy();
    }
  }
}
