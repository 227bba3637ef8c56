/**
 * A peer in another language, asked over its standard streams: a task a line, a result a line. Benchmarks are run from the
 * project's root, compiled, as the engine is.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { preparePython } from './python.ts';

export interface Peer {
  /** What the peer answers to a task. */
  ask(task: object): Promise<Record<string, number>>;
  stop(): void;
}

/** Starts a Python peer in its environment; undefined where that cannot be made. */
export function startPeer(script: string): Peer | undefined {
  const python = preparePython();
  if (!python) return undefined;
  const child = spawn(python, [`bench/peers/${script}`], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    ask: async (task) => {
      child.stdin.write(`${JSON.stringify(task)}\n`);
      const { value, done } = (await lines.next()) as IteratorResult<string, undefined>;
      if (done === true) throw new Error(`${script} ended`);
      return JSON.parse(value) as Record<string, number>;
    },
    stop: () => child.kill(),
  };
}
