/**
 * Reports when a subfolder has changed and settled again. It polls: file system events get lost when a folder is replaced by
 * renaming and on network file systems, and both are common ways to deploy.
 */
import type { BigIntStats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { APP_FOLDER, MAX_APP_DEPTH, MAX_APP_FILES } from './load-app.ts';

/** The pause between two scans, in milliseconds. Where a scan takes long, the pause is longer: */
const MIN_PAUSE = 200;
/** this many times the duration of the scan, so that scanning takes at most about a tenth of the time, */
const PAUSE_FACTOR = 10;
/** but never longer than this, in milliseconds: a scan also takes long when the process is busy with something else. */
const MAX_PAUSE = 2000;

/** After how many scans a folder that never settles is reported all the same. */
const MAX_RESTLESS = 10;

/** What the last scan saw of a folder. */
interface Snapshot {
  /** The names, inodes, sizes, times and permissions of its files. */
  readonly signature: string;
  /** Whether the last two scans saw the same. */
  readonly settled: boolean;
  /** The number of scans since the last report that saw something new. */
  readonly restless: number;
}

export interface FolderWatchEvents {
  /** A subfolder is new, changed or gone: once two scans saw the same, or, not settled, after many that did not. */
  onChange(name: string, isSettled: boolean): void;
  /** The folder itself cannot be read any more, or can be read again. */
  onFolder?(problem: string | undefined): void;
}

/** A text that changes whenever what is watched of a subfolder changes. */
export type SignFolder = (folder: string) => Promise<string>;

export class FolderWatch {
  readonly #folder: string;
  readonly #events: FolderWatchEvents;
  readonly #sign: SignFolder;
  #problem: string | undefined;
  readonly #snapshots = new Map<string, Snapshot>();
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
      const signature = await sign(join(folder, name));
      watch.#snapshots.set(name, { signature, settled: true, restless: 0 });
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
    const names = await listFolders(this.#folder).catch((error: unknown) => {
      this.#setProblem(String((error as NodeJS.ErrnoException).code));
    });
    // While the folder itself cannot be read, its subfolders are not taken for removed.
    if (!names) return;
    this.#setProblem(undefined);
    const present = new Set(names);
    for (const name of new Set([...names, ...this.#snapshots.keys()])) {
      const signature = present.has(name) ? await this.#sign(join(this.#folder, name)) : '';
      if (this.#closed) return;
      this.#compare(name, signature);
    }
  }

  #compare(name: string, signature: string): void {
    const before = this.#snapshots.get(name);
    if (before?.signature !== signature) {
      const restless = (before?.restless ?? 0) + 1;
      const isReported = restless >= MAX_RESTLESS && signature !== '';
      this.#snapshots.set(name, { signature, settled: false, restless: isReported ? 0 : restless });
      if (isReported) this.#events.onChange(name, false);
    } else if (!before.settled) {
      if (signature === '') this.#snapshots.delete(name);
      else this.#snapshots.set(name, { signature, settled: true, restless: 0 });
      this.#events.onChange(name, true);
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

/** A text that changes whenever a file of the folder changes, or its permissions do, or can or cannot be read any more. */
async function signFolder(folder: string): Promise<string> {
  try {
    const names = await readdir(folder);
    const parts = await Promise.all(names.map((name) => signEntry(join(folder, name), name)));
    return `files ${parts.sort().join(' ')}`;
  } catch (error) {
    return signFailure(error);
  }
}

/** One entry's part of the signature. A dangling link, as editors leave them, must not hide changes of other files. */
async function signEntry(path: string, name: string): Promise<string> {
  try {
    const stats = await stat(path, { bigint: true });
    // The application is watched for itself: the model need not be loaded again when it changes.
    return name === APP_FOLDER && stats.isDirectory() ? '' : `${name}:${signStats(stats)}`;
  } catch (error) {
    return `${name}:${signFailure(error)}`;
  }
}

/**
 * Signs the web application in the folder of a deployment: all of its folders, and not the deployment's own files. Of one that has too
 * many files to be served, some do.
 */
export async function signApp(folder: string): Promise<string> {
  const parts: string[] = [];
  const visit = async (path: string, depth: number): Promise<void> => {
    try {
      const stats = await stat(path, { bigint: true });
      parts.push(`${path}:${signStats(stats)}`);
      if (!stats.isDirectory() || depth > MAX_APP_DEPTH) return;
      for (const name of (await readdir(path)).sort()) {
        if (parts.length > 2 * MAX_APP_FILES) return;
        await visit(join(path, name), depth + 1);
      }
    } catch (error) {
      parts.push(`${path}:${signFailure(error)}`);
    }
  };
  await visit(join(folder, APP_FOLDER), 0);
  return parts.join(' ');
}

function signStats({ ino, size, mtimeNs, ctimeNs, mode }: BigIntStats): string {
  return `${ino}:${size}:${mtimeNs}:${ctimeNs}:${mode}`;
}

function signFailure(error: unknown): string {
  return `unreadable:${String((error as NodeJS.ErrnoException).code)}`;
}
