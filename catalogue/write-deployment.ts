/** Writes the folder of a deployment: it is made aside, loaded to prove it, and appears whole or not at all. */
import { mkdir, mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { loadDeployment } from './load-deployment.ts';
import { makeFolder } from './make-folder.ts';
import { CommandError } from '../errors/command-error.ts';

/** Where a deployment goes. */
export interface Destination {
  /** The folder of the deployments. */
  readonly out: string;
  readonly id: string;
  /** Whether a deployment with this id is replaced. */
  readonly force: boolean;
  readonly signal?: AbortSignal;
}

/**
 * The folder that a deployment will have, as an absolute path.
 * @throws {CommandError} where it is taken
 */
export async function checkFree({ out, id, force }: Destination): Promise<string> {
  const folder = join(resolve(out), id);
  const taken = await stat(folder).then(
    () => true,
    () => false,
  );
  if (taken && !force)
    throw new CommandError(`${folder} is there already; --force replaces the deployment, --id names another.`);
  return folder;
}

/**
 * Has the files of a deployment written into a folder aside, and moves that into place.
 * @param write writes them; its result is given back
 * @throws {CommandError} where the folder cannot be written; what `write` throws; the signal's reason when it is aborted
 */
export async function writeDeployment<Result>(
  { out, id, force, signal }: Destination,
  write: (draft: string) => Promise<Result>,
): Promise<Result> {
  // Made before the work, which may take long: what cannot be written is not learned.
  const scratch = await makeScratch(resolve(out));
  try {
    const draft = join(scratch, id);
    await mkdir(draft);
    const result = await write(draft);
    // What is moved into place is what the engine will load.
    await loadDeployment(draft, { allowModules: false });
    signal?.throwIfAborted();
    const folder = join(resolve(out), id);
    if (force) await replace(draft, folder, join(scratch, 'before'));
    else await rename(draft, folder);
    return result;
  } catch (error) {
    throw isSystemError(error)
      ? new CommandError(`${join(resolve(out), id)} cannot be written (${error.code}).`)
      : error;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Writes a file of JSON, for programs and for people. */
export async function writeJson(path: string, value: object): Promise<void> {
  await writeFile(path, `${JSON.stringify(value, null, 2)}\n`);
}

/** A folder beside the deployments, in which the new one is made; the engine ignores it for its name. */
async function makeScratch(out: string): Promise<string> {
  try {
    await makeFolder(out);
    return await mkdtemp(join(out, '.training-'));
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new CommandError(`${out} cannot be written to (${error.code}); --out names another folder for deployments.`);
  }
}

/** Whether the operating system failed to do something with a file. */
function isSystemError(error: unknown): error is Error & { code: string } {
  return error instanceof Error && 'syscall' in error && 'code' in error;
}

/** The draft takes the folder's place by renaming; what was there before, if anything, goes with the scratch folder. */
async function replace(draft: string, folder: string, before: string): Promise<void> {
  const replaced = await rename(folder, before).then(
    () => true,
    () => false,
  );
  try {
    await rename(draft, folder);
  } catch (error) {
    if (replaced) await rename(before, folder);
    throw error;
  }
}
