import { closeSegment, listSegments, removeSegment } from './spool-folder.ts';

/** A segment that nothing was appended to for so long is closed, in milliseconds. */
const IDLE = 10_000;

/** The state of a compaction between its runs: when each open segment was seen to grow last. */
export type Growth = Map<string, { readonly size: number; readonly at: number }>;

/**
 * Removes the segments that all sinks have been given to their end. A segment that is still open is closed first, when nothing was
 * appended to it for a while: its process may have died in the middle of a line. If it has not, it begins another one.
 * @param isDelivered whether all sinks have been given a segment up to a byte
 * @param growth from the last run; an open segment that is not in it counts as idle after `idle` milliseconds
 */
export async function compact(
  folder: string,
  isDelivered: (segment: string, size: number) => boolean,
  growth: Growth,
  idle = IDLE,
): Promise<void> {
  for (const segment of await listSegments(folder)) {
    const { name, size, isOpen } = segment;
    if (isOpen) {
      const seen = growth.get(name);
      if (seen?.size !== size) growth.set(name, { size, at: performance.now() });
      // What is appended until it is closed is found at the next run, because then it has another size.
      else if (performance.now() - seen.at >= idle) await closeSegment(segment);
    } else if (isDelivered(name, size)) {
      await removeSegment(segment);
      growth.delete(name);
    }
  }
}
