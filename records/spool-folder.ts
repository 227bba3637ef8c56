/**
 * The folder of a spool, which all processes of an engine share.
 *
 *     segments/<number>-<random>.open     records of one process, as it appends them (record-line.ts)
 *     segments/<number>-<random>.closed   the same when nothing may be appended any more
 *     sinks/<sink>/progress.json          how far the records have been delivered to a sink (progress.ts)
 *     sinks/<sink>/ids, ids.1             the keys of the last records that it has acknowledged
 *     sinks/<sink>/dead/<key>.json        its dead letters
 *     sinks/<sink>/failure.json           why the last attempt failed, while it fails
 *     dropped                             how many records were dropped, a line each time
 *
 * Segments are numbered, so that no clock decides what is older. Whoever wants to remove a segment renames it first. A process that
 * appends looks for its segment's own name after each fsync: if it is gone, the last records go into another segment. So no process
 * has to know which others live.
 */
import { randomBytes } from 'node:crypto';
import { open, readdir, readFile, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../files/make-folder.ts';

/** The mode of folders that are made: what is in them is personal data, of no concern to other users of the machine. */
export const PRIVATE = 0o700;

/** A segment as it was found. */
export interface Segment {
  /** Without its state; the same before and after it is closed. */
  readonly name: string;
  readonly path: string;
  readonly isOpen: boolean;
  /** In bytes. */
  readonly size: number;
}

const SEGMENT = /^(\d{12,15}-[0-9a-f]{8})\.(open|closed)$/;

/** Where the parts of a folder are. */
export function toSpoolPaths(folder: string) {
  const ofSink = (sink: string, ...names: string[]) => join(folder, 'sinks', sink, ...names);
  return { segments: join(folder, 'segments'), dropped: join(folder, 'dropped'), ofSink };
}

/** Makes the folder. */
export async function makeSpoolFolder(folder: string): Promise<void> {
  await makeFolder(toSpoolPaths(folder).segments, PRIVATE);
}

/** The segments of a folder, oldest first; none if there is no such folder. */
export async function listSegments(folder: string): Promise<Segment[]> {
  const { segments } = toSpoolPaths(folder);
  const found = await orMissing(readdir(segments), []);
  const parsed = found.flatMap((file) => {
    const [, name, state] = SEGMENT.exec(file) ?? [];
    return name === undefined ? [] : [{ name, path: join(segments, file), isOpen: state === 'open' }];
  });
  // A folder that is read while a segment is closed may have it under both names.
  const segmentsByName = new Map(parsed.map((segment) => [segment.name, segment]));
  const sized = await Promise.all([...segmentsByName.values()].map(measureSegment));
  return sized.flat().sort((one, other) => toNumber(one) - toNumber(other) || (one.name < other.name ? -1 : 1));
}

/** A segment with its size; none if it is gone. One that was closed meanwhile has its other name. */
async function measureSegment(segment: Omit<Segment, 'size'>): Promise<Segment[]> {
  const stats = await orMissing(stat(segment.path), undefined);
  if (!stats && segment.isOpen) return measureSegment({ ...segment, path: toClosed(segment), isOpen: false });
  // Only what this made: a folder with such a name could neither be read nor removed.
  return stats?.isFile() ? [{ ...segment, size: stats.size }] : [];
}

/** The path of an open segment when it is closed. */
function toClosed({ path }: Pick<Segment, 'path'>): string {
  return path.replace(/open$/, 'closed');
}

function toNumber({ name }: Segment): number {
  return Number.parseInt(name, 10);
}

/** Opens a new segment for appending. Its name is on disk when this resolves. */
export async function openSegment(folder: string) {
  const last = (await listSegments(folder)).at(-1);
  const number = String((last ? toNumber(last) : 0) + 1).padStart(12, '0');
  const { segments } = toSpoolPaths(folder);
  const path = join(segments, `${number}-${randomBytes(4).toString('hex')}.open`);
  const file = await open(path, 'wx', 0o600);
  try {
    await syncFolder(segments);
  } catch (error) {
    await file.close();
    await rm(path, { force: true });
    throw error;
  }
  return { path, file };
}

/** Closes a segment, so that nothing is appended to it any more. Returns it as it is then; undefined if it is gone. */
export async function closeSegment(segment: Segment): Promise<Segment | undefined> {
  if (!segment.isOpen) return segment;
  const path = toClosed(segment);
  try {
    await rename(segment.path, path);
    return { ...segment, path, isOpen: false, size: (await stat(path)).size };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Removes a segment. Records that a process appends meanwhile go into another one. Returns whether it was there. */
export async function removeSegment(segment: Segment): Promise<boolean> {
  const closed = await closeSegment(segment);
  if (!closed) return false;
  await rm(closed.path, { force: true });
  return true;
}

/**
 * The bytes of a segment from an offset on, at most so many; fewer only at its end. Undefined if it is gone. It may have been closed
 * since it was found.
 */
export async function readSegment(segment: Segment, offset: number, length: number): Promise<Buffer | undefined> {
  const file = (await openFile(segment.path)) ?? (segment.isOpen ? await openFile(toClosed(segment)) : undefined);
  if (!file) return undefined;
  try {
    const bytes = Buffer.allocUnsafe(length);
    let count = 0;
    for (let read = 1; read > 0 && count < length; count += read)
      read = (await file.read(bytes, count, length - count, offset + count)).bytesRead;
    return bytes.subarray(0, count);
  } finally {
    await file.close();
  }
}

/** Opens a file to read it; undefined if it is gone. */
function openFile(path: string): Promise<FileHandle | undefined> {
  return orMissing(open(path, 'r'), undefined);
}

/** How many records were dropped; lines that are no numbers do not count. */
export async function readDropped(folder: string): Promise<number> {
  const text = await orMissing(readFile(toSpoolPaths(folder).dropped, 'utf8'), '');
  return text.split('\n').reduce((sum, line) => sum + (/^\d{1,12}$/.test(line) ? Number(line) : 0), 0);
}

/** Replaces a file at once: after a crash, it has the old text or the new one. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const draft = `${path}.new`;
  const file = await open(draft, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.datasync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
}

/** A JSON file; undefined if it is missing, no file or not JSON. */
export async function readJsonFile(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    const isFolder = (error as NodeJS.ErrnoException).code === 'EISDIR';
    if (isMissing(error) || isFolder || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The result of an operation, or another one if the file or folder is missing. */
export async function orMissing<Value, Other>(work: Promise<Value>, other: Other): Promise<Value | Other> {
  try {
    return await work;
  } catch (error) {
    if (isMissing(error)) return other;
    throw error;
  }
}

/** A file where a folder is expected, such as `.DS_Store`, counts as a missing folder. */
function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
}

/** Writes the entries of a folder to disk. Windows has no such operation, and does not need it. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
