/**
 * Reports when a subfolder has changed and settled again. It polls: file system events get lost when a folder is replaced by
 * renaming and on network file systems, and both are common ways to deploy.
 */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** The pause between two scans, in milliseconds. Where a scan takes long, the pause is longer: */
const MIN_PAUSE = 200;
/** this many times the duration of the scan, so that scanning takes at most about a tenth of the time, */
const PAUSE_FACTOR = 10;
/** but never longer than this, in milliseconds: a scan also takes long when the process is busy with something else. */
const MAX_PAUSE = 2000;

/** What the last scan saw of a folder. */
interface Snapshot {
  /** The names, inodes, sizes and times of its files. */
  readonly signature: string;
  /** Whether the last two scans saw the same. */
  readonly settled: boolean;
}

export class FolderWatch {
  readonly #folder: string;
  readonly #onChange: (name: string) => void;
  readonly #snapshots = new Map<string, Snapshot>();
  #timer: NodeJS.Timeout | undefined;
  #scanning: Promise<void> = Promise.resolve();
  #closed = false;

  private constructor(folder: string, onChange: (name: string) => void) {
    this.#folder = folder;
    this.#onChange = onChange;
  }

  /**
   * Starts to watch. Folders that exist at the start are not reported.
   * @param onChange is called with the name of a folder that is new, changed or gone, once two scans saw the same
   * @throws when the folder cannot be read
   */
  static async start(folder: string, onChange: (name: string) => void): Promise<FolderWatch> {
    const watch = new FolderWatch(folder, onChange);
    for (const name of await listFolders(folder)) {
      watch.#snapshots.set(name, { signature: await toSignature(join(folder, name)), settled: true });
    }
    watch.#schedule(MIN_PAUSE);
    return watch;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#scanning;
  }

  #schedule(pause: number): void {
    if (this.#closed) return;
    this.#timer = setTimeout(() => {
      const start = performance.now();
      this.#scanning = this.#scan().finally(() =>
        this.#schedule(Math.min(Math.max(MIN_PAUSE, PAUSE_FACTOR * (performance.now() - start)), MAX_PAUSE)),
      );
    }, pause);
  }

  async #scan(): Promise<void> {
    const names = await listFolders(this.#folder).catch(() => undefined);
    // While the folder itself cannot be read, its subfolders are not taken for removed.
    if (!names) return;
    const present = new Set(names);
    for (const name of new Set([...names, ...this.#snapshots.keys()])) {
      const signature = present.has(name) ? await toSignature(join(this.#folder, name)) : '';
      if (this.#closed) return;
      this.#compare(name, signature);
    }
  }

  #compare(name: string, signature: string): void {
    const before = this.#snapshots.get(name);
    if (before?.signature !== signature) {
      this.#snapshots.set(name, { signature, settled: false });
    } else if (!before.settled) {
      if (signature === '') this.#snapshots.delete(name);
      else this.#snapshots.set(name, { signature, settled: true });
      this.#onChange(name);
    }
  }
}

/** The names of the subfolders of a folder, links to folders included, without those that begin with a dot. */
export async function listFolders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.filter((entry) => !entry.isFile() && !entry.name.startsWith('.')).map((entry) => entry.name);
}

/** A text that changes whenever a file of the folder changes, or can or cannot be read any more. */
async function toSignature(folder: string): Promise<string> {
  try {
    const names = await readdir(folder);
    const parts = await Promise.all(names.map((name) => toPart(join(folder, name), name)));
    return `files ${parts.sort().join(' ')}`;
  } catch (error) {
    return `unreadable ${String((error as NodeJS.ErrnoException).code)}`;
  }
}

/** One file's part of the signature. A dangling link, as editors leave them, must not hide changes of other files. */
async function toPart(path: string, name: string): Promise<string> {
  try {
    const { ino, size, mtimeNs } = await stat(path, { bigint: true });
    return `${name}:${ino}:${size}:${mtimeNs}`;
  } catch (error) {
    return `${name}:unreadable:${String((error as NodeJS.ErrnoException).code)}`;
  }
}
