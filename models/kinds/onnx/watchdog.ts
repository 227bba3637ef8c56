/**
 * A thread of the process of a session (session-process.ts), for the runtime blocks the main one: ends the process when it takes
 * more memory than it may, or when the engine has ended.
 */
import { writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';

/** What the thread must know. */
export interface WatchdogData {
  /** How many megabytes the process may take. */
  readonly memory: number;
  /** The engine's process. */
  readonly parent: number;
}

/** How often it looks, in milliseconds: meanwhile, memory grows by some 100 MB at most. */
const INTERVAL = 50;

const { memory, parent } = workerData as WatchdogData;

setInterval(() => {
  if (process.ppid !== parent) end();
  const megabytes = process.memoryUsage.rss() / 2 ** 20;
  if (megabytes > memory) {
    // The engine logs it.
    writeSync(2, `the model takes more than ${memory} MB; settings.memory can allow it\n`);
    end();
  }
}, INTERVAL);

function end(): void {
  process.kill(process.pid, 'SIGKILL');
}
