/** One command at a time replaces a deployment, so that none removes the version that another has just replaced. */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError } from '../errors/command-error.ts';
import { isAbandoned } from './draft-folder.ts';

/** Milliseconds between two attempts, and for all of them: replacing a deployment takes a second at worst. */
const PAUSE = 20;
const PATIENCE = 30_000;

/**
 * Runs while no other process that runs with the lock of this deployment does. The lock of a process that was killed is removed.
 * @param draft the draft folder of this process
 * @throws {CommandError} when the lock stays taken
 */
export async function withPlacementLock<Result>(
  out: string,
  id: string,
  draft: string,
  run: () => Promise<Result>,
): Promise<Result> {
  const lock = join(out, `.lock-${id}`);
  const end = Date.now() + PATIENCE;
  while (!(await take(lock, basename(draft)))) {
    await removeAbandoned(lock, draft);
    if (Date.now() > end)
      throw new CommandError(
        `Another command is replacing deployment ${id}. If none is running, on other machines either, remove ${lock}.`,
      );
    await sleep(PAUSE);
  }
  try {
    return await run();
  } finally {
    await rm(lock, { force: true });
  }
}

/** Whether this process has the lock now. */
async function take(lock: string, owner: string): Promise<boolean> {
  try {
    await writeFile(lock, owner, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Removes the lock of a process that has ended: moved away first, which only one of those that wait can do. */
async function removeAbandoned(lock: string, draft: string): Promise<void> {
  const owner = await readFile(lock, 'utf8').catch(() => '');
  if (isAbandoned(owner)) await rename(lock, join(draft, '.lock')).catch(() => undefined);
}
