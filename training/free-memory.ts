/** How much memory the process may still take. */
import { freemem } from 'node:os';

/** The free memory of the machine, or of the container that the process is in, in bytes. */
export function findFreeMemory(): number {
  // 0, or more than any machine has, where nothing is constrained.
  const constrained = process.constrainedMemory() - process.memoryUsage.rss();
  return constrained > 0 ? Math.min(constrained, freemem()) : freemem();
}

/** For messages. */
export function toMiB(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)} MiB`;
}
