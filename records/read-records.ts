import { readProgress, toOffset } from './progress.ts';
import { readLine, splitLines, type SpooledRecord } from './record-line.ts';
import { listSegments, readSegment } from './spool-folder.ts';

/**
 * Reads the records of a spool that have not been delivered to all of some sinks, oldest first; all of them if there are no sinks. It
 * may be in use.
 */
export async function* readRecords(folder: string, sinks: readonly string[]): AsyncGenerator<SpooledRecord> {
  const progress = await Promise.all(sinks.map((sink) => readProgress(folder, sink)));
  for (const segment of await listSegments(folder)) {
    const offsets = progress.map((one) => toOffset(one, segment));
    const offset = offsets.length === 0 ? 0 : Math.min(segment.size, ...offsets);
    const bytes = await readSegment(segment, offset, segment.size - offset);
    for (const line of bytes ? splitLines(bytes).lines : []) {
      const spooled = readLine(line);
      if (spooled && (spooled.sink === undefined || sinks.length === 0 || sinks.includes(spooled.sink))) yield spooled;
    }
  }
}
