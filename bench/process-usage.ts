/** What a server and the processes that it started use, read from Linux' /proc; undefined elsewhere. */
import { readdirSync, readFileSync } from 'node:fs';

/** Ticks of utime and stime a second: USER_HZ, which is 100 on every Linux that Node runs on. */
const TICKS = 100;

/** Memory of a process group: now, and the sum of each process' peak, in megabytes. */
export interface Memory {
  readonly rss: number;
  readonly peak: number;
}

/** The processor time that a process group has used, user and system, all threads, in seconds. */
export function readCpuSeconds(group: number): number | undefined {
  const stats = readGroup(group);
  if (!stats) return undefined;
  return stats.reduce((sum, { fields }) => sum + Number(fields[11]) + Number(fields[12]), 0) / TICKS;
}

/** The memory of a process group. */
export function readMemory(group: number): Memory | undefined {
  const stats = readGroup(group);
  if (!stats) return undefined;
  const statuses = stats.map(({ pid }) => readFileSync(`/proc/${pid}/status`, 'utf8'));
  const sum = (name: string) =>
    statuses.reduce((total, text) => total + Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(text)?.[1] ?? 0), 0) /
    1024;
  return { rss: sum('VmRSS'), peak: sum('VmHWM') };
}

/** The processes of a group, with what follows the name in /proc/<pid>/stat (proc(5)): state, parent, group, … */
function readGroup(group: number): { pid: string; fields: string[] }[] | undefined {
  if (process.platform !== 'linux') return undefined;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
        const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
        return Number(fields[2]) === group ? [{ pid, fields }] : [];
      } catch {
        // It has ended since the folder was read.
        return [];
      }
    });
}
