import { readFileSync } from 'node:fs';

/** Files that are kept for other things than connections: deployments, threads, upstreams. */
const RESERVE = 128;

/** The number of connections that this process may have open, by its limit on open files (Linux); undefined if there is none. */
export function countConnections(limits = '/proc/self/limits'): number | undefined {
  try {
    const [, files] = /^Max open files +(\d+)/m.exec(readFileSync(limits, 'utf8')) ?? [];
    return files === undefined ? undefined : Math.max(1, Number(files) - RESERVE);
  } catch {
    return undefined;
  }
}
