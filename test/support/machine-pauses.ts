/**
 * The pauses in which this process, with the doubles in it, or the engine did not run: on a busy machine, that may be for seconds.
 * Limits of time that the engine keeps to then pass although nothing is at fault.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'undici';

/** What counts as a pause, in milliseconds: a fraction of the time limits that there are. */
const PAUSE = 500;
/** How often it is looked whether this process runs, and how long after an answer the engine is asked again. */
const INTERVAL = 50;
/** Milliseconds without an answer after which this gives up. */
const PATIENCE = 300_000;

export class MachinePauses {
  readonly #engine: Client;
  readonly #over = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #asking: Promise<void>;
  #lookedAt = performance.now();
  /** When the engine was asked what it has not answered yet, or answered last. */
  #askedAt = performance.now();
  #endedAt = -Infinity;
  #longest = 0;
  #count = 0;

  constructor(url: string) {
    this.#engine = new Client(url, { headersTimeout: PATIENCE, bodyTimeout: PATIENCE, connect: { timeout: PATIENCE } });
    this.#timer = setInterval(() => this.#look(), INTERVAL);
    this.#asking = this.#ask();
  }

  /** When the last pause ended, in terms of performance.now(): now, if it has not. */
  get endedAt(): number {
    this.#look();
    const now = performance.now();
    return now - this.#askedAt > PAUSE ? now : this.#endedAt;
  }

  /** What there was so far, in words. */
  describe(): string {
    if (this.#count === 0) return `neither this process nor the engine paused for more than ${PAUSE} ms`;
    return `this process or the engine paused ${this.#count} times, for ${Math.round(this.#longest)} ms at most`;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#over.abort();
    await this.#engine.destroy();
    await this.#asking;
  }

  #look(): void {
    const now = performance.now();
    this.#note(this.#lookedAt + INTERVAL, now);
    this.#lookedAt = now;
  }

  async #ask(): Promise<void> {
    const { signal } = this.#over;
    while (!signal.aborted) {
      this.#askedAt = performance.now();
      try {
        const { body } = await this.#engine.request({ path: '/health/live', method: 'GET' });
        await body.dump();
      } catch {
        // The driver notices an engine that has died.
      }
      this.#note(this.#askedAt, performance.now());
      this.#askedAt = performance.now();
      await sleep(INTERVAL, undefined, { signal }).catch(() => undefined);
    }
  }

  #note(from: number, to: number): void {
    if (to - from <= PAUSE) return;
    this.#count += 1;
    this.#longest = Math.max(this.#longest, to - from);
    this.#endedAt = to;
  }
}
