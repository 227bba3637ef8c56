/**
 * The folders in which deployments and archives are prepared, next to the place where they go. Their names say which process they belong
 * to: its number, when it was started, and where it runs. So those of a process that was killed can be told from all others, and are
 * removed by the next one: never one of a process that may be alive, of another machine or container on the same volume, or of the user.
 */
import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { hostname, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { keepVersion, VERSIONS_KEPT } from './kept-versions.ts';

/** The deployment that a draft replaces is kept under this name, which no deployment can have. */
export const REPLACED = '.before';
const NAME = /^\.(?:training|archive)-([0-9a-f]{16})-(\d+)-(\d+)-\w{6}$/;

/** Creates a draft folder in another one; the folder of the deployments ignores names that begin with a dot. */
export function makeDraftFolder(out: string, kind: 'training' | 'archive'): Promise<string> {
  const started = findStart(process.pid) ?? '0';
  return mkdtemp(join(out, `.${kind}-${identifyPlace()}-${process.pid}-${started}-`));
}

/**
 * Removes the draft folders that processes left behind here when they were killed. If one was replacing a deployment at that
 * moment, the deployment is restored, or kept as a version if the new one is in its place. What cannot be removed stays.
 */
export async function removeAbandonedDrafts(out: string): Promise<void> {
  const names = await readdir(out).catch(() => []);
  for (const name of names) {
    if (!isAbandoned(name)) continue;
    try {
      await restoreReplaced(join(out, name), out);
      await rm(join(out, name), { recursive: true, force: true });
    } catch {
      // It may belong to another user, or another process may be removing it.
    }
  }
}

/** Whether a draft folder of this name belongs to a process that was here and has ended. */
export function isAbandoned(name: string): boolean {
  const [, owner, pid, started] = NAME.exec(name) ?? [];
  return owner === identifyPlace() && isDead(Number(pid), started as string);
}

/** Moves the deployment that a draft was about to replace back into place; if there is one, to the kept versions. */
async function restoreReplaced(draft: string, out: string): Promise<void> {
  const names = await readdir(draft);
  const id = names.find((name) => !name.startsWith('.'));
  if (!names.includes(REPLACED) || id === undefined) return;
  try {
    await rename(join(draft, REPLACED), join(out, id));
  } catch (error) {
    // Otherwise a deployment is there, which is newer.
    if (!['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    await keepVersion(out, id, join(draft, REPLACED), VERSIONS_KEPT);
  }
}

/** Whether a process that was here has ended: there is none of this number, or it was started at another time. */
function isDead(pid: number, started: string): boolean {
  const now = findStart(pid);
  if (now !== undefined) return started !== '0' && now !== started;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/**
 * When a process was started, in ticks since the system was (proc_pid_stat(5), field 22); undefined where the system does not say. A
 * process that has ended but was not waited for was started never.
 */
function findStart(pid: number): string | undefined {
  try {
    // The name of the program, in parentheses, may contain anything.
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').replace(/^.*\)/s, '').trim().split(' ');
    return /^[ZX]/.test(fields[0] as string) ? 'never' : fields[19];
  } catch {
    return undefined;
  }
}

let known: string | undefined;

/**
 * Identifies what process numbers refer to: on Linux a start of the system and a PID namespace, as containers have them; elsewhere the
 * machine.
 */
function identifyPlace(): string {
  known ??= createHash('sha256').update(describePlace().join('\n')).digest('hex').slice(0, 16);
  return known;
}

function describePlace(): string[] {
  try {
    return [readFileSync('/proc/sys/kernel/random/boot_id', 'latin1'), readlinkSync('/proc/self/ns/pid')];
  } catch {
    const addresses = Object.values(networkInterfaces()).flatMap((list = []) => list.map(({ mac }) => mac));
    return [hostname(), ...new Set(addresses.sort())];
  }
}
