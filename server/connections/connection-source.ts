/** Where the connections of an engine come from: its own port, or the first process of several (workers.ts). */
import type { AddressInfo } from 'node:net';
import { Server } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import type { Configuration } from '../configuration.ts';
import type { EndedSessions } from '../access/ended-sessions.ts';

/** Max milliseconds that accepting queued connections may delay a stop, */
const QUEUE_TIME = 1_000;
/** unless there have been fewer turns of the event loop by then, because the process waited for a core. */
const MIN_TURNS = 20;
/** An idle turn of the event loop takes less, in milliseconds. */
const SHORT_TURN = 0.1;

/** A source of connections, until it is closed. */
export interface ConnectionSource {
  /** The URL at which clients connect, for example http://127.0.0.1:8080. */
  readonly url: string;
  /** With what TLS sessions are resumed in all processes of the engine; undefined if there is one. */
  readonly ticketKeys?: Buffer | undefined;
  /** With what sessions are signed in all processes of the engine, where no password is; undefined if there is one process. */
  readonly sessionSecret?: Buffer | undefined;
  /** The sessions that were ended in any process of the engine; undefined if there is one. */
  readonly endedSessions?: EndedSessions | undefined;
  /** Stops accepting; when it resolves, all connections that were established before have been passed on. */
  close(): Promise<void>;
}

/** Where to listen, and whether clients speak TLS there. */
export type Address = Pick<Configuration, 'host' | 'port'> & Partial<Pick<Configuration, 'tls'>>;

/**
 * Makes a server listen on its own port.
 * @throws when the address cannot be listened on
 */
export async function listen(server: Server, { host, port, tls }: Address): Promise<ConnectionSource> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const address = server.address() as AddressInfo;
  const url = `${tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${address.port}`;
  return { url, close: () => stopListening(server) };
}

/**
 * Closes the listening socket once its queue is empty. To clients, queued connections are established, and the kernel would
 * reset them. The queue is empty after a short turn of the event loop that accepted none.
 */
async function stopListening(server: Server): Promise<void> {
  let accepted = 0;
  const count = () => (accepted += 1);
  server.on('connection', count);
  const end = performance.now() + QUEUE_TIME;
  // The current turn may be past the phase that accepts.
  await setImmediate();
  for (let turn = 0, isQuiet = false; !isQuiet && (turn < MIN_TURNS || performance.now() < end); turn++) {
    const [before, start] = [accepted, performance.now()];
    await setImmediate();
    isQuiet = accepted === before && performance.now() - start < SHORT_TURN;
  }
  server.off('connection', count);
  // http's own close() would also close idle connections, and lose requests in transit.
  Server.prototype.close.call(server);
}
