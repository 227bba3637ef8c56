import { Presets, SingleBar } from 'cli-progress';

/** Shows the progress of a long task. */
export interface Progress {
  /** Another total starts anew. */
  update(done: number, total: number): void;
  stop(): void;
}

/** A bar on a terminal, otherwise one line per quarter; both on standard error. */
export function buildProgress(unit: string): Progress {
  return process.stderr.isTTY ? buildBar(unit) : buildLines(unit);
}

function buildBar(unit: string): Progress {
  const bar = new SingleBar(
    { format: `{bar} {value}/{total} ${unit}, {duration_formatted}`, stream: process.stderr },
    Presets.shades_classic,
  );
  let current = 0;
  return {
    update: (done, total) => {
      if (total !== current) bar.start(total, 0);
      current = total;
      bar.update(done);
    },
    stop: () => bar.stop(),
  };
}

function buildLines(unit: string): Progress {
  let quarter = 0;
  let current = 0;
  return {
    update: (done, total) => {
      if (total !== current) quarter = 0;
      current = total;
      const now = Math.floor((4 * done) / total);
      if (now > quarter) console.error(`${done}/${total} ${unit}`);
      quarter = now;
    },
    stop: () => undefined,
  };
}
