/** A sink that appends records to a file, one JSON object per line (https://jsonlines.org), and begins another file when it is large. */
import { open, readdir, rename, rm, truncate, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { makeFolder } from '../make-folder.ts';
import { readLastLines } from '../read-last-lines.ts';
import { SinkError, type LoggedRecord, type Sink } from '../sink.ts';
import type { SinkKind } from '../sink-kind.ts';
import { toRecordKey } from '../record-line.ts';

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

interface OpenFile {
  readonly handle: FileHandle;
  size: number;
}

class FileSink implements Sink {
  readonly name: string;
  readonly #settings: FileSettings;
  #file: OpenFile | undefined;
  /** What the end of the file had when it was opened: records that were written, and whose acknowledgement was lost. */
  #found: ReadonlySet<string> = new Set();

  constructor(settings: FileSettings, name: string) {
    this.#settings = settings;
    this.name = name;
  }

  async send(records: readonly LoggedRecord[]): Promise<void> {
    try {
      const file = await this.#toFile();
      const fresh = records.filter((record) => !this.#found.has(toRecordKey(record)));
      const bytes = Buffer.from(fresh.map((record) => `${JSON.stringify(record)}\n`).join(''));
      await this.#append(file, bytes);
    } catch (error) {
      await this.#file?.handle.close().catch(() => undefined);
      this.#file = undefined;
      const { code } = error as NodeJS.ErrnoException;
      throw new SinkError(`the file cannot be written (${code ?? 'unknown'})`, { isPermanent: false, cause: error });
    }
  }

  async #append(file: OpenFile, bytes: Buffer): Promise<void> {
    for (let written = 0; written < bytes.length;)
      written += (await file.handle.write(bytes, written, bytes.length - written, file.size + written)).bytesWritten;
    await file.handle.datasync();
    file.size += bytes.length;
    if (file.size >= this.#settings.max_bytes) await this.#rotate(file.handle);
  }

  async #toFile(): Promise<OpenFile> {
    if (this.#file) return this.#file;
    const { path } = this.#settings;
    await makeFolder(dirname(path));
    const { lines, end } = await readLastLines(path, LOOK_BACK);
    this.#found = new Set(lines.flatMap(toKey));
    const handle = await open(path, 'a+', 0o600);
    // A line that was cut off when the process or the machine died.
    await truncate(path, end);
    await handle.close();
    return (this.#file = { handle: await open(path, 'r+'), size: end });
  }

  async #rotate(handle: FileHandle): Promise<void> {
    const { path, keep } = this.#settings;
    await handle.close();
    this.#file = undefined;
    const numbers = await listRotated(path);
    await rename(path, `${path}.${(numbers.at(-1) ?? 0) + 1}`);
    for (const number of numbers.slice(0, Math.max(0, numbers.length + 1 - keep)))
      await rm(`${path}.${number}`, { force: true });
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
