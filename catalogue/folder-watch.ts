/**
 * Tells when one of the folders within a folder has changed and come to rest again. It looks, instead of listening:
 * events of the operating system are lost when a folder is replaced by renaming and on file systems across a network, and
 * these are the ways in which deployments arrive.
 */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** How long a look is followed by a rest, in milliseconds; longer where looking takes long. */
const REST_TIME = 200;
/** About a tenth of the time is spent on looking, */
const REST_SHARE = 10;
/** but no rest is longer, in milliseconds: a look also takes long where the process is busy with something else. */
const LONGEST_REST_TIME = 2000;

/** What was last seen of a folder: the names, sizes and times of its files. */
interface Sight {
  readonly signature: string;
  /** Whether the last two looks saw the same. */
  readonly settled: boolean;
}

export class FolderWatch {
  readonly #folder: string;
  readonly #onChange: (name: string) => void;
  readonly #sights = new Map<string, Sight>();
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> = Promise.resolve();
  #closed = false;

  private constructor(folder: string, onChange: (name: string) => void) {
    this.#folder = folder;
    this.#onChange = onChange;
  }

  /**
   * Starts to watch. What is there at the first look is no change.
   * @param onChange is told the name of a folder that is new, has changed or has gone, once two looks saw the same of it
   * @throws when the folder cannot be read
   */
  static async start(folder: string, onChange: (name: string) => void): Promise<FolderWatch> {
    const watch = new FolderWatch(folder, onChange);
    for (const name of await listFolders(folder)) {
      watch.#sights.set(name, { signature: await toSignature(join(folder, name)), settled: true });
    }
    watch.#rest(REST_TIME);
    return watch;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#looking;
  }

  #rest(time: number): void {
    if (this.#closed) return;
    this.#timer = setTimeout(() => {
      const start = performance.now();
      this.#looking = this.#look().finally(() =>
        this.#rest(Math.min(Math.max(REST_TIME, REST_SHARE * (performance.now() - start)), LONGEST_REST_TIME)),
      );
    }, time);
  }

  async #look(): Promise<void> {
    const names = await listFolders(this.#folder).catch(() => undefined);
    // Where the folder itself cannot be read for a while, nothing has gone.
    if (!names) return;
    const present = new Set(names);
    for (const name of new Set([...names, ...this.#sights.keys()])) {
      const signature = present.has(name) ? await toSignature(join(this.#folder, name)) : '';
      if (this.#closed) return;
      this.#see(name, signature);
    }
  }

  #see(name: string, signature: string): void {
    const before = this.#sights.get(name);
    if (before?.signature !== signature) {
      this.#sights.set(name, { signature, settled: false });
    } else if (!before.settled) {
      if (signature === '') this.#sights.delete(name);
      else this.#sights.set(name, { signature, settled: true });
      this.#onChange(name);
    }
  }
}

/** The names of the folders in a folder, links to folders included; those that begin with a dot are not looked at. */
export async function listFolders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.filter((entry) => !entry.isFile() && !entry.name.startsWith('.')).map((entry) => entry.name);
}

/** Something that changes when a file of the folder does; what cannot be read counts as well. */
async function toSignature(folder: string): Promise<string> {
  try {
    const names = await readdir(folder);
    const parts = await Promise.all(names.map((name) => toPart(join(folder, name), name)));
    return `files ${parts.sort().join(' ')}`;
  } catch (error) {
    return `unreadable ${String((error as NodeJS.ErrnoException).code)}`;
  }
}

/** A file's part of it. A link that leads nowhere, as editors leave them, hides no change of the other files. */
async function toPart(path: string, name: string): Promise<string> {
  try {
    const { ino, size, mtimeNs } = await stat(path, { bigint: true });
    return `${name}:${ino}:${size}:${mtimeNs}`;
  } catch (error) {
    return `${name}:unreadable:${String((error as NodeJS.ErrnoException).code)}`;
  }
}
