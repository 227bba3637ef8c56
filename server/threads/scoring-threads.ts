/**
 * Threads for long requests. Everything that takes long (parsing, validation, scoring, writing JSON) is done in another thread,
 * from the bytes of the body to the bytes of the reply, which are transferred, not copied; the models are in shared memory. So a
 * request of thousands of rows does not delay requests of one row.
 */
import { MessageChannel, type MessagePort, type Worker } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { EngineError } from '../../errors/engine-error.ts';
import type { Logging } from '../../handlers/logging.ts';
import type { PreparingDeployment, SharedDeployment } from '../../models/deployment.ts';
import type { ExchangeDetails } from '../exchange/exchange-observer.ts';
import { tooBusy } from '../admission.ts';
import type { JsonReply } from '../exchange/json-reply.ts';
import { fromThreadFailure, type ThreadFailure } from './thread-failure.ts';
import { toMovable } from './to-movable.ts';

/** The min bytes of a long body: about 500 rows of 20 columns, which take 2 ms. Handing them over costs a twentieth of that. */
export const LONG_BODY = 2 ** 16;

/** Milliseconds after which idle threads are ended: V8 does not collect the garbage of a thread that does nothing. */
const IDLE = 30_000;

/** The min steps (models/count-work.ts) of long work, which take 1 to 5 ms. */
export const LONG_WORK = 2 ** 19;

/** The settings that every thread starts with. */
export interface ThreadSettings {
  /** The schema of `{ requestBody }` by operation id. */
  readonly bodySchemas: Readonly<Record<string, object>>;
  readonly maxRows: number;
  /** Which deployments are logged. */
  readonly logging: Logging;
}

/** A request with a long body that is not parsed yet. */
export interface LongRequest {
  /** The operation's id. */
  readonly operation: string;
  readonly params: unknown;
  /** The headers that the operation declares. */
  readonly headers: unknown;
  readonly baseUrl: string;
  readonly bytes: Buffer;
  /** The deployment to score with, if it exists. */
  readonly shared: SharedDeployment | PreparingDeployment | undefined;
  /** Scores what the thread prepares, where the model of the deployment runs elsewhere. */
  readonly relay?: ((port: MessagePort) => void) | undefined;
}

/** A request as it is posted to a thread. */
export interface ThreadTask extends Omit<LongRequest, 'bytes' | 'shared' | 'relay'> {
  readonly bytes: Uint8Array;
  /** The deployment to score with, if it exists. */
  readonly asked: AskedDeployment | undefined;
}

export interface AskedDeployment {
  readonly shared: SharedDeployment | PreparingDeployment;
  /** Scores what the thread prepares, where the model of the deployment runs elsewhere. */
  readonly port: MessagePort | undefined;
  /** Unique per version of a deployment: a thread that has built this version does not build it again. */
  readonly version: number;
}

/** The result of a thread: a reply, or a failure in a form that can be posted. */
export interface ThreadReply {
  readonly details: ExchangeDetails;
  readonly outcome: (JsonReply & { readonly json: Uint8Array }) | ThreadFailure;
}

export interface ScoringThreadsOptions {
  /** Max threads; they start with the first long request. */
  readonly threads: number;
  /** Max requests that a thread works on: those that mostly wait for another system do not block each other. 1 by default. */
  readonly concurrency?: number;
  /** Max requests that wait for a thread. */
  readonly maxQueue: number;
  /** Milliseconds after which idle threads are ended. */
  readonly idle?: number;
  readonly maxRows: number;
  /** Which deployments are logged; none by default. */
  readonly logging?: Logging;
}

/** The threads of an engine. */
export class ScoringThreads {
  readonly #options: ScoringThreadsOptions;
  readonly #settings: ThreadSettings;
  readonly #versions = new WeakMap<object, number>();
  #lastVersion = 0;
  #pool: Piscina<ThreadTask, ThreadReply> | undefined;
  #idling: NodeJS.Timeout | undefined;
  #underWay = 0;
  /** Those with a long body. */
  #large = 0;
  #isClosed = false;
  #rejected = 0;

  constructor(bodySchemas: ThreadSettings['bodySchemas'], options: ScoringThreadsOptions) {
    this.#options = options;
    this.#settings = { bodySchemas, maxRows: options.maxRows, logging: options.logging ?? 'off' };
  }

  /** The running threads. */
  get threads(): readonly Worker[] {
    return this.#pool?.threads ?? [];
  }

  /** The number of requests in threads or waiting for one. */
  get underWay(): number {
    return this.#underWay;
  }

  /** The number of requests that wait for a thread. */
  get waiting(): number {
    return this.#pool?.queueSize ?? 0;
  }

  /** How many requests were rejected because the queue was full. */
  get rejected(): number {
    return this.#rejected;
  }

  /**
   * Answers a request in a thread. Its bytes are transferred and cannot be used afterwards.
   * @throws {EngineError} too_busy when the queue is full; interrupted when the thread dies; and what the handler throws
   */
  async answer(
    { bytes, shared, relay, ...request }: LongRequest,
    note: (details: ExchangeDetails) => void,
  ): Promise<JsonReply & { readonly json: Uint8Array }> {
    const isLarge = bytes.length >= LONG_BODY;
    // Short bodies take little memory, and were admitted like others.
    if (isLarge && this.#large >= this.#options.threads + this.#options.maxQueue) {
      this.#rejected += 1;
      throw tooBusy();
    }
    this.#large += Number(isLarge);
    const moved = toMovable(bytes);
    const channel = relay && new MessageChannel();
    if (channel) relay(channel.port1);
    const port = channel?.port2;
    const task = { ...request, bytes: moved, asked: shared && { shared, port, version: this.#toVersion(shared) } };
    try {
      const { details, outcome } = await this.#run(task, port ? [moved.buffer, port] : [moved.buffer]);
      note(details);
      if ('code' in outcome) throw fromThreadFailure(outcome);
      return outcome;
    } finally {
      this.#large -= Number(isLarge);
      channel?.port1.close();
    }
  }

  /** Ends the threads; unanswered requests are interrupted. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#idling);
    await this.#pool?.destroy();
  }

  async #run(task: ThreadTask, moved: (ArrayBuffer | MessagePort)[]): Promise<ThreadReply> {
    const pool = (this.#pool ??= this.#startPool());
    clearTimeout(this.#idling);
    this.#underWay += 1;
    try {
      return await pool.run(task, { transferList: moved });
    } catch (cause) {
      // Piscina 5.3 replaces a thread that dies, unless it dies while it starts: then queued requests would wait forever.
      if (pool === this.#pool && pool.threads.length === 0) this.#endPool();
      throw new EngineError('interrupted', 'The thread that scored this request has died. Retry the request.', {
        cause,
      });
    } finally {
      this.#underWay -= 1;
      if (this.#underWay === 0) this.#idling = setTimeout(() => this.#endPool(), this.#options.idle ?? IDLE).unref();
    }
  }

  /** Ends the threads; the next request starts others. */
  #endPool(): void {
    if (this.#isClosed) return;
    void this.#pool?.destroy();
    this.#pool = undefined;
  }

  #startPool(): Piscina<ThreadTask, ThreadReply> {
    const { threads, concurrency = 1 } = this.#options;
    const pool = new Piscina<ThreadTask, ThreadReply>({
      // Run from its sources, the project has no scoring-thread.js.
      filename: new URL(`scoring-thread${import.meta.url.slice(-3)}`, import.meta.url).href,
      workerData: this.#settings,
      minThreads: threads,
      maxThreads: threads,
      concurrentTasksPerWorker: concurrency,
    });
    // A thread that dies while it is idle.
    pool.on('error', () => undefined);
    return pool;
  }

  #toVersion(shared: object): number {
    let version = this.#versions.get(shared);
    if (version === undefined) this.#versions.set(shared, (version = this.#lastVersion += 1));
    return version;
  }
}
