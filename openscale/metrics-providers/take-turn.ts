import { Semaphore } from '../../upstream/semaphore.ts';

/**
 * Builds a function that runs work when it is its turn, in the order of the calls.
 * @param count how much runs at the same time
 * @returns runs work even if the signal is aborted while it waits: it has to end what it stands for
 */
export function buildTakeTurn(count: number) {
  const semaphore = new Semaphore(count);
  return async <Value>(signal: AbortSignal, work: () => Promise<Value>): Promise<Value> => {
    const isHeld = await semaphore.acquire(signal).then(
      () => true,
      () => false,
    );
    try {
      return await work();
    } finally {
      if (isHeld) semaphore.release();
    }
  };
}
