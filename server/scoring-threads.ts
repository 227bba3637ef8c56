/**
 * Long calls leave the event loop. What takes long in one (JSON, validation, scoring, JSON again) is done by another thread,
 * from the bytes of the body to the bytes of the reply, which are handed over, not copied; the models are in shared memory.
 * So a call of thousands of rows holds up no call of one.
 */
import type { Worker } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { EngineError, type ErrorCode, type ErrorTarget } from '../errors/engine-error.ts';
import type { SharedDeployment } from '../models/deployment.ts';
import type { ExchangeDetails } from './exchange-observer.ts';
import { tooBusy } from './admission.ts';
import { toMovable } from './to-movable.ts';

/**
 * From how many bytes on a body is long: about 500 rows of 20 columns, which take 2 ms. Handing a call over costs a
 * twentieth of that.
 */
export const LONG_BODY = 2 ** 16;

/** What the threads are told when they begin. */
export interface ThreadSettings {
  /** The schema of each operation's body, by the operation's id. */
  readonly bodySchemas: Readonly<Record<string, object>>;
  readonly maxRows: number;
}

/** A request with a long body, which is not parsed yet. */
export interface LongRequest {
  /** The operation's id. */
  readonly operation: string;
  readonly params: unknown;
  readonly baseUrl: string;
  readonly bytes: Buffer;
  /** The deployment that it is for, where there is one. */
  readonly shared: SharedDeployment | undefined;
}

/** A call, as it is posted to a thread. */
export interface ThreadTask extends Omit<LongRequest, 'bytes' | 'shared'> {
  readonly bytes: Uint8Array;
  /** The deployment that is asked for, where there is one. */
  readonly asked: AskedDeployment | undefined;
}

export interface AskedDeployment {
  readonly shared: SharedDeployment;
  /** A number of this version of the deployment alone: a thread that knows it does not build the model again. */
  readonly version: number;
}

/** What a thread answers: a reply, or a failure as far as it can be posted. */
export interface ThreadReply {
  readonly details: ExchangeDetails;
  readonly outcome: { readonly status: number; readonly json: Uint8Array } | ThreadFailure;
}

export interface ThreadFailure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly target: ErrorTarget | undefined;
  /** The stack of the cause, where there is one. */
  readonly cause: string | undefined;
}

export interface ScoringThreadsOptions {
  /** How many threads there are at most; they begin with the first long call. */
  readonly threads: number;
  /** How many calls may wait for a thread. */
  readonly maxQueue: number;
  readonly maxRows: number;
}

/** The threads of an engine. */
export class ScoringThreads {
  readonly #options: ScoringThreadsOptions;
  readonly #settings: ThreadSettings;
  readonly #versions = new WeakMap<SharedDeployment, number>();
  #lastVersion = 0;
  #pool: Piscina<ThreadTask, ThreadReply> | undefined;
  #underWay = 0;
  #isClosed = false;

  constructor(bodySchemas: ThreadSettings['bodySchemas'], options: ScoringThreadsOptions) {
    this.#options = options;
    this.#settings = { bodySchemas, maxRows: options.maxRows };
  }

  /** The threads that live. */
  get threads(): readonly Worker[] {
    return this.#pool?.threads ?? [];
  }

  /** How many calls there are, in threads and waiting for one. */
  get underWay(): number {
    return this.#underWay;
  }

  /**
   * Answers a request in a thread. Its bytes are gone from here afterwards.
   * @throws {EngineError} too_busy when as many calls wait as may; interrupted when the thread dies; and what the handler throws
   */
  async answer(
    { bytes, shared, ...request }: LongRequest,
    note: (details: ExchangeDetails) => void,
  ): Promise<{ status: number; json: Uint8Array }> {
    if (this.#underWay >= this.#options.threads + this.#options.maxQueue) throw tooBusy();
    const moved = toMovable(bytes);
    const task = { ...request, bytes: moved, asked: shared && { shared, version: this.#toVersion(shared) } };
    const { details, outcome } = await this.#run(task, moved.buffer);
    note(details);
    if ('code' in outcome) throw toError(outcome);
    return outcome;
  }

  /** Ends the threads; what they have not answered is interrupted. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#pool?.destroy();
  }

  async #run(task: ThreadTask, moved: ArrayBuffer): Promise<ThreadReply> {
    const pool = (this.#pool ??= this.#startPool());
    this.#underWay += 1;
    try {
      return await pool.run(task, { transferList: [moved] });
    } catch (cause) {
      // Piscina 5.3 replaces a thread, unless it died as it began: then what waits would wait forever.
      if (pool === this.#pool && pool.threads.length === 0 && !this.#isClosed) {
        this.#pool = undefined;
        void pool.destroy();
      }
      throw new EngineError('interrupted', 'The thread that scored this request has died. Send the request again.', {
        cause,
      });
    } finally {
      this.#underWay -= 1;
    }
  }

  #startPool(): Piscina<ThreadTask, ThreadReply> {
    const { threads } = this.#options;
    const pool = new Piscina<ThreadTask, ThreadReply>({
      // Run from its sources the project has no scoring-thread.js.
      filename: new URL(`scoring-thread${import.meta.url.slice(-3)}`, import.meta.url).href,
      workerData: this.#settings,
      minThreads: threads,
      maxThreads: threads,
    });
    // A thread that dies while it has nothing to do.
    pool.on('error', () => undefined);
    return pool;
  }

  #toVersion(shared: SharedDeployment): number {
    let version = this.#versions.get(shared);
    if (version === undefined) this.#versions.set(shared, (version = this.#lastVersion += 1));
    return version;
  }
}

function toError({ code, message, target, cause: stack }: ThreadFailure): EngineError {
  if (stack === undefined) return new EngineError(code, message, target ? { target } : {});
  const cause = new Error();
  cause.stack = stack;
  return new EngineError(code, message, { ...(target && { target }), cause });
}
