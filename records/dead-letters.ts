/** Records that a sink has rejected for good. They are kept, one file each, until someone retries or purges them. */
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isRecord, toRecordKey } from './record-line.ts';
import type { LoggedRecord } from './sink.ts';
import { orMissing, readJsonFile, replaceFile, toSpoolPaths } from './spool-folder.ts';

/** A record and why it was rejected. */
export interface DeadLetter {
  readonly reason: string;
  /** ISO 8601. */
  readonly rejected: string;
  readonly record: LoggedRecord;
}

/** The file of a dead letter. */
export interface DeadLetterFile {
  readonly sink: string;
  readonly path: string;
  /** In bytes. */
  readonly size: number;
}

/** Keeps a record that a sink has rejected; the same one again replaces it. */
export async function keepDeadLetter(folder: string, sink: string, letter: DeadLetter): Promise<void> {
  const path = toSpoolPaths(folder).ofSink(sink, 'dead', `${toRecordKey(letter.record)}.json`);
  await replaceFile(path, JSON.stringify(letter));
}

/** The dead letters of all sinks, by sink. */
export async function listDeadLetters(folder: string): Promise<DeadLetterFile[]> {
  const { ofSink } = toSpoolPaths(folder);
  const sinks = (await orMissing(readdir(join(folder, 'sinks')), [])).sort();
  const found = sinks.map(async (sink) => {
    const names = await orMissing(readdir(ofSink(sink, 'dead')), []);
    const files = names
      .filter((name) => name.endsWith('.json'))
      .sort()
      .map(async (name) => {
        const path = ofSink(sink, 'dead', name);
        const stats = await orMissing(stat(path), undefined);
        return stats?.isFile() ? [{ sink, path, size: stats.size }] : [];
      });
    return (await Promise.all(files)).flat();
  });
  return (await Promise.all(found)).flat();
}

/** Reads a dead letter; undefined if it is gone or damaged. */
export async function readDeadLetter({ path }: DeadLetterFile): Promise<DeadLetter | undefined> {
  const letter = (await readJsonFile(path)) as Partial<DeadLetter> | null | undefined;
  const isWhole = typeof letter?.reason === 'string' && typeof letter.rejected === 'string' && isRecord(letter.record);
  return isWhole ? (letter as DeadLetter) : undefined;
}

/** Removes a dead letter. */
export async function removeDeadLetter({ path }: DeadLetterFile): Promise<void> {
  await rm(path, { force: true });
}
