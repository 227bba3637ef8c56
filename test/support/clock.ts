/**
 * A clock that stands still until a test moves it: what Date.now() and performance.now() tell, by which pauses, lifetimes and
 * durations are measured. Timers do not follow it.
 */
export interface Clock {
  /** Moves the clock forward, in milliseconds. */
  pass(milliseconds: number): void;
  /** Gives the clock back to the machine. */
  restore(): void;
}

/** Stops the clock of this process. */
export function stopClock(): Clock {
  const { now } = Date;
  const [date, monotonic] = [Date.now(), performance.now()];
  let passed = 0;
  Date.now = () => date + passed;
  performance.now = () => monotonic + passed;
  return {
    pass: (milliseconds) => void (passed += milliseconds),
    restore: () => {
      Date.now = now;
      Reflect.deleteProperty(performance, 'now');
    },
  };
}
