/** CPU time, memory and file descriptors of a server and the processes that it started, read from /proc on Linux; undefined elsewhere. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** CPU time of a process group since it started, over all threads, in seconds. */
export interface ProcessorTime {
  readonly used: number;
  /** How long threads were ready to run but had no core. */
  readonly waited: number;
}

/** Current memory of a process group, and the sum of the peaks of its processes, in megabytes. */
export interface Memory {
  readonly rss: number;
  readonly peak: number;
}

/** Reads how long each thread has run and waited: the first fields of its schedstat, in nanoseconds (Linux' sched-stats). */
export function readProcessorTime(group: number): ProcessorTime | undefined {
  if (!existsSync('/proc/self/schedstat')) return undefined;
  const threads = readGroup(group).flatMap((pid) =>
    readdirSync(`/proc/${pid}/task`).map((thread) => readLive(`/proc/${pid}/task/${thread}/schedstat`).split(' ')),
  );
  const sum = (field: number) => threads.reduce((total, fields) => total + Number(fields[field] ?? 0), 0) / 1e9;
  return { used: sum(0), waited: sum(1) };
}

/** Reads the resident memory of each process and its peak (VmHWM, proc(5)). */
export function readMemory(group: number): Memory | undefined {
  if (process.platform !== 'linux') return undefined;
  const statuses = readGroup(group).map((pid) => readLive(`/proc/${pid}/status`));
  const sum = (name: string) =>
    statuses.reduce((total, text) => total + Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(text)?.[1] ?? 0), 0) /
    1024;
  return { rss: sum('VmRSS'), peak: sum('VmHWM') };
}

/** Counts the open file descriptors of a process group. */
export function countDescriptors(group: number): number | undefined {
  if (process.platform !== 'linux') return undefined;
  return readGroup(group).reduce((total, pid) => total + listLive(`/proc/${pid}/fd`).length, 0);
}

/** Lists the ids of the processes of a group. In stat, the name is followed by state, parent and group. */
export function readGroup(group: number): string[] {
  return readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    const text = readLive(`/proc/${name}/stat`);
    return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[2]) === group;
  });
}

/** Reads a file of /proc; returns an empty text if its process has ended meanwhile. */
function readLive(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Lists a folder of /proc; empty if its process has ended meanwhile. */
function listLive(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
