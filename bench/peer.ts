/**
 * A peer in another language, called over its standard streams: one task per line, one result per line. Benchmarks run
 * compiled, from the project's root.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { preparePython } from './python.ts';

export interface Peer {
  /** Sends a task and returns the answer. */
  ask(task: object): Promise<Record<string, number>>;
  stop(): void;
}

/** Starts a Python peer in its environment; returns undefined if the environment cannot be created. */
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
