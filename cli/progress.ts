import { Presets, SingleBar } from 'cli-progress';

/** How far a long task is. */
export interface Progress {
  update(done: number): void;
  stop(): void;
}

/** A bar on a terminal; in a log, a line each quarter. On standard error, either way. */
export function buildProgress(thing: string, total: number): Progress {
  return process.stderr.isTTY ? buildBar(thing, total) : buildLines(thing, total);
}

function buildBar(thing: string, total: number): Progress {
  const bar = new SingleBar(
    { format: `{bar} {value}/{total} ${thing}, {duration_formatted}`, stream: process.stderr },
    Presets.shades_classic,
  );
  let started = false;
  return {
    update: (done) => {
      if (!started) bar.start(total, 0);
      started = true;
      bar.update(done);
    },
    stop: () => bar.stop(),
  };
}

function buildLines(thing: string, total: number): Progress {
  let quarter = 0;
  return {
    update: (done) => {
      const now = Math.floor((4 * done) / total);
      if (now > quarter) console.error(`${done}/${total} ${thing}`);
      quarter = now;
    },
    stop: () => undefined,
  };
}
