/**
 * Reads the replies of one deployment that may take long: large ones, which their sender chooses, and those that an expression of the
 * settings searches. It has a thread of its own, so that neither the event loop nor another deployment waits for it.
 */
import { Piscina } from 'piscina';
import type { DeploymentFile } from '../models/deployment-file.ts';
import type { Scores } from '../models/model.ts';
import type { UpstreamReply } from '../upstream/request-reply.ts';
import { Semaphore } from '../upstream/semaphore.ts';
import { ReplyError } from '../upstream/upstream-error.ts';

/** The min length of a long reply, in characters: the worst JSON of this size takes 10 ms to parse. */
const LONG_REPLY = 2 ** 16;
/** How long an idle thread is kept, in milliseconds. */
const IDLE = 30_000;

/** A reply to be read. */
export interface ReplyTask extends Pick<UpstreamReply, 'request' | 'headers' | 'text'> {
  readonly rowCount: number;
}

/** The result of the thread: the scores, or the parts of a ReplyError. */
export type ThreadScores =
  | { readonly scores: Scores }
  | {
      readonly problem: string;
      readonly request: string | undefined;
      readonly received: string | undefined;
      readonly quote: string | undefined;
    };

export class ReplyThreads {
  readonly #data: { readonly file: DeploymentFile; readonly hasProbabilities: boolean | undefined };
  readonly #isAlways: boolean;
  #pool: Piscina<ReplyTask, ThreadScores> | undefined;
  #isClosed = false;
  readonly #slot = new Semaphore(1);
  #isReading = false;

  /**
   * @param file a deployment of a remote kind
   * @param hasProbabilities see ReplyReading
   * @param isAlways whether the thread reads every reply, however short
   */
  constructor(file: DeploymentFile, hasProbabilities: boolean | undefined, isAlways: boolean) {
    this.#data = { file, hasProbabilities };
    this.#isAlways = isAlways;
  }

  /** Whether the thread reads a reply. */
  isFor({ text }: Pick<UpstreamReply, 'text'>): boolean {
    return this.#isAlways || text.length >= LONG_REPLY;
  }

  /**
   * The scores in a reply.
   * @throws {ReplyError} as readScores, and if the thread died of the reply; the reason of the signal
   */
  async read({ request, headers, text }: UpstreamReply, rowCount: number, signal: AbortSignal): Promise<Scores> {
    // Piscina 5.3 starts no thread for replies that are queued when a thread dies or is ended.
    await this.#slot.acquire(signal);
    const pool = (this.#pool ??= startPool(this.#data));
    this.#isReading = true;
    let read: ThreadScores;
    try {
      read = await pool.run({ request, headers, text, rowCount }, { signal });
    } catch (cause) {
      signal.throwIfAborted();
      throw new ReplyError('expected a reply that can be read', { cause });
    } finally {
      this.#isReading = false;
      this.#slot.release();
      this.#endIfDone();
    }
    if ('scores' in read) return read.scores;
    const error = new ReplyError(read.problem);
    if (read.request !== undefined) error.addRequest(read.request);
    if (read.received !== undefined) error.addReply(read.received, read.quote);
    throw error;
  }

  /** Ends the thread when all replies have been read. */
  close(): void {
    this.#isClosed = true;
    this.#endIfDone();
  }

  #endIfDone(): void {
    if (!this.#isClosed || this.#isReading) return;
    void this.#pool?.destroy();
    this.#pool = undefined;
  }
}

function startPool(data: object): Piscina<ReplyTask, ThreadScores> {
  const pool = new Piscina<ReplyTask, ThreadScores>({
    // Run from its sources, the project has no reply-thread.js.
    filename: new URL(`reply-thread${import.meta.url.slice(-3)}`, import.meta.url).href,
    workerData: data,
    minThreads: 0,
    maxThreads: 1,
    idleTimeout: IDLE,
  });
  // A thread that dies while it is idle.
  pool.on('error', () => undefined);
  return pool;
}
