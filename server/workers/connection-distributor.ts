/**
 * Distributes the connections of one port to workers in turn; a worker gets the next one after it has confirmed the previous one.
 * This process keeps a connection until a worker confirms it, so that it is not lost when a worker dies or the port is closed.
 * (node:cluster drops connections in between when its workers stop listening.)
 */
import type { Worker } from 'node:cluster';
import { createServer, type Socket } from 'node:net';
import { listen, type Address, type ConnectionSource } from '../connections/connection-source.ts';
import type { ToWorker } from './worker-messages.ts';

/** Milliseconds that connections wait while there is no worker; then they are answered by the first process. */
const PATIENCE = 500;

export class ConnectionDistributor {
  // The options of a node:http server, except that nothing is read here.
  readonly #server = createServer({ pauseOnConnect: true, noDelay: true }, (socket) => this.#distribute(socket));
  /** The workers, each with the connections that it has not confirmed yet, in order. */
  readonly #workers = new Map<Worker, Socket[]>();
  /** The workers without unconfirmed connections, longest idle first. */
  readonly #idle = new Set<Worker>();
  readonly #retired = new WeakSet<Worker>();
  #waiting: Socket[] = [];
  #source: Promise<ConnectionSource> | undefined;
  #isClosed = false;
  readonly #answerAlone: (socket: Socket) => void;
  #patience: NodeJS.Timeout | undefined;

  /** @param answerAlone answers a connection when all workers have died */
  constructor(answerAlone: (socket: Socket) => void) {
    this.#answerAlone = answerAlone;
  }

  /**
   * Opens the port on the first call.
   * @returns its URL
   * @throws when the address cannot be listened on
   */
  async open(address: Address): Promise<string> {
    this.#source ??= listen(this.#server, address);
    return (await this.#source).url;
  }

  /** Adds a worker. */
  add(worker: Worker): void {
    this.#workers.set(worker, []);
    this.#continue(worker);
  }

  /** Notes that a worker has the connection that it was sent. */
  confirm(worker: Worker): void {
    // The worker has its own handle of the connection.
    this.#workers.get(worker)?.shift()?.destroy();
    this.#continue(worker);
  }

  /** Removes a worker that has died, if that has not been done; its unconfirmed connections go to others. */
  remove(worker: Worker): void {
    const handed = this.#workers.get(worker) ?? [];
    this.#workers.delete(worker);
    this.#idle.delete(worker);
    for (const socket of handed) this.#distribute(socket);
    if (this.#workers.size === 0) this.#wait();
  }

  /** Hands no further connections to a worker; those that it has not confirmed stay its own, unless it dies. */
  retire(worker: Worker): void {
    this.#idle.delete(worker);
    this.#retired.add(worker);
  }

  /** While there is no worker, answers what has waited for one. */
  #wait(): void {
    if (this.#patience !== undefined) return;
    this.#patience = setTimeout(() => {
      this.#patience = undefined;
      if (this.#isClosed || this.#workers.size > 0) return;
      for (const socket of this.#waiting.splice(0)) this.#answerAlone(socket);
      this.#wait();
    }, PATIENCE).unref();
  }

  /** Closes the port, and distributes all waiting connections. */
  async close(): Promise<void> {
    await (await this.#source?.catch(() => undefined))?.close();
    this.#isClosed = true;
    for (const socket of this.#waiting.splice(0)) this.#distribute(socket);
  }

  #distribute(socket: Socket): void {
    const [worker] = this.#isClosed ? [...this.#workers.keys()].filter((one) => !this.#retired.has(one)) : this.#idle;
    if (worker) this.#hand(worker, socket);
    else if (this.#isClosed) socket.destroy();
    else this.#waiting.push(socket);
  }

  #continue(worker: Worker): void {
    const handed = this.#workers.get(worker);
    if (handed === undefined || handed.length > 0 || this.#retired.has(worker)) return;
    const socket = this.#waiting.shift();
    if (socket) this.#hand(worker, socket);
    else this.#idle.add(worker);
  }

  #hand(worker: Worker, socket: Socket): void {
    const handed = this.#workers.get(worker) as Socket[];
    this.#idle.delete(worker);
    // At the end of the queue, for when all are distributed at once.
    this.#workers.delete(worker);
    this.#workers.set(worker, [...handed, socket]);
    const message: ToWorker = { type: 'connection' };
    // A worker that cannot receive messages is about to be removed.
    worker.send(message, socket, { keepOpen: true }, () => undefined);
  }
}
