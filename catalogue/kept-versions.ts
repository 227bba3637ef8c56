/**
 * The versions of deployments that have been replaced: the folder `.versions` of the deployments folder, which the engine ignores, has a
 * folder per deployment, and that has a folder per version, named after the time when it was replaced and its hash.
 */
import { readdir, rename, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { hashFolder } from './hash-folder.ts';
import { makeFolder } from '../files/make-folder.ts';

/** How many replaced versions of a deployment are kept, unless another number is asked for. */
export const VERSIONS_KEPT = 5;
/** The folder of all kept versions, in the deployments folder. */
const FOLDER = '.versions';
const NAME = /^(\d{4}-\d\d-\d\dT)(\d\d)-(\d\d)-(\d\d\.\d{3}Z)_([0-9a-f]{12})$/;

/** A version of a deployment that has been replaced. */
export interface KeptVersion {
  /** The hash of its files, see hashFolder. */
  readonly version: string;
  /** When it was replaced, an ISO date and time in UTC. */
  readonly replacedAt: string;
  readonly folder: string;
}

/** The kept versions of a deployment, the one that was replaced last first. */
export async function listKeptVersions(deployments: string, id: string): Promise<KeptVersion[]> {
  const folder = join(deployments, FOLDER, id);
  const names = await readdir(folder).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  });
  return names
    .flatMap((name) => {
      const [, day, hour, minute, second, version] = NAME.exec(name) ?? [];
      if (version === undefined) return [];
      return [{ version, replacedAt: `${day}${hour}:${minute}:${second}`, folder: join(folder, name) }];
    })
    .sort((a, b) => (a.replacedAt < b.replacedAt ? 1 : -1));
}

/** Creates the folder for the versions of a deployment. */
export async function makeVersionsFolder(deployments: string, id: string): Promise<void> {
  await makeFolder(join(deployments, FOLDER, id));
}

/** Removes the folder for the versions of a deployment, and that of all, where they are empty. */
export async function removeEmptyFolders(deployments: string, id: string): Promise<void> {
  for (const folder of [join(deployments, FOLDER, id), join(deployments, FOLDER)])
    await rmdir(folder).catch(() => undefined);
}

/**
 * Moves a version that has been replaced to the kept ones. A version is kept once, and not beside the same one in its place; the oldest
 * are removed.
 * @param replaced the folder with its files, or undefined if nothing was replaced
 * @param keep how many versions are kept
 */
export async function keepVersion(
  deployments: string,
  id: string,
  replaced: string | undefined,
  keep: number,
): Promise<void> {
  if (replaced !== undefined) {
    const [last] = await listKeptVersions(deployments, id);
    // The order is that of the replacements, even if the clock is set back.
    const time = Math.max(Date.now(), last ? Date.parse(last.replacedAt) + 1 : 0);
    const name = `${new Date(time).toISOString().replaceAll(':', '-')}_${await hashFolder(replaced)}`;
    await makeVersionsFolder(deployments, id);
    await rename(replaced, join(deployments, FOLDER, id, name));
  }
  const known = new Set([await hashFolder(join(deployments, id))]);
  for (const { version, folder } of await listKeptVersions(deployments, id)) {
    if (known.has(version) || known.size > keep) await rm(folder, { recursive: true, force: true });
    else known.add(version);
  }
}
