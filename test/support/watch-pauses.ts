/** The pauses in which this process did not run, or its event loop did not turn: on a busy machine, that may be for seconds. */
export interface Pauses {
  /** The longest one so far, in milliseconds. */
  readonly longest: number;
  /** Watches no longer. */
  end(): void;
}

/** How often it is looked whether the process runs, in milliseconds. */
const INTERVAL = 20;

/** Watches for pauses from now on. */
export function watchPauses(): Pauses {
  let [last, longest] = [performance.now(), 0];
  const look = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last - INTERVAL);
    last = now;
  };
  const timer = setInterval(look, INTERVAL);
  return {
    get longest() {
      look();
      return longest;
    },
    end: () => clearInterval(timer),
  };
}
