import type { Log } from './log.ts';

/** Min milliseconds between two lines in the log. */
const PAUSE = 10_000;

/** Builds what logs that connections are closed because there are too many: the first one at once, then their number now and then. */
export function buildNoteShed(log: Log): () => void {
  let count = 0;
  let last = -Infinity;
  return () => {
    count += 1;
    const now = performance.now();
    if (now - last < PAUSE) return;
    log.warn({ closed: count }, 'too many connections');
    last = now;
    count = 0;
  };
}
