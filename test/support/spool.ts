/** A spool in a temporary folder, for tests. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readRecords } from '../../records/read-records.ts';
import { toLine } from '../../records/record-line.ts';
import { Spool, type SpoolSettings } from '../../records/spool.ts';
import { makeRecord } from './logged-record.ts';

/** Makes temporary folders, and removes them with what is open in them. */
export class SpoolFolders {
  readonly #folders: string[] = [];
  readonly #spools: Spool[] = [];

  async make(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'spool-'));
    this.#folders.push(folder);
    return folder;
  }

  async open(settings: Partial<SpoolSettings> = {}, onDropped?: (records: number) => void): Promise<Spool> {
    const folder = settings.folder ?? (await this.make());
    const all = { folder, gather: 0, maxBytes: 2 ** 30, whenFull: 'refuse', sinks: [], ...settings } as const;
    const spool = await Spool.open(all, onDropped);
    this.#spools.push(spool);
    return spool;
  }

  async clear(): Promise<void> {
    for (const spool of this.#spools.splice(0)) await spool.close();
    for (const folder of this.#folders.splice(0)) await rm(folder, { recursive: true, force: true });
  }
}

/** Appends records with some ids, one after the other. */
export async function appendIds(spool: Spool, ...ids: readonly string[]): Promise<void> {
  for (const id of ids) await spool.append(toLine({ record: makeRecord(id) }));
}

/** The ids of the records in a spool that sinks have not been given. */
export async function listIds(folder: string, sinks: readonly string[] = []): Promise<string[]> {
  const ids: string[] = [];
  for await (const { record } of readRecords(folder, sinks)) ids.push(record.scoringId);
  return ids;
}
