/**
 * Appends records to a spool. Those that arrive while others are being written are written together, with one fsync; each append
 * resolves when its records are on disk. An error leaves nothing half written: the file is cut back, and not used any more.
 */
import { existsSync } from 'node:fs';
import { appendFile, rm, type FileHandle } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { listDeadLetters } from './dead-letters.ts';
import { readProgress, toOffset } from './progress.ts';
import { splitLines } from './record-line.ts';
import {
  closeSegment,
  listSegments,
  makeSpoolFolder,
  openSegment,
  readSegment,
  removeSegment,
  toSpoolPaths,
  type Segment,
} from './spool-folder.ts';

/** What a spool needs to know. */
export interface SpoolSettings {
  readonly folder: string;
  /** How long a group of records gathers before it is written, in milliseconds; with 0, while the previous one is written. */
  readonly gather: number;
  /** About how many bytes it may have. */
  readonly maxBytes: number;
  /** What happens to new records when it has as many. */
  readonly whenFull: 'refuse' | 'drop_oldest';
  /** The names of the sinks that read it. */
  readonly sinks: readonly string[];
}

/** Records that were not accepted: the spool is full, or cannot be written (the cause says why). */
export class SpoolError extends Error {
  readonly problem: 'full' | 'unwritable';

  constructor(problem: 'full' | 'unwritable', options?: { readonly cause: unknown }) {
    super(`the spool is ${problem}`, options);
    this.problem = problem;
  }
}

/** A segment is closed when it has so many bytes, or an eighth of what the spool may have. */
const SEGMENT_BYTES = 2 ** 23;
/** The size of the folder is looked up again after this share of what it may have was appended. */
const SHARE = 64;
/** A full spool is not looked at again before so many milliseconds. */
const PAUSE = 100;

interface OwnSegment {
  readonly path: string;
  readonly file: FileHandle;
  /** The bytes that were accepted. */
  length: number;
}

interface Waiting {
  readonly lines: Uint8Array;
  readonly resolve: () => void;
  readonly reject: (error: SpoolError) => void;
}

export class Spool {
  readonly #settings: SpoolSettings;
  readonly #onDropped: (records: number) => void;
  #waiting: Waiting[] = [];
  #flushing: Promise<void> | undefined;
  #segment: OwnSegment | undefined;
  /** The bytes in the folder when it was last looked at, and those appended since; undefined if it has to be looked at. */
  #bytes: { readonly found: number; appended: number; readonly at: number } | undefined;

  private constructor(settings: SpoolSettings, onDropped: (records: number) => void) {
    this.#settings = settings;
    this.#onDropped = onDropped;
  }

  /**
   * Opens a spool, and makes its folder.
   * @param onDropped called with the number of records that were dropped to make room
   */
  static async open(settings: SpoolSettings, onDropped: (records: number) => void = () => undefined): Promise<Spool> {
    await makeSpoolFolder(settings.folder);
    return new Spool(settings, onDropped);
  }

  /**
   * Appends lines of records (record-line.ts); resolves when they are on disk.
   * @throws {SpoolError} when they are not, and will not be sent
   */
  append(lines: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ lines, resolve, reject });
      this.#flushing ??= this.#flush();
    });
  }

  /** Waits for what is being written, and closes the segment. */
  async close(): Promise<void> {
    await this.#flushing;
    await this.#leaveSegment();
  }

  async #flush(): Promise<void> {
    while (this.#waiting.length > 0) {
      if (this.#settings.gather > 0) await sleep(this.#settings.gather);
      const group = this.#waiting;
      this.#waiting = [];
      await this.#write(group);
    }
    this.#flushing = undefined;
  }

  /** Writes a group. Never throws. */
  async #write(group: readonly Waiting[]): Promise<void> {
    let fitting: readonly Waiting[];
    try {
      fitting = await this.#fit(group);
      if (fitting.length > 0) await this.#writeLines(Buffer.concat(fitting.map(({ lines }) => lines)));
    } catch (cause) {
      for (const { reject } of group) reject(new SpoolError('unwritable', { cause }));
      return;
    }
    const written = new Set(fitting);
    for (const one of group) {
      if (written.has(one)) one.resolve();
      else one.reject(new SpoolError('full'));
    }
  }

  async #writeLines(bytes: Buffer): Promise<void> {
    for (;;) {
      const segment = await this.#toSegment(bytes.length);
      try {
        for (let written = 0; written < bytes.length;)
          written += (await segment.file.write(bytes, written, bytes.length - written, segment.length + written))
            .bytesWritten;
        await segment.file.datasync();
      } catch (error) {
        await this.#abandon(segment);
        throw error;
      }
      // Someone closes or removes it, and may have read it before these records were there.
      if (existsSync(segment.path)) {
        segment.length += bytes.length;
        if (this.#bytes) this.#bytes.appended += bytes.length;
        return;
      }
      await this.#leaveSegment();
    }
  }

  async #toSegment(length: number) {
    const most = Math.min(SEGMENT_BYTES, this.#settings.maxBytes / 8);
    const segment = this.#segment;
    const isTooLarge = segment && segment.length > 0 && segment.length + length > most;
    // After a pause it has often been closed: its records would be found twice if they were written to it first.
    if (segment && (isTooLarge || !existsSync(segment.path))) await this.#leaveSegment();
    this.#segment ??= { ...(await openSegment(this.#settings.folder)), length: 0 };
    return this.#segment;
  }

  /** Leaves a segment to the senders. */
  async #leaveSegment(): Promise<void> {
    const segment = this.#segment;
    this.#segment = undefined;
    if (!segment) return;
    await segment.file.close().catch(() => undefined);
    await closeSegment({ name: '', path: segment.path, isOpen: true, size: segment.length }).catch(() => undefined);
  }

  /** Cuts a segment back to what was accepted. After a failed fsync, no one knows what later ones would say of it (Linux). */
  async #abandon({ path, file, length }: OwnSegment): Promise<void> {
    await file.truncate(length).catch(() => undefined);
    await this.#leaveSegment();
    if (length === 0) await rm(path.replace(/open$/, 'closed'), { force: true }).catch(() => undefined);
    this.#bytes = undefined;
  }

  /** Those of a group for which there is room, after making some if that is wanted. */
  async #fit(group: readonly Waiting[]): Promise<readonly Waiting[]> {
    const total = group.reduce((sum, { lines }) => sum + lines.length, 0);
    let free = await this.#findFree(total);
    if (this.#settings.whenFull === 'drop_oldest') {
      // Nothing is dropped for what has no room in an empty spool.
      const wanted = Math.min(total, this.#settings.maxBytes / 2);
      while (free < wanted && (await this.#dropOldest())) free = await this.#findFree(wanted);
    }
    let taken = 0;
    return group.filter(({ lines }) => {
      const fits = taken + lines.length <= free;
      if (fits) taken += lines.length;
      return fits;
    });
  }

  /** About how many bytes are free, precisely if it looks like fewer than needed. */
  async #findFree(needed: number): Promise<number> {
    const { maxBytes, folder } = this.#settings;
    const toFree = () => (this.#bytes ? maxBytes - this.#bytes.found - this.#bytes.appended : 0);
    const known = this.#bytes;
    if (known) {
      const isRecent = known.appended < maxBytes / SHARE;
      if (isRecent && (toFree() >= needed || performance.now() - known.at < PAUSE)) return toFree();
    }
    this.#bytes = { found: await measureSpool(folder), appended: 0, at: performance.now() };
    return toFree();
  }

  /** Removes the oldest segment, counts its undelivered records, and says whether there was one. */
  async #dropOldest(): Promise<boolean> {
    const { folder, sinks } = this.#settings;
    const [oldest] = await listSegments(folder);
    this.#bytes = undefined;
    if (!oldest) return false;
    if (oldest.path === this.#segment?.path) await this.#leaveSegment();
    const closed = await closeSegment(oldest);
    if (!closed) return true;
    const records = await countUndelivered(folder, closed, sinks);
    if (await removeSegment(closed)) {
      await appendFile(toSpoolPaths(folder).dropped, `${records}\n`, { mode: 0o600 });
      if (records > 0) this.#onDropped(records);
    }
    return true;
  }
}

/** The bytes of the segments and dead letters of a folder. */
export async function measureSpool(folder: string): Promise<number> {
  const [segments, letters] = await Promise.all([listSegments(folder), listDeadLetters(folder)]);
  return [...segments, ...letters].reduce((sum, { size }) => sum + size, 0);
}

/** The records of a segment that at least one sink has not been given. */
export async function countUndelivered(folder: string, segment: Segment, sinks: readonly string[]): Promise<number> {
  const offsets = await Promise.all(sinks.map(async (sink) => toOffset(await readProgress(folder, sink), segment)));
  const offset = Math.min(segment.size, ...(offsets.length === 0 ? [0] : offsets));
  const bytes = await readSegment(segment, offset, segment.size - offset);
  return bytes ? splitLines(bytes).lines.length : 0;
}
