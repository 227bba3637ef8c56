/** Puts an archive where it is wanted: written in a draft folder beside its place, and moved there in one step when it is complete. */
import { link, rename, rm, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { makeDraftFolder, removeAbandonedDrafts } from '../../catalogue/draft-folder.ts';
import { makeFolder } from '../../files/make-folder.ts';
import { CommandError } from '../../errors/command-error.ts';

/** Where an archive is written. */
export interface ArchivePlace {
  readonly out: string;
  /** Whether an existing file is replaced. */
  readonly force: boolean;
  readonly signal?: AbortSignal;
  /** The option that names the file; `--out` by default. */
  readonly option?: string;
}

/** An archive in its place, and what was said of it. */
export type PlacedArchive<Content> = Content & {
  /** The absolute path of the archive. */
  readonly path: string;
  readonly bytes: number;
};

/**
 * Writes an archive. Nothing is left behind, and nothing replaced, unless it is complete. What a process that was killed left behind there
 * is removed.
 * @param write writes the file that it is given, in a folder of its own
 * @throws {CommandError} if there is a file already, or none can be written; what `write` throws; the signal's reason when it is aborted
 */
export async function placeArchive<Content extends object>(
  { out, force, signal, option = '--out' }: ArchivePlace,
  write: (draft: string) => Promise<Content>,
): Promise<PlacedArchive<Content>> {
  const path = resolve(out);
  if (!force) await checkFree(path, option);
  const folder = dirname(path);
  const isNew = (await stat(folder).catch(() => undefined)) === undefined;
  const scratch = await makeScratch(path, option);
  try {
    const draft = join(scratch, basename(path));
    const content = await write(draft);
    const { size } = await stat(draft);
    signal?.throwIfAborted();
    await place(draft, path, force, option);
    return { ...content, path, bytes: size };
  } catch (error) {
    throw isSystemError(error) ? toWriteFailure(path, option, error) : error;
  } finally {
    await rm(scratch, { recursive: true, force: true });
    // Fails unless it is empty.
    if (isNew) await rmdir(folder).catch(() => undefined);
  }
}

async function checkFree(path: string, option: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) throw new CommandError(`${path} is a folder; ${option} names the file that is written.`);
  if (found) throw toExists(path, option);
}

function toExists(path: string, option: string): CommandError {
  return new CommandError(`${path} exists; replace it with --force, or choose another file with ${option}.`);
}

/** The archive is written beside its place, so that it can be moved there in one step. */
async function makeScratch(path: string, option: string): Promise<string> {
  try {
    await makeFolder(dirname(path));
    await removeAbandonedDrafts(dirname(path));
    return await makeDraftFolder(dirname(path), 'archive');
  } catch (error) {
    throw isSystemError(error) ? toWriteFailure(path, option, error) : error;
  }
}

async function place(draft: string, path: string, force: boolean, option: string): Promise<void> {
  if (force) return rename(draft, path);
  try {
    // Unlike a rename, fails if there is a file meanwhile.
    await link(draft, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw toExists(path, option);
    // Some file systems have no links.
    await checkFree(path, option);
    await rename(draft, path);
  }
}

function toWriteFailure(path: string, option: string, { code }: NodeJS.ErrnoException): CommandError {
  return new CommandError(`Cannot write ${path} (${String(code)}); choose another file with ${option}.`);
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}
