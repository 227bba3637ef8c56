/** Kills worker processes of an engine with `--workers`, as the kernel does when memory is short. */
import { execFileSync } from 'node:child_process';

/** The ids of the processes that a process has started. */
export function findChildren(pid: number): readonly number[] {
  try {
    return execFileSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' })
      .trim()
      .split('\n')
      .map(Number);
  } catch {
    // It exits with 1 when there are none.
    return [];
  }
}

/**
 * Kills one worker, or all of them at once.
 * @param pid the first process of the engine
 * @returns how many were killed
 */
export function killWorkers(pid: number, which: 'one' | 'all'): number {
  const children = findChildren(pid);
  const victims = which === 'all' ? children : children.slice(0, 1);
  for (const victim of victims) process.kill(victim, 'SIGKILL');
  return victims.length;
}
