/** Sends the mix of requests to an engine, as fast as it answers or at a rate, and keeps what came of them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import type { Random } from '../../training/forest/random.ts';
import type { Operation, SoakRequest } from './operations.ts';

/** What became of the requests of an operation. Times are in milliseconds, from the sending to the end of the reply. */
export interface Tally {
  readonly times: number[];
  readonly statuses: Record<string, number>;
}

/** The most requests in progress at once, short and long ones. The engine takes 256, and 16 long ones wait in its queue. */
const SHORT = 64;
const LONG = 6;
/** How many are in progress when the capacity is measured: enough that the engine always has work. */
const CLOSED_LOOP = 16;
/** Max milliseconds for a connection, and for a reply. */
const PATIENCE = 60_000;
/** How long an idle connection is kept, in milliseconds: so much shorter than the engine does that it never closes one that is used. */
const KEEP_ALIVE = 10_000;
/** The most complaints that are kept; all are counted. */
const MAX_COMPLAINTS = 20;

export class Driver {
  readonly #short: Pool;
  readonly #long: Pool;
  readonly #operations: readonly Operation[];
  readonly #random: Random;
  #shortInProgress = 0;
  #longInProgress = 0;
  tallies = new Map<string, Tally>();
  readonly complaints: string[] = [];
  complaintCount = 0;

  constructor(url: string, operations: readonly Operation[], random: Random) {
    const options = {
      headersTimeout: PATIENCE,
      bodyTimeout: PATIENCE,
      connect: { timeout: PATIENCE },
      keepAliveTimeout: KEEP_ALIVE,
      keepAliveMaxTimeout: KEEP_ALIVE,
    };
    this.#short = new Pool(url, { ...options, connections: SHORT });
    this.#long = new Pool(url, { ...options, connections: LONG });
    this.#operations = operations;
    this.#random = random;
    this.reset();
  }

  /** Forgets the tallies, but not the complaints. */
  reset(): void {
    this.tallies = new Map(this.#operations.map(({ name }) => [name, { times: [], statuses: {} }]));
  }

  /** The number of requests per second that the engine answers when several callers ask without a pause. */
  async measureCapacity(seconds: number): Promise<number> {
    const start = performance.now();
    const end = start + seconds * 1000;
    let count = 0;
    const ask = async () => {
      while (performance.now() < end) {
        const { operation, request } = this.#choose();
        // The capacity is measured with as many long requests in progress as the soak will have.
        while (request.isLong && this.#longInProgress >= LONG) await sleep(1);
        await this.#send(operation, request);
        count += 1;
      }
    };
    await Promise.all(Array.from({ length: CLOSED_LOOP }, ask));
    return count / ((performance.now() - start) / 1000);
  }

  /**
   * Sends requests at a rate until the signal. Where too many are in progress, the next ones wait.
   * @returns the rate that was reached, per second
   */
  async drive(rate: number, signal: AbortSignal): Promise<number> {
    const start = performance.now();
    const waiting = new Set<Promise<void>>();
    let last = start;
    let due = 0;
    let count = 0;
    while (!signal.aborted) {
      await sleep(5);
      const now = performance.now();
      // After a pause of this process or the machine, what is due is not sent all at once.
      due = Math.min(due + ((now - last) / 1000) * rate, rate / 4);
      last = now;
      for (; due >= 1; due -= 1) {
        const { operation, request } = this.#choose();
        while (request.isLong ? this.#longInProgress >= LONG : this.#shortInProgress >= SHORT) await sleep(1);
        const sent = this.#send(operation, request).finally(() => waiting.delete(sent));
        waiting.add(sent);
        count += 1;
      }
    }
    const seconds = (performance.now() - start) / 1000;
    await Promise.all(waiting);
    return count / seconds;
  }

  /** The number of its open connections. */
  get connections(): number {
    return this.#short.stats.connected + this.#long.stats.connected;
  }

  async close(): Promise<void> {
    await Promise.all([this.#short.destroy(), this.#long.destroy()]);
  }

  /** Chooses an operation by the weights, and makes a request. */
  #choose(): { operation: Operation; request: SoakRequest } {
    const total = this.#operations.reduce((sum, { weight }) => sum + weight, 0);
    let point = this.#random.below(total);
    const operation = this.#operations.find(({ weight }) => (point -= weight) < 0) as Operation;
    return { operation, request: operation.make(this.#random) };
  }

  async #send(operation: Operation, { path, body, isLong = false, complain }: SoakRequest): Promise<void> {
    const { times, statuses } = this.tallies.get(operation.name) as Tally;
    if (isLong) this.#longInProgress += 1;
    else this.#shortInProgress += 1;
    const sentAt = performance.now();
    let outcome: string;
    let complaint: string | undefined;
    try {
      const reply = await (isLong ? this.#long : this.#short).request({
        path,
        method: body ? 'POST' : 'GET',
        headers: body ? { 'content-type': 'application/json' } : {},
        ...(body && { body }),
      });
      const bytes = Buffer.from(await reply.body.arrayBuffer());
      outcome = String(reply.statusCode);
      complaint = complain(reply.statusCode, bytes, sentAt);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      outcome = code ?? message;
      complaint = `no reply (${outcome})`;
    }
    times.push(performance.now() - sentAt);
    statuses[outcome] = (statuses[outcome] ?? 0) + 1;
    if (isLong) this.#longInProgress -= 1;
    else this.#shortInProgress -= 1;
    if (complaint !== undefined) this.complain(`${operation.name}: ${complaint}`);
  }

  /** Notes that something was not as it must be. */
  complain(complaint: string): void {
    this.complaintCount += 1;
    if (this.complaints.length < MAX_COMPLAINTS) this.complaints.push(`${new Date().toISOString()} ${complaint}`);
  }
}
