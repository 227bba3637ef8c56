/**
 * Reports when a subfolder has changed and settled again. It polls: file system events get lost when a folder is replaced by
 * renaming and on network file systems, and both are common ways to deploy.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { signFolder, type SignFolder } from './sign-folder.ts';

/** The pause between two scans, in milliseconds. Where a scan takes long, the pause is longer: */
const MIN_PAUSE = 200;
/** this many times the duration of the scan, so that scanning takes at most about a tenth of the time, */
const PAUSE_FACTOR = 10;
/** but never longer than this, in milliseconds: a scan also takes long when the process is busy with something else. */
const MAX_PAUSE = 2000;

/** After how many scans a folder that never settles, or has been missing in each of them, is reported all the same. */
const MAX_RESTLESS = 10;

/** What the last scan saw of a folder. */
interface Snapshot {
  /** The names, inodes, sizes, times and permissions of its files. */
  readonly signature: string;
  /** Whether the last two scans saw the same. */
  readonly settled: boolean;
  /** The number of scans since the last report that saw something new. */
  readonly restless: number;
  /** The number of scans in a row that saw nothing of it. */
  readonly missed: number;
}

/** What is reported of a folder: two scans saw the same; many did not; or it no longer exists. */
export type FolderChange = 'settled' | 'unsettled' | 'gone';

export interface FolderWatchEvents {
  /** A subfolder is new, changed or gone. */
  onChange(name: string, change: FolderChange): void;
  /** The folder itself cannot be read any more, or can be read again. */
  onFolder?(problem: string | undefined): void;
}

export class FolderWatch {
  readonly #folder: string;
  readonly #events: FolderWatchEvents;
  readonly #sign: SignFolder;
  #problem: string | undefined;
  readonly #snapshots = new Map<string, Snapshot>();
  /** How often in a row a subfolder has changed while it was read. */
  readonly #spoiled = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #scanning: Promise<void> = Promise.resolve();
  #closed = false;

  private constructor(folder: string, events: FolderWatchEvents, sign: SignFolder) {
    this.#folder = folder;
    this.#events = events;
    this.#sign = sign;
  }

  /** The code of the error with which the folder itself cannot be read at present. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /**
   * Starts to watch. Folders that exist at the start are not reported.
   * @param sign what is watched of a subfolder: by default its files, not those in folders of its own, and not its web application
   * @throws when the folder cannot be read
   */
  static async start(folder: string, events: FolderWatchEvents, sign: SignFolder = signFolder): Promise<FolderWatch> {
    const watch = new FolderWatch(folder, events, sign);
    for (const name of await listFolders(folder)) {
      const { text, isGone } = await sign(join(folder, name));
      if (!isGone) watch.#snapshots.set(name, { signature: text, settled: true, restless: 0, missed: 0 });
    }
    watch.#schedule(MIN_PAUSE);
    return watch;
  }

  /**
   * Call it before reading a subfolder.
   * @returns a function to call if what was read is invalid; it tells whether that is final. If the subfolder has changed since it settled,
   * it is not: the subfolder will be reported once more, though not forever.
   */
  observe(name: string): () => Promise<boolean> {
    const before = this.#snapshots.get(name);
    const spoiled = this.#spoiled.get(name) ?? 0;
    this.#spoiled.delete(name);
    return async () => {
      const { text } = await this.#sign(join(this.#folder, name));
      const now = this.#snapshots.get(name);
      const isSame = before?.settled && now?.settled && before.signature === now.signature && before.signature === text;
      if (isSame || spoiled >= MAX_RESTLESS) return true;
      this.#spoiled.set(name, spoiled + 1);
      if (now) this.#snapshots.set(name, { ...now, settled: false });
      return false;
    };
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
    const names = await listFolders(this.#folder).catch((error: unknown) => {
      this.#setProblem(String((error as NodeJS.ErrnoException).code));
    });
    // While the folder itself cannot be read, its subfolders are not taken for removed.
    if (!names) return;
    this.#setProblem(undefined);
    for (const name of new Set([...names, ...this.#snapshots.keys()])) {
      const signature = await this.#sign(join(this.#folder, name));
      if (this.#closed) return;
      if (signature.isGone) this.#miss(name, signature.text);
      else this.#compare(name, signature.text);
    }
  }

  #compare(name: string, signature: string): void {
    const before = this.#snapshots.get(name);
    const snapshot = { signature, restless: 0, missed: 0 };
    if (before?.signature !== signature) {
      const restless = (before?.restless ?? 0) + 1;
      const isReported = restless >= MAX_RESTLESS;
      this.#snapshots.set(name, { ...snapshot, settled: false, restless: isReported ? 0 : restless });
      if (isReported) this.#events.onChange(name, 'unsettled');
    } else if (!before.settled) {
      this.#snapshots.set(name, { ...snapshot, settled: true });
      this.#events.onChange(name, 'settled');
    }
  }

  #miss(name: string, signature: string): void {
    const before = this.#snapshots.get(name);
    if (!before) return;
    const missed = before.missed + 1;
    if (before.signature === signature || missed >= MAX_RESTLESS) {
      this.#snapshots.delete(name);
      this.#events.onChange(name, 'gone');
    } else {
      this.#snapshots.set(name, { signature, settled: false, restless: before.restless + 1, missed });
    }
  }

  #setProblem(problem: string | undefined): void {
    if (this.#closed || problem === this.#problem) return;
    this.#problem = problem;
    this.#events.onFolder?.(problem);
  }
}

/** The names of the subfolders of a folder, links to folders included, without those that begin with a dot. */
export async function listFolders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.filter((entry) => !entry.isFile() && !entry.name.startsWith('.')).map((entry) => entry.name);
}
