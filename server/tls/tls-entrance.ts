/**
 * The entrance of a server that speaks TLS: takes connections, shakes hands, and hands on what is encrypted to an HTTP server. A
 * connection counts from the moment it is accepted; handshakes are begun one per turn of the event loop, so that a flood of them takes
 * turns with requests, and each must be done in time. What does not begin with a handshake, such as plain HTTP, is handed to `onPlain`.
 */
import type { Server as HttpServer } from 'node:http';
import { constants, randomBytes } from 'node:crypto';
import { createServer as createNetServer, type Server as NetServer, type Socket } from 'node:net';
import { createServer as createTlsServer, type Server as TlsServer, type TLSSocket, type TlsOptions } from 'node:tls';
import type { Connections } from '../connections/connections.ts';
import type { TlsCertificate } from './tls-certificate.ts';
import type { TlsMaterial } from './tls-files.ts';

/** The first byte of a handshake (RFC 8446, 5.1). */
const HANDSHAKE = 0x16;
/** The size of the keys of session tickets, as Node wants it. */
const TICKET_KEYS = 48;

/** Keys with which sessions are resumed, in each process of an engine. */
export function makeTicketKeys(): Buffer {
  return randomBytes(TICKET_KEYS);
}

/** Why a handshake failed. */
export interface FailedHandshake {
  readonly client: string | undefined;
  readonly cause: string;
}

export interface TlsEntranceOptions {
  readonly certificate: TlsCertificate;
  /** Max milliseconds from a connection to the end of its handshake. */
  readonly timeout: number;
  readonly connections: Pick<Connections, 'admit' | 'replace'>;
  /** Called with a connection on which something other than TLS has arrived. */
  readonly onPlain: (socket: Socket) => void;
  readonly onFailed: (failed: FailedHandshake) => void;
}

export class TlsEntrance {
  /** The server that takes the connections. */
  readonly server: NetServer;
  readonly #tls: TlsServer;
  readonly #options: TlsEntranceOptions;
  /** Connections in the handshake, by their addresses and ports: those of the encrypted socket are the same. */
  readonly #shaking = new Map<string, { readonly socket: Socket; readonly timer: NodeJS.Timeout }>();
  readonly #waiting: Socket[] = [];

  constructor(http: HttpServer, options: TlsEntranceOptions) {
    this.#options = options;
    const { certificate } = options;
    this.#tls = createTlsServer({ ...toOptions(certificate.material, certificate.asksClients) });
    this.#tls.on('secureConnection', (secure) => this.#handOn(secure, http));
    this.#tls.on('tlsClientError', (error: NodeJS.ErrnoException, secure) => {
      const cause = error.code ?? error.message;
      options.onFailed({ client: this.#shaking.get(toKey(secure))?.socket.remoteAddress, cause });
    });
    // Connections that there are keep the certificate that they have.
    certificate.onChange((material) => this.#tls.setSecureContext(toOptions(material, certificate.asksClients)));
    this.server = createNetServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#receive(socket));
    // A server that does not listen does not check the time limits of its connections by itself.
    this.server.on('listening', () => http.emit('listening'));
  }

  /** Resumes sessions that another process with the same keys has begun. */
  setTicketKeys(keys: Buffer): void {
    this.#tls.setTicketKeys(keys);
  }

  #receive(socket: Socket): void {
    socket.on('error', () => undefined);
    const key = toKey(socket);
    if (!this.#options.connections.admit(socket)) return;
    const timer = setTimeout(() => {
      this.#options.onFailed({ client: socket.remoteAddress, cause: 'it was not done in time' });
      socket.destroy();
    }, this.#options.timeout);
    this.#shaking.set(key, { socket, timer });
    socket.once('close', () => this.#forget(key, socket));
    socket.once('readable', () => {
      const bytes = socket.read() as Buffer | null;
      if (!bytes) socket.destroy();
      else if (bytes[0] === HANDSHAKE) {
        socket.unshift(bytes);
        this.#begin(socket);
      } else {
        this.#forget(key, socket);
        this.#options.onPlain(socket);
      }
    });
  }

  #forget(key: string, socket: Socket): void {
    const entry = this.#shaking.get(key);
    // The address may be that of another connection by now.
    if (entry?.socket !== socket) return;
    clearTimeout(entry.timer);
    this.#shaking.delete(key);
  }

  /** Begins a handshake in a turn of the event loop of its own. */
  #begin(socket: Socket): void {
    this.#waiting.push(socket);
    if (this.#waiting.length === 1) setImmediate(() => this.#beginNext());
  }

  #beginNext(): void {
    const socket = this.#waiting.shift();
    if (socket && !socket.destroyed) this.#tls.emit('connection', socket);
    if (this.#waiting.length > 0) setImmediate(() => this.#beginNext());
  }

  #handOn(secure: TLSSocket, http: HttpServer): void {
    const key = toKey(secure);
    const entry = this.#shaking.get(key);
    if (!entry) {
      secure.destroy();
      return;
    }
    this.#forget(key, entry.socket);
    this.#options.connections.replace(entry.socket, secure);
    http.emit('connection', secure);
  }
}

/**
 * TLS 1.2 and 1.3. A client that must have a certificate shows it in every handshake: sessions are not resumed then, because Node takes a
 * resumed one for authorized. Clients without one are refused by the guard and not here, so that probes can ask for the status.
 */
function toOptions({ options }: TlsMaterial, asksClients: boolean): TlsOptions {
  return {
    ...options,
    minVersion: 'TLSv1.2',
    ALPNProtocols: ['http/1.1'],
    honorCipherOrder: true,
    requestCert: asksClients,
    rejectUnauthorized: false,
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION | (asksClients ? constants.SSL_OP_NO_TICKET : 0),
  };
}

function toKey({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`;
}
