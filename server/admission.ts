/**
 * Which requests are let in: so many at once, and none once a stop has answered what was on its way. One that waits for another
 * system works on nothing: it gives its slot back, which would only keep those out that could be answered. What bounds these is
 * the memory of their bodies.
 */
import { EngineError } from '../errors/engine-error.ts';

/** The bytes of the bodies whose requests may wait at once; parsed, they take several times as much. */
const MAX_WAITING_BYTES = 2 ** 26;

export interface AdmissionLimits {
  /** How many requests may be under way at once, waiting ones aside. */
  readonly maxConcurrency: number;
  /** The bytes of the bodies whose requests may wait at once; one body alone may always wait. */
  readonly maxWaitingBytes?: number;
}

/** The slots of an engine. */
export class Admission {
  readonly #maxConcurrency: number;
  readonly #maxWaitingBytes: number;
  #underWay = 0;
  #waitingBytes = 0;
  #isStopping = false;

  constructor({ maxConcurrency, maxWaitingBytes = MAX_WAITING_BYTES }: AdmissionLimits) {
    this.#maxConcurrency = maxConcurrency;
    this.#maxWaitingBytes = maxWaitingBytes;
  }

  /**
   * Takes a slot, which must be given back with leave().
   * @throws {EngineError} stopping, too_busy
   */
  enter(): void {
    if (this.#isStopping)
      throw new EngineError('stopping', 'The engine is stopping. Send the request again, to another one or later.');
    if (this.#underWay >= this.#maxConcurrency) throw tooBusy();
    this.#underWay += 1;
  }

  /** Gives a slot back. */
  leave(): void {
    this.#underWay -= 1;
  }

  /**
   * Does what mostly waits for another system, without the slot meanwhile.
   * @param bytes the size of the body of the request
   * @throws {EngineError} too_busy when the bodies of those that wait are too large together; and what the work throws
   */
  async waitFor<Value>(bytes: number, work: () => Promise<Value>): Promise<Value> {
    if (this.#waitingBytes > 0 && this.#waitingBytes + bytes > this.#maxWaitingBytes) throw tooBusy();
    this.#waitingBytes += bytes;
    this.leave();
    try {
      return await work();
    } finally {
      // Not by enter(): one that was let in is answered, however many others have come meanwhile.
      this.#underWay += 1;
      this.#waitingBytes -= bytes;
    }
  }

  /** Lets nobody in from now on. */
  stop(): void {
    this.#isStopping = true;
  }
}

/** The failure of a request that there is no room for. */
export function tooBusy(): EngineError {
  return new EngineError('too_busy', 'The engine is busy. Send the request again in a moment.');
}
