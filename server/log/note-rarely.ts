/** Min milliseconds between two notes. */
const PAUSE = 10_000;

/** Builds what notes something that strangers can make happen often: the first time at once, then now and then with its number. */
export function buildNoteRarely<Details>(note: (times: number, details: Details) => void): (details: Details) => void {
  let times = 0;
  let last = -Infinity;
  return (details) => {
    times += 1;
    const now = performance.now();
    if (now - last < PAUSE) return;
    note(times, details);
    last = now;
    times = 0;
  };
}
