/** Starts the process of bench/load.ts and gives it tasks. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { LoadReply, LoadResult, LoadTask } from './load.ts';

export interface LoadGenerator {
  /** Runs a task; only one at a time. Throws when a reply is not 200. */
  load(task: LoadTask): Promise<LoadResult>;
  stop(): void;
}

/** Starts a process that generates load. */
export function startLoadGenerator(): LoadGenerator {
  const child = fork(fileURLToPath(new URL('./load.js', import.meta.url)));
  const ended = new AbortController();
  child.once('exit', () => ended.abort(new Error('the load generator has ended')));
  return {
    load: async (task) => {
      child.send(task);
      const [reply] = (await once(child, 'message', { signal: ended.signal })) as [LoadReply];
      if ('error' in reply) throw new Error(`${task.method} ${task.path}: ${reply.error}`);
      return reply.result;
    },
    stop: () => child.kill(),
  };
}
