/**
 * Hands the connections of one port to workers in turn, each the next one when it has taken the one before. A connection belongs
 * to this process until a worker has said that it took it: it is lost neither with a worker that dies nor when the port closes.
 * (node:cluster would drop those that are in between when its workers stop listening.)
 */
import type { Worker } from 'node:cluster';
import { createServer, type Socket } from 'node:net';
import type { Configuration } from './configuration.ts';
import { listen, type ConnectionSource } from './connection-source.ts';
import type { ToWorker } from './worker-messages.ts';

export class ConnectionDistributor {
  // As a server of node:http does it, but nothing is read here.
  readonly #server = createServer({ pauseOnConnect: true, noDelay: true }, (socket) => this.#distribute(socket));
  /** The workers, each with the connections that it has not taken yet, in order. */
  readonly #workers = new Map<Worker, Socket[]>();
  /** Those that have taken all, the one that has waited longest first. */
  readonly #idle = new Set<Worker>();
  #waiting: Socket[] = [];
  #source: Promise<ConnectionSource> | undefined;
  #isClosed = false;

  /**
   * Opens the port, when it is called first.
   * @returns its URL
   * @throws when the address cannot be listened on
   */
  async open(address: Pick<Configuration, 'host' | 'port'>): Promise<string> {
    this.#source ??= listen(this.#server, address);
    return (await this.#source).url;
  }

  /** Adds a worker. */
  add(worker: Worker): void {
    this.#workers.set(worker, []);
    this.#continue(worker);
  }

  /** A worker has taken the connection that it was handed. */
  confirm(worker: Worker): void {
    // The worker has the connection open for itself.
    this.#workers.get(worker)?.shift()?.destroy();
    this.#continue(worker);
  }

  /** Removes a worker of which nothing will be heard any more; what it has not taken goes to others. */
  remove(worker: Worker): void {
    const handed = this.#workers.get(worker) ?? [];
    this.#workers.delete(worker);
    this.#idle.delete(worker);
    for (const socket of handed) this.#distribute(socket);
  }

  /** Closes the port, and hands out all connections that wait. */
  async close(): Promise<void> {
    await (await this.#source?.catch(() => undefined))?.close();
    this.#isClosed = true;
    for (const socket of this.#waiting.splice(0)) this.#distribute(socket);
  }

  #distribute(socket: Socket): void {
    const [worker] = this.#isClosed ? this.#workers.keys() : this.#idle;
    if (worker) this.#hand(worker, socket);
    else if (this.#isClosed) socket.destroy();
    else this.#waiting.push(socket);
  }

  #continue(worker: Worker): void {
    const handed = this.#workers.get(worker);
    if (handed === undefined || handed.length > 0) return;
    const socket = this.#waiting.shift();
    if (socket) this.#hand(worker, socket);
    else this.#idle.add(worker);
  }

  #hand(worker: Worker, socket: Socket): void {
    const handed = this.#workers.get(worker) as Socket[];
    this.#idle.delete(worker);
    // Behind the others, for when all are handed out at once.
    this.#workers.delete(worker);
    this.#workers.set(worker, [...handed, socket]);
    const message: ToWorker = { type: 'connection' };
    // One that cannot be told is about to be removed.
    worker.send(message, socket, { keepOpen: true }, () => undefined);
  }
}
