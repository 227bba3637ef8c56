/** A sink that appends records to a file, one JSON object per line (https://jsonlines.org), and begins another file when it is large. */
import { open, readdir, rename, rm, truncate } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { makeFolder } from '../../files/make-folder.ts';
import { readLastLines } from '../read-last-lines.ts';
import { SinkError, type LoggedRecord, type Sink } from '../sink.ts';
import type { SinkKind } from '../sink-kind.ts';
import { toRecordKey } from '../record-line.ts';
import { orMissing, PRIVATE } from '../spool-folder.ts';

const schema = z.strictObject({
  /** The file that records are appended to. */
  path: z.string().min(1),
  /** The file is renamed, `<path>.1` and so on, before it has more bytes. */
  max_bytes: z
    .int()
    .min(1)
    .default(100 * 2 ** 20),
  /** How many renamed files are kept; the oldest are removed. */
  keep: z.int().min(0).max(100_000).default(10),
});

type FileSettings = z.infer<typeof schema>;

/** How much of the file is read at the start to find what it has already, in bytes. */
const LOOK_BACK = 2 ** 24;

/** JSON lines in a file. */
export const fileSink: SinkKind<FileSettings> = {
  schema,
  open: (settings, name) => Promise.resolve(new FileSink(settings, name)),
};

class FileSink implements Sink {
  readonly name: string;
  readonly #settings: FileSettings;
  /** Whether the file is known to end with a whole line. */
  #isWhole = false;
  /** What the end of the file had when it was looked at: records that were written, and whose acknowledgement was lost. */
  #found: ReadonlySet<string> = new Set();

  constructor(settings: FileSettings, name: string) {
    this.#settings = settings;
    this.name = name;
  }

  async send(records: readonly LoggedRecord[]): Promise<void> {
    try {
      if (!this.#isWhole) await this.#look();
      const fresh = records.filter((record) => !this.#found.has(toRecordKey(record)));
      this.#isWhole = false;
      const bytes = Buffer.from(fresh.map((record) => `${JSON.stringify(record)}\n`).join(''));
      const size = await appendDurably(this.#settings.path, bytes);
      if (size >= this.#settings.max_bytes) await this.#rotate();
      this.#isWhole = true;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw new SinkError(`the file cannot be written (${code ?? 'unknown'})`, { isPermanent: false, cause: error });
    }
  }

  /** Looks at what the file has, and cuts off a line that is not whole: the process or the machine died. */
  async #look(): Promise<void> {
    const { path } = this.#settings;
    await makeFolder(dirname(path), PRIVATE);
    const { lines, end } = await readLastLines(path, LOOK_BACK);
    const last = (await listRotated(path)).at(-1);
    const { lines: earlier } = await readLastLines(`${path}.${last ?? 0}`, LOOK_BACK);
    this.#found = new Set([...earlier, ...lines].flatMap(toKey));
    await orMissing(truncate(path, end), undefined);
  }

  async #rotate(): Promise<void> {
    const { path, keep } = this.#settings;
    const numbers = await listRotated(path);
    await rename(path, `${path}.${(numbers.at(-1) ?? 0) + 1}`);
    for (const number of numbers.slice(0, Math.max(0, numbers.length + 1 - keep)))
      await rm(`${path}.${number}`, { force: true });
  }
}

/** Appends bytes to a file, and returns the size that it has then; they are on disk when this resolves. */
async function appendDurably(path: string, bytes: Buffer): Promise<number> {
  const file = await open(path, 'a', 0o600);
  try {
    await file.writeFile(bytes);
    await file.datasync();
    return (await file.stat()).size;
  } finally {
    await file.close();
  }
}

/** The numbers of the renamed files, in their order. */
async function listRotated(path: string): Promise<number[]> {
  const own = `${basename(path)}.`;
  return (await readdir(dirname(join(path))))
    .filter((name) => name.startsWith(own) && /^[1-9]\d{0,14}$/.test(name.slice(own.length)))
    .map((name) => Number(name.slice(own.length)))
    .sort((one, other) => one - other);
}

/** The key of a record in a line; none if the line is something else. */
function toKey(line: string): string[] {
  try {
    return [toRecordKey(JSON.parse(line) as LoggedRecord)];
  } catch {
    return [];
  }
}
