/**
 * A clock that a test moves: what Date.now() and performance.now() tell, by which pauses, lifetimes and durations are measured.
 * Timers do not follow it.
 */
export interface Clock {
  /** Moves the clock forward, in milliseconds. */
  pass(milliseconds: number): void;
  /** Gives the time back to the machine. */
  restore(): void;
}

/** Takes over the clock of this process. */
export function takeClock(): Clock {
  const now = Date.now;
  const monotonic = performance.now.bind(performance);
  let passed = 0;
  Date.now = () => now() + passed;
  performance.now = () => monotonic() + passed;
  return {
    pass: (milliseconds) => void (passed += milliseconds),
    restore: () => {
      Date.now = now;
      Reflect.deleteProperty(performance, 'now');
    },
  };
}
