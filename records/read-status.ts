import { z } from 'zod';
import { listDeadLetters, readDeadLetter, type DeadLetterFile } from './dead-letters.ts';
import { readProgress, type Counts } from './progress.ts';
import { readRecords } from './read-records.ts';
import { measureSpool } from './spool.ts';
import { readDropped, readJsonFile, toSpoolPaths } from './spool-folder.ts';

/** Why a sink fails at present. */
const failureSchema = z.object({
  message: z.string(),
  /** How many attempts have failed in a row. */
  failures: z.number(),
  /** The last one, in ISO 8601. */
  at: z.string(),
});
type SinkFailure = z.infer<typeof failureSchema>;

/** The state of a sink, in records. */
export interface SinkStatus extends Counts {
  readonly name: string;
  /** Those that it has not been given yet. */
  readonly pending: number;
  readonly dead: number;
  /** Why they were rejected, the most frequent reason first. */
  readonly reasons: readonly { readonly reason: string; readonly records: number }[];
  readonly failure?: SinkFailure;
}

/** The state of a spool, for programs. */
export interface SpoolStatus {
  readonly bytes: number;
  readonly max_bytes: number;
  /** Records that at least one sink has not been given. */
  readonly records: number;
  /** The timestamp of the first of them. */
  readonly oldest?: string;
  readonly dropped: number;
  readonly sinks: readonly SinkStatus[];
}

/** Reads the state of a spool, which may be in use. */
export async function readStatus(folder: string, sinks: readonly string[], maxBytes: number): Promise<SpoolStatus> {
  let records = 0;
  let oldest: string | undefined;
  for await (const { record } of readRecords(folder, sinks)) {
    records += 1;
    oldest ??= record.timestamp;
  }
  const letters = await listDeadLetters(folder);
  return {
    bytes: await measureSpool(folder),
    max_bytes: maxBytes,
    records,
    ...(oldest !== undefined && { oldest }),
    dropped: await readDropped(folder),
    sinks: await Promise.all(
      sinks.map((sink) =>
        readSinkStatus(
          folder,
          sink,
          letters.filter((letter) => letter.sink === sink),
        ),
      ),
    ),
  };
}

async function readSinkStatus(folder: string, name: string, letters: readonly DeadLetterFile[]): Promise<SinkStatus> {
  const { delivered, repeated, damaged } = await readProgress(folder, name);
  let pending = 0;
  for await (const _ of readRecords(folder, [name])) pending += 1;
  const reasons = new Map<string, number>();
  for (const file of letters) {
    const reason = (await readDeadLetter(file))?.reason ?? 'the file is damaged';
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  const { data: failure } = failureSchema.safeParse(
    await readJsonFile(toSpoolPaths(folder).ofSink(name, 'failure.json')),
  );
  return {
    name,
    pending,
    delivered,
    repeated,
    damaged,
    dead: letters.length,
    reasons: [...reasons].map(([reason, count]) => ({ reason, records: count })).sort((a, b) => b.records - a.records),
    ...(failure && { failure }),
  };
}
