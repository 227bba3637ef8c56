/** Changes a file of API keys as a whole: an engine that reads it meanwhile sees the keys before or after. */
import { lstat, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { CommandError } from '../../errors/command-error.ts';
import { readTextFile } from '../../files/read-text-file.ts';
import { formatKeyFile, parseKeyFile, type StoredKey } from './key-file.ts';

/** Milliseconds after which what another command has left of an unfinished change is removed. */
const STALE = 10_000;

/**
 * Reads a key file.
 * @throws {CommandError} that says why it cannot be read
 */
export async function readKeyFile(path: string): Promise<StoredKey[]> {
  let text: string;
  try {
    text = await readTextFile(path);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new CommandError(`${path} cannot be read (${code ?? message}).`, { cause });
  }
  try {
    return parseKeyFile(text);
  } catch (cause) {
    throw new CommandError(`${path} is not a file of API keys: ${(cause as Error).message}.`, { cause });
  }
}

/**
 * Changes a key file, or makes one that only its owner can read; its owner and permissions stay.
 * @throws {CommandError} that says why it cannot be changed; then it is as it was
 */
export async function changeKeyFile(path: string, change: (keys: readonly StoredKey[]) => StoredKey[]): Promise<void> {
  const isThere = await lstat(path).then(
    () => true,
    () => false,
  );
  const place = isThere ? await realpath(path) : path;
  const draft = `${place}.new`;
  await removeStale(draft);
  try {
    // The draft is also the lock: a second command that runs meanwhile cannot make it.
    const file = await open(draft, 'wx', 0o600);
    try {
      const keys = change(isThere ? await readKeyFile(place) : []);
      if (isThere) {
        const { mode, uid, gid } = await stat(place);
        await file.chmod(mode & 0o777);
        await file.chown(uid, gid).catch(() => undefined);
      }
      await file.writeFile(formatKeyFile(keys));
      await file.sync();
      await rename(draft, place);
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof CommandError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw new CommandError(`${path} is being changed by another command; try again.`);
    throw new CommandError(`${path} cannot be written (${code}).`, { cause: error });
  }
}

async function removeStale(draft: string): Promise<void> {
  const found = await stat(draft).catch(() => undefined);
  if (found && Date.now() - found.mtimeMs > STALE) await rm(draft, { force: true });
}
