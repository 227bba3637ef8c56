/** Writes the folder of a deployment: prepared in a scratch folder, loaded as a proof, then moved into place in one step. */
import { lstat, mkdir, realpath, rename, rm, rmdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { makeDraftFolder, removeAbandonedDrafts, REPLACED } from './draft-folder.ts';
import { keepApp } from './keep-app.ts';
import { keepVersion, makeVersionsFolder, removeEmptyFolders, VERSIONS_KEPT } from './kept-versions.ts';
import { loadDeployment, type LoadOptions } from './load-deployment.ts';
import { withPlacementLock } from './placement-lock.ts';
import { makeFolder } from '../files/make-folder.ts';
import { CommandError } from '../errors/command-error.ts';

/** Where a deployment is written. */
export interface Destination {
  /** The deployments folder. */
  readonly out: string;
  readonly id: string;
  /** Whether an existing deployment with this id is replaced. */
  readonly force: boolean;
  /** How many of the versions that have been replaced are kept; VERSIONS_KEPT by default. */
  readonly keep?: number;
  readonly signal?: AbortSignal;
}

/**
 * Checks that the folder of a deployment can be written.
 * @returns its absolute path
 * @throws {CommandError} when the folder exists and must not be replaced
 */
export async function checkFree({ out, id, force }: Destination): Promise<string> {
  const folder = join(resolve(out), id);
  if (!force && (await exists(folder)))
    throw new CommandError(
      `A deployment with this id already exists in ${folder}; replace it with --force, or choose another --id.`,
    );
  return folder;
}

/**
 * Writes the files of a deployment into a scratch folder, and moves it into place if it can be loaded.
 * @param write writes the files into the folder that it is given
 * @returns the result of `write`
 * @throws {CommandError} when the folder cannot be written; what `write` throws; the signal's reason when it is aborted
 */
export function writeDeployment<Result>(
  destination: Destination,
  write: (draft: string) => Promise<Result>,
): Promise<Result> {
  return placeDeployment(destination, async (draft) => {
    const result = await write(draft);
    await proveDeployment(draft);
    return result;
  });
}

/** Loads the deployment in a scratch folder: whatever is moved into place must load. */
export async function proveDeployment(draft: string, options: LoadOptions = { allowModules: false }): Promise<void> {
  (await loadDeployment(draft, options)).close?.();
}

/** Runs something while no other command replaces the deployment. */
export type WithLock = <Result>(run: () => Promise<Result>) => Promise<Result>;

/**
 * The same as writeDeployment, where `write` ends with proveDeployment, in this thread or another.
 * @param write is also given the lock, for what must not change while it is looked at
 * @param confirm is called with the lock, before anything is moved; if it throws, nothing is
 */
export async function placeDeployment<Result>(
  { out, id, force, keep = VERSIONS_KEPT, signal }: Destination,
  write: (draft: string, withLock: WithLock) => Promise<Result>,
  confirm?: () => Promise<void>,
): Promise<Result> {
  signal?.throwIfAborted();
  const isNew = !(await exists(resolve(out)));
  // Created before the work, which may take long: a folder that cannot be written must be noticed first.
  const scratch = await makeScratch(resolve(out));
  try {
    if (force && keep > 0) await makeVersionsFolder(resolve(out), id);
    const draft = join(scratch, id);
    await mkdir(draft);
    const withLock: WithLock = (run) => withPlacementLock(resolve(out), id, scratch, run);
    const result = await write(draft, withLock);
    signal?.throwIfAborted();
    const folder = join(resolve(out), id);
    await withLock(async () => {
      await confirm?.();
      const before = join(scratch, REPLACED);
      if (force) await keepApp(folder, draft);
      const isReplaced = force && (await replace(draft, folder, before));
      if (!force) await rename(draft, folder);
      await keepVersion(resolve(out), id, isReplaced ? before : undefined, keep);
    });
    return result;
  } catch (error) {
    throw isSystemError(error)
      ? new CommandError(`The deployment cannot be written to ${join(resolve(out), id)} (${error.code}).`)
      : error;
  } finally {
    await rm(scratch, { recursive: true, force: true });
    await removeEmptyFolders(resolve(out), id);
    // Fails unless it is empty.
    if (isNew) await rmdir(resolve(out)).catch(() => undefined);
  }
}

/** Writes a JSON file, indented for people. */
export async function writeJson(path: string, value: object): Promise<void> {
  await writeFile(path, `${JSON.stringify(value, null, 2)}\n`);
}

/** Creates a scratch folder next to the deployments; the engine ignores it because its name begins with a dot. */
async function makeScratch(out: string): Promise<string> {
  try {
    await makeFolder(out);
    await removeAbandonedDrafts(out);
    return await makeDraftFolder(out, 'training');
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new CommandError(`The deployments folder ${out} cannot be written to (${error.code}).`);
  }
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** Whether an error comes from a file operation. */
function isSystemError(error: unknown): error is Error & { code: string } {
  return error instanceof Error && 'syscall' in error && 'code' in error;
}

/**
 * Replaces the folder with the draft by renaming.
 * @returns whether there was a folder; it is in `before` now
 */
async function replace(draft: string, folder: string, before: string): Promise<boolean> {
  const replaced = await moveAside(folder, before);
  try {
    await rename(draft, folder);
  } catch (error) {
    if (replaced) await rename(before, folder);
    throw error;
  }
  return replaced;
}

/** Moves a folder, if there is one; a link leads where it led. */
async function moveAside(folder: string, aside: string): Promise<boolean> {
  const isLink = await lstat(folder).then(
    (stats) => stats.isSymbolicLink(),
    () => undefined,
  );
  const target = isLink && (await realpath(folder).catch(() => undefined));
  const isMoved = await rename(folder, aside).then(
    () => true,
    () => false,
  );
  if (isMoved && target) {
    await rm(aside);
    await symlink(target, aside);
  }
  return isMoved;
}
