/**
 * Records that one sink does not take although it takes others. They are put behind those, again and again and with growing waits in
 * between, and become dead letters in the end.
 */
import { appendAgain } from './append-again.ts';
import { keepDeadLetter } from './dead-letters.ts';
import type { SpooledRecord } from './record-line.ts';

/** A record by its key. */
export type Entry = readonly [key: string, spooled: SpooledRecord];

/** A record that could not be delivered, alone, and why. */
export interface Failed {
  readonly entry: Entry;
  readonly message: string;
}

interface PostponedOptions {
  readonly folder: string;
  readonly sink: string;
  /** The shortest wait and the longest, in milliseconds. */
  readonly backoff: { readonly first: number; readonly longest: number };
  /** How often a record may be put behind the others. */
  readonly giveUpAfter: number;
  readonly onRejected: (message: string, scoringId: string) => void;
}

export class PostponedRecords {
  readonly #options: PostponedOptions;
  /** When each may be tried again, by performance.now(); those of an earlier process at once. */
  readonly #due = new Map<string, number>();

  constructor(options: PostponedOptions) {
    this.#options = options;
  }

  /** Whether a record may be tried. */
  isDue([key, { postponed }]: Entry): boolean {
    return !postponed || (this.#due.get(key) ?? 0) <= performance.now();
  }

  /**
   * Puts records behind the others. What was put there too often, while others were delivered each time, becomes a dead letter: a sink that
   * is away is no reason.
   * @param failed those that were tried
   * @param later those that were not, because it is too early
   * @param delivered how many records the sink has been delivered up to now
   */
  async putBehind(failed: readonly Failed[], later: readonly Entry[], delivered: number): Promise<void> {
    const { folder, sink, backoff, giveUpAfter } = this.#options;
    await appendAgain(folder, async (append) => {
      for (const [, spooled] of later) await append({ ...spooled, sink });
      for (const { entry, message } of failed) {
        const [key, { record, postponed }] = entry;
        const times = (postponed?.times ?? 0) + Number(delivered > (postponed?.delivered ?? -1));
        if (times > giveUpAfter) {
          await this.giveUp(
            entry,
            `${message}; given up (give_up_after: ${giveUpAfter}), while other records were delivered`,
          );
          continue;
        }
        await append({ record, sink, postponed: { times, delivered } });
        this.#due.set(key, performance.now() + Math.min(backoff.longest, backoff.first * 2 ** Math.min(times, 30)));
      }
    });
  }

  /** Forgets records that were delivered. */
  forget(keys: readonly string[]): void {
    for (const key of keys) this.#due.delete(key);
  }

  /** Makes a dead letter of a record. */
  async giveUp([key, { record }]: Entry, reason: string): Promise<void> {
    const { folder, sink, onRejected } = this.#options;
    await keepDeadLetter(folder, sink, { reason, rejected: new Date().toISOString(), record });
    this.#due.delete(key);
    onRejected(reason, record.scoringId);
  }
}
