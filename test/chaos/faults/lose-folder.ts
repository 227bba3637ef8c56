/** Takes the folder of the deployments away, or replaces deployments in it all the time. */
import { cp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Moves a folder away.
 * @returns puts it back
 */
export async function loseFolder(folder: string): Promise<() => Promise<void>> {
  const aside = `${folder}-lost`;
  await rename(folder, aside);
  return () => rename(aside, folder);
}

/**
 * Replaces a deployment by a copy of itself, twenty times a second.
 * @returns how often it was replaced
 */
export async function keepReplacing(folder: string, id: string, seconds: number): Promise<number> {
  const end = performance.now() + seconds * 1000;
  let count = 0;
  for (; performance.now() < end; count++) {
    const [fresh, old] = [join(folder, `.${id}-new`), join(folder, `.${id}-old`)];
    await cp(join(folder, id), fresh, { recursive: true });
    await rename(join(folder, id), old);
    await rename(fresh, join(folder, id));
    await rm(old, { recursive: true });
    await sleep(50);
  }
  return count;
}
