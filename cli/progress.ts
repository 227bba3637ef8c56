import { Presets, SingleBar } from 'cli-progress';

/** Shows the progress of a long task. */
export interface Progress {
  update(done: number): void;
  stop(): void;
}

/** A bar on a terminal, otherwise one line per quarter; both on standard error. */
export function buildProgress(unit: string, total: number): Progress {
  return process.stderr.isTTY ? buildBar(unit, total) : buildLines(unit, total);
}

function buildBar(unit: string, total: number): Progress {
  const bar = new SingleBar(
    { format: `{bar} {value}/{total} ${unit}, {duration_formatted}`, stream: process.stderr },
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

function buildLines(unit: string, total: number): Progress {
  let quarter = 0;
  return {
    update: (done) => {
      const now = Math.floor((4 * done) / total);
      if (now > quarter) console.error(`${done}/${total} ${unit}`);
      quarter = now;
    },
    stop: () => undefined,
  };
}
