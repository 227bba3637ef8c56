/**
 * A counting semaphore: waiters are served in order, and an aborted one leaves the queue at once. undici 7.30 has a queue of
 * its own, but keeps aborted requests in it until a connection becomes free.
 */
export class Semaphore {
  #free: number;
  readonly #waiting = new Set<() => void>();

  constructor(count: number) {
    this.#free = count;
  }

  /** Takes a slot as soon as one is free. Throws the reason of the signal. */
  async acquire(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#free > 0) {
      this.#free -= 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const onTurn = () => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      };
      const onAbort = () => {
        this.#waiting.delete(onTurn);
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiting.add(onTurn);
    });
  }

  /** Returns a slot; it goes to the longest waiter. */
  release(): void {
    const [onTurn] = this.#waiting;
    if (!onTurn) {
      this.#free += 1;
      return;
    }
    this.#waiting.delete(onTurn);
    onTurn();
  }
}
