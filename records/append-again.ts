import { toLine, type SpooledRecord } from './record-line.ts';
import { Spool } from './spool.ts';

/**
 * Appends records that a spool has had before, so that they come once more, behind all others.
 * @param work appends them; each is on disk when that resolves. It takes no more room than before, and so a full spool takes them
 */
export async function appendAgain<Result>(
  folder: string,
  work: (append: (spooled: SpooledRecord) => Promise<void>) => Promise<Result>,
): Promise<Result> {
  const spool = await Spool.open({
    folder,
    gather: 0,
    maxBytes: Number.MAX_SAFE_INTEGER,
    whenFull: 'refuse',
    sinks: [],
  });
  try {
    return await work((spooled) => spool.append(toLine(spooled)));
  } finally {
    await spool.close();
  }
}
