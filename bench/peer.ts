/**
 * A peer in another language, called over its standard streams: one task per line, one result per line. Benchmarks run
 * compiled, from the project's root.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { preparePython } from './python.ts';

export interface Peer {
  /** Sends a task and returns the answer. */
  ask<Answer = Record<string, number>>(task: object): Promise<Answer>;
  stop(): void;
}

/**
 * Starts a Python peer; returns undefined if its environment cannot be created.
 * @param python the interpreter of an environment; by default that of bench/peers/requirements.txt
 */
export function startPeer(
  script: string,
  python = preparePython(),
  ...parameters: readonly string[]
): Peer | undefined {
  if (!python) return undefined;
  const child = spawn(python, [`bench/peers/${script}`, ...parameters], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    ask: async <Answer>(task: object) => {
      child.stdin.write(`${JSON.stringify(task)}\n`);
      const { value, done } = (await lines.next()) as IteratorResult<string, undefined>;
      if (done === true) throw new Error(`${script} ended`);
      return JSON.parse(value) as Answer;
    },
    stop: () => child.kill(),
  };
}
