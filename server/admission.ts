/**
 * Limits how many requests are processed at once, and rejects requests while the engine stops. Discovery has slots of its own, and
 * a scoring request takes one when its body has arrived, so that neither waits for slow senders. A request that waits for another
 * system gives up its slot in the meantime, which others can use; such requests are limited by the memory of their bodies.
 */
import { EngineError } from '../errors/engine-error.ts';

/** Max bytes of the bodies of all waiting requests; parsed, they take several times as much. */
const MAX_WAITING_BYTES = 2 ** 26;

/** What a slot is for: requests with a body, or without one. */
export type Slot = 'scoring' | 'discovery';

export interface AdmissionLimits {
  /** Max requests in progress of each kind, not counting those that wait for another system. */
  readonly maxConcurrency: number;
  /** Max bytes of the bodies of all waiting requests; a single request may always wait. */
  readonly maxWaitingBytes?: number;
}

/** The slots for requests in progress, and the requests that wait without one. */
export class Admission {
  readonly #maxConcurrency: number;
  readonly #maxWaitingBytes: number;
  readonly #underWay: Record<Slot, number> = { scoring: 0, discovery: 0 };
  #waitingBytes = 0;
  #waiting = 0;
  #isStopping = false;
  /** The requests that were rejected because all slots were taken, or because too many bodies waited for other systems. */
  readonly rejected = { slots: 0, waiting: 0 };

  constructor({ maxConcurrency, maxWaitingBytes = MAX_WAITING_BYTES }: AdmissionLimits) {
    this.#maxConcurrency = maxConcurrency;
    this.#maxWaitingBytes = maxWaitingBytes;
  }

  /** The slots of each kind. */
  get maxConcurrency(): number {
    return this.#maxConcurrency;
  }

  /** The requests that wait for another system, without a slot. */
  get waiting(): number {
    return this.#waiting;
  }

  /** The slots that are taken. */
  countTaken(slot: Slot): number {
    return this.#underWay[slot];
  }

  /**
   * Lets a request in, if it could take a slot now.
   * @throws {EngineError} stopping, too_busy
   */
  check(slot: Slot): void {
    if (this.#isStopping)
      throw new EngineError('stopping', 'The engine is stopping. Retry later, or with another instance.');
    this.#checkSlot(slot);
  }

  /**
   * Takes a slot, which must be returned by leave(), for a request that check() has accepted before its body was read.
   * @throws {EngineError} too_busy
   */
  enter(slot: Slot): void {
    this.#checkSlot(slot);
    this.#underWay[slot] += 1;
  }

  /** Returns a slot. */
  leave(slot: Slot): void {
    this.#underWay[slot] -= 1;
  }

  /**
   * Does work of a scoring request that mostly waits for another system, without the slot.
   * @param bytes the size of the request's body
   * @throws {EngineError} too_busy when the bodies of all waiting requests are too large together; and what the work throws
   */
  async waitFor<Value>(bytes: number, work: () => Promise<Value>): Promise<Value> {
    if (this.#waitingBytes > 0 && this.#waitingBytes + bytes > this.#maxWaitingBytes) {
      this.rejected.waiting += 1;
      throw tooBusy();
    }
    this.#waitingBytes += bytes;
    this.#waiting += 1;
    this.leave('scoring');
    try {
      return await work();
    } finally {
      // Not by enter(): a request that was admitted is answered, even if its slot has been taken in the meantime.
      this.#underWay.scoring += 1;
      this.#waitingBytes -= bytes;
      this.#waiting -= 1;
    }
  }

  #checkSlot(slot: Slot): void {
    if (this.#underWay[slot] < this.#maxConcurrency) return;
    this.rejected.slots += 1;
    throw tooBusy();
  }

  /** Rejects all requests from now on. */
  stop(): void {
    this.#isStopping = true;
  }
}

/** The error for a request that exceeds a limit on requests in progress or in a queue. */
export function tooBusy(): EngineError {
  return new EngineError('too_busy', 'The engine is busy. Retry in a moment.');
}
