/** Where the connections of an engine come from: a port of its own, or the process that shares one out (workers.ts). */
import type { AddressInfo } from 'node:net';
import { Server } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import type { Configuration } from './configuration.ts';

/** The longest that taking the connections that wait may hold up a stop, in milliseconds. */
const QUEUE_TIME = 1_000;
/** A turn of the event loop that has done nothing takes less, in milliseconds. */
const SHORT_TURN = 0.1;

/** Where connections come from, until it is closed. */
export interface ConnectionSource {
  /** The URL at which clients connect, for example http://127.0.0.1:8080. */
  readonly url: string;
  /** Refuses new connections; those that were established before have been passed on when it resolves. */
  close(): Promise<void>;
}

/**
 * Has a server listen on a port of its own.
 * @throws when the address cannot be listened on
 */
export async function listen(
  server: Server,
  { host, port }: Pick<Configuration, 'host' | 'port'>,
): Promise<ConnectionSource> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const address = server.address() as AddressInfo;
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`;
  return { url, close: () => stopListening(server) };
}

/**
 * Closes the listening socket when no connection waits in its queue: clients take those for established, and the kernel would
 * reset them. The queue is empty after a turn of the event loop that accepted none, and most surely after a short one.
 */
async function stopListening(server: Server): Promise<void> {
  let accepted = 0;
  const count = () => (accepted += 1);
  server.on('connection', count);
  const end = performance.now() + QUEUE_TIME;
  // The turn that has begun may be past accepting.
  await setImmediate();
  for (let isQuiet = false; !isQuiet && performance.now() < end;) {
    const [before, start] = [accepted, performance.now()];
    await setImmediate();
    isQuiet = accepted === before && performance.now() - start < SHORT_TURN;
  }
  server.off('connection', count);
  // The close() of http would cut idle connections, too, with the requests that are on their way.
  Server.prototype.close.call(server);
}
