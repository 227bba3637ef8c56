import { getPriority, platform, setPriority } from 'node:os';

/** The thread's niceness relative to its process: of a core that both compete for, the thread gets a quarter. */
const NICENESS = 5;
/** The max niceness of Linux. */
const NICEST = 19;

/**
 * Lets the event loop go first where there are fewer cores than threads. To be called by the thread, on Linux, where each thread has
 * a priority of its own. (To be less nice than its process, a thread would need a privilege.)
 */
export function lowerThreadPriority(): void {
  if (platform() === 'linux') setPriority(Math.min(getPriority() + NICENESS, NICEST));
}
