/** How far the records of a spool have been delivered to one sink. What is written here is on disk when it is said to be. */
import { appendFile, readFile, rename } from 'node:fs/promises';
import { z } from 'zod';
import { makeFolder } from '../files/make-folder.ts';
import { orMissing, PRIVATE, readJsonFile, replaceFile, toSpoolPaths, type Segment } from './spool-folder.ts';

/** How many keys of delivered records a file has; the last two files are kept. */
const KEYS = 100_000;

/** What was done for a sink since its spool was made, in records. */
export interface Counts {
  readonly delivered: number;
  /** Records that were not sent, because a record with the same id was. */
  readonly repeated: number;
  /** Lines of the spool that could not be read. */
  readonly damaged: number;
}

const count = z.int().min(0).catch(0);

/** The file as it is read: what is wrong in it counts as unknown. */
const fileSchema = z
  .object({
    delivered: count,
    repeated: count,
    damaged: count,
    /** The next byte of each segment. */
    // eslint-disable-next-line no-restricted-syntax -- no value can be wrong
    segments: z.record(z.string(), count).catch({}),
  })
  .catch({ delivered: 0, repeated: 0, damaged: 0, segments: {} });

type ProgressFile = z.infer<typeof fileSchema>;

/** Reads how far a sink is; at the beginning of everything if that is unknown. */
export async function readProgress(folder: string, sink: string): Promise<ProgressFile> {
  return fileSchema.parse(await readJsonFile(toSpoolPaths(folder).ofSink(sink, 'progress.json')));
}

/** The first byte of a segment that is not delivered yet; its beginning if the progress is not that of this segment. */
export function toOffset({ segments }: Pick<ProgressFile, 'segments'>, { name, size }: SizedSegment): number {
  const offset = segments[name] ?? 0;
  return offset > size ? 0 : offset;
}

type SizedSegment = Pick<Segment, 'name' | 'size'>;

/** The progress of one sink, and the keys of the records that it has acknowledged. Only one process may have it at a time. */
export class Progress {
  readonly #path: (name: string) => string;
  #file: ProgressFile;
  #isUnsaved = false;
  #keys = new Set<string>();
  #olderKeys: ReadonlySet<string> = new Set();

  private constructor(folder: string, sink: string, file: ProgressFile) {
    const { ofSink } = toSpoolPaths(folder);
    this.#path = (name) => ofSink(sink, name);
    this.#file = file;
  }

  static async open(folder: string, sink: string): Promise<Progress> {
    await makeFolder(toSpoolPaths(folder).ofSink(sink, 'dead'), PRIVATE);
    const progress = new Progress(folder, sink, await readProgress(folder, sink));
    progress.#keys = await readKeys(progress.#path('ids'));
    progress.#olderKeys = await readKeys(progress.#path('ids.1'));
    return progress;
  }

  /** How many records have been delivered since the spool was made. */
  get delivered(): number {
    return this.#file.delivered;
  }

  /** The first byte of a segment that is not delivered yet. */
  offsetOf(segment: SizedSegment): number {
    return toOffset(this.#file, segment);
  }

  /** Whether a record with this key has been acknowledged, among the last 100,000 at least. */
  isKnown(key: string): boolean {
    return this.#keys.has(key) || this.#olderKeys.has(key);
  }

  /**
   * Notes what a sink has acknowledged, before its progress is saved: if the process ends in between, it is not sent again. Nor is it
   * if this throws, as long as the process lives.
   */
  async noteDelivered(keys: readonly string[]): Promise<void> {
    if (this.#keys.size >= KEYS) {
      await orMissing(rename(this.#path('ids'), this.#path('ids.1')), undefined);
      this.#olderKeys = this.#keys;
      this.#keys = new Set();
    }
    for (const key of keys) this.#keys.add(key);
    await appendFile(this.#path('ids'), keys.map((key) => `${key}\n`).join(''), { mode: 0o600 });
  }

  /**
   * Saves how far the sink is. If that fails, it is still known here, so that what was delivered can be removed: on a full disk, that is
   * what makes room. `saveAgain` tries again.
   * @param offsets the next bytes of the segments that have been read
   * @param existing the segments that there are; others are forgotten
   */
  async save(offsets: ReadonlyMap<string, number>, counts: Counts, existing: ReadonlySet<string>): Promise<void> {
    const before = Object.entries(this.#file.segments).filter(([name]) => existing.has(name));
    this.#file = {
      delivered: this.#file.delivered + counts.delivered,
      repeated: this.#file.repeated + counts.repeated,
      damaged: this.#file.damaged + counts.damaged,
      segments: Object.fromEntries([...before, ...offsets]),
    };
    this.#isUnsaved = true;
    await this.saveAgain();
  }

  /** Saves what could not be saved before, if there is such a thing. */
  async saveAgain(): Promise<void> {
    if (!this.#isUnsaved) return;
    await replaceFile(this.#path('progress.json'), JSON.stringify(this.#file));
    this.#isUnsaved = false;
  }
}

/** The keys in a file. The last line may be cut off, and two may stand in one line after that; neither is a key then. */
async function readKeys(path: string): Promise<Set<string>> {
  const text = await orMissing(readFile(path, 'utf8'), '');
  return new Set(text.split('\n').filter((line) => line.length === 16));
}
