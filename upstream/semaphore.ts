/**
 * So many at once; the others wait for their turn, in the order in which they came, and who gives up waiting is forgotten at
 * once. undici 7.30 has a queue of its own, but leaves in it what was aborted, until there is a connection for it.
 */
export class Semaphore {
  #free: number;
  readonly #waiting = new Set<() => void>();

  constructor(count: number) {
    this.#free = count;
  }

  /** Takes a place as soon as there is one. Throws the reason of the signal. */
  async take(signal: AbortSignal): Promise<void> {
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

  /** Gives a place back: whoever has waited longest has it next. */
  giveBack(): void {
    const [onTurn] = this.#waiting;
    if (!onTurn) {
      this.#free += 1;
      return;
    }
    this.#waiting.delete(onTurn);
    onTurn();
  }
}
