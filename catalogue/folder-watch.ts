/**
 * Reports when a subfolder has changed and settled again. It polls: file system events get lost when a folder is replaced by
 * renaming and on network file systems, and both are common ways to deploy.
 */
import type { BigIntStats } from 'node:fs';
import { lstat, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { APP_FOLDER, MAX_APP_DEPTH, MAX_APP_FILES } from './load-app.ts';

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

/** What is watched of a subfolder. */
export interface Signature {
  /** A text that changes whenever it changes. */
  readonly text: string;
  readonly isGone: boolean;
}

export type SignFolder = (folder: string) => Promise<Signature>;

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
      const { text, isGone } = await sign(join(folder, name));
      if (!isGone) watch.#snapshots.set(name, { signature: text, settled: true, restless: 0, missed: 0 });
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

/** Signs the files of a folder: whether one changes, or its permissions do, or it becomes readable or unreadable. */
async function signFolder(folder: string): Promise<Signature> {
  try {
    const names = await readdir(folder);
    const parts = await Promise.all(names.map((name) => signEntry(join(folder, name), name)));
    return { text: `files ${parts.sort().join(' ')}`, isGone: false };
  } catch (error) {
    return isMissing(error) ? signMissing(folder) : { text: signFailure(error), isGone: false };
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
export async function signApp(folder: string): Promise<Signature> {
  const app = join(folder, APP_FOLDER);
  try {
    // A file of that name belongs to the model.
    if ((await stat(app)).isFile()) return await signMissing(app);
  } catch (error) {
    if (isMissing(error)) return signLink(app);
  }
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
  await visit(app, 0);
  return { text: parts.join(' '), isGone: false };
}

/** Signs a link that leads nowhere, which is a broken application; without one there is none. */
async function signLink(app: string): Promise<Signature> {
  try {
    return { text: `link ${signStats(await lstat(app, { bigint: true }))}`, isGone: false };
  } catch {
    return signMissing(app);
  }
}

/**
 * Signs what is not there, by the folder around it. Whoever replaces a folder by renaming moves the old one away first: two scans may both
 * come at such a moment, and only if nothing has been moved between them, the folder is gone.
 */
async function signMissing(path: string): Promise<Signature> {
  const around = dirname(path);
  const stats = await stat(around, { bigint: true })
    .catch(() => stat(dirname(around), { bigint: true }))
    .catch(() => undefined);
  return { text: `missing ${stats ? signStats(stats) : ''}`, isGone: true };
}

function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(String((error as NodeJS.ErrnoException).code));
}

function signStats({ ino, size, mtimeNs, ctimeNs, mode }: BigIntStats): string {
  return `${ino}:${size}:${mtimeNs}:${ctimeNs}:${mode}`;
}

function signFailure(error: unknown): string {
  return `unreadable:${String((error as NodeJS.ErrnoException).code)}`;
}
