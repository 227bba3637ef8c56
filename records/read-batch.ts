/** Reads what a sink has not been given yet, in the order of the segments. */
import { readLine, splitLines, toRecordKey, type SpooledRecord } from './record-line.ts';
import { closeSegment, listSegments, readSegment, type Segment } from './spool-folder.ts';

/** Some records, and how far the spool has been read with them. */
export interface Batch {
  /** Records by key; each once. */
  readonly records: ReadonlyMap<string, SpooledRecord>;
  /** Segments that were read, and the byte that comes next in each. */
  readonly offsets: ReadonlyMap<string, number>;
  readonly repeated: number;
  readonly damaged: number;
}

export interface BatchLimits {
  readonly records: number;
  /** A record that has more is a batch of its own. */
  readonly bytes: number;
}

/** What a sink has already. */
export interface Delivered {
  offsetOf(segment: Segment): number;
  isKnown(key: string): boolean;
}

/** How much of a segment is read at a time, in bytes. */
const PIECE = 2 ** 18;

/** Reads a batch for a sink; without records and offsets if there is nothing new. */
export async function readBatch(
  folder: string,
  sink: string,
  delivered: Delivered,
  limits: BatchLimits,
): Promise<Batch> {
  const draft: Draft = { records: new Map(), offsets: new Map(), repeated: 0, damaged: 0, bytes: 0 };
  for (const segment of await listSegments(folder)) {
    if (isFull(draft, limits)) break;
    await readFrom(segment, sink, delivered, limits, draft);
  }
  return draft;
}

interface Draft extends Batch {
  readonly records: Map<string, SpooledRecord>;
  readonly offsets: Map<string, number>;
  repeated: number;
  damaged: number;
  bytes: number;
}

function isFull({ records, bytes }: Draft, limits: BatchLimits): boolean {
  return records.size >= limits.records || bytes >= limits.bytes;
}

async function readFrom(
  segment: Segment,
  sink: string,
  delivered: Delivered,
  limits: BatchLimits,
  draft: Draft,
): Promise<void> {
  let offset = delivered.offsetOf(segment);
  let length = PIECE;
  const advance = (to: number) => draft.offsets.set(segment.name, (offset = to));
  while (offset < segment.size && !isFull(draft, limits)) {
    const bytes = await readSegment(segment, offset, Math.min(length, segment.size - offset));
    if (!bytes) return;
    const { lines } = splitLines(bytes);
    if (lines.length === 0 && offset + bytes.length < segment.size) {
      length *= 2;
      continue;
    }
    for (const line of lines) {
      if (isFull(draft, limits)) return;
      const isGood = take(line, sink, delivered, draft);
      // It may not be written completely yet; once the segment is closed, that counts as damaged.
      if (!isGood && segment.isOpen) {
        await closeSegment(segment);
        return;
      }
      if (!isGood) draft.damaged += 1;
      advance(offset + line.length + 1);
    }
    if (lines.length > 0) continue;
    // The process that wrote the rest has died, or still writes it.
    if (segment.isOpen) return;
    draft.damaged += 1;
    advance(segment.size);
  }
}

/** Adds the record of a line to a draft, unless it is for another sink or was there before. Returns whether it can be read. */
function take(line: Buffer, sink: string, delivered: Delivered, draft: Draft): boolean {
  const spooled = readLine(line);
  if (!spooled) return false;
  if (spooled.sink !== undefined && spooled.sink !== sink) return true;
  const key = toRecordKey(spooled.record);
  if (delivered.isKnown(key) || draft.records.has(key)) {
    draft.repeated += 1;
    return true;
  }
  draft.records.set(key, spooled);
  draft.bytes += line.length;
  return true;
}
