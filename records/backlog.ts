/**
 * How much a spool has that its sinks have not been given, measured again and again: what has been counted of a segment is not read
 * again. It may be in use, by other processes, too.
 */
import { listDeadLetters } from './dead-letters.ts';
import { readProgress, toOffset } from './progress.ts';
import { measureSpool } from './spool.ts';
import { listSegments, readDropped, readSegment, type Segment } from './spool-folder.ts';

/** What a sink has and has not been given, in records. */
export interface SinkBacklog {
  readonly name: string;
  readonly pending: number;
  /** When the oldest of those was logged; undefined if there is none. */
  readonly oldest: Date | undefined;
  readonly delivered: number;
  readonly dead: number;
}

export interface SpoolBacklog {
  /** The bytes of segments and dead letters. */
  readonly bytes: number;
  /** The records that were dropped to make room. */
  readonly dropped: number;
  readonly sinks: readonly SinkBacklog[];
}

/** The lines of a segment between two bytes. */
interface Counted {
  readonly from: number;
  readonly to: number;
  readonly lines: number;
}

/** How much is read at a time, in bytes, so that nothing else waits long. */
const PIECE = 2 ** 18;
/** The bytes of a line within which its timestamp stands: only names and ids of limited length come before. */
const HEAD = 4096;
const LINE_BREAK = 0x0a;

export class Backlog {
  readonly #folder: string;
  readonly #sinks: readonly string[];
  /** By sink, what was counted of each segment. */
  readonly #counted = new Map<string, Map<string, Counted>>();

  constructor(folder: string, sinks: readonly string[]) {
    this.#folder = folder;
    this.#sinks = sinks;
  }

  /** Measures it. */
  async measure(): Promise<SpoolBacklog> {
    const folder = this.#folder;
    const segments = await listSegments(folder);
    const letters = await listDeadLetters(folder);
    const sinks: SinkBacklog[] = [];
    for (const name of this.#sinks) {
      const progress = await readProgress(folder, name);
      const before = this.#counted.get(name);
      const counted = new Map<string, Counted>();
      let pending = 0;
      let oldest: Date | undefined;
      for (const segment of segments) {
        const from = toOffset(progress, segment);
        const lines = await countLines(segment, from, before?.get(segment.name));
        counted.set(segment.name, { from, to: segment.size, lines });
        if (lines > 0) oldest ??= await readTimestamp(segment, from);
        pending += lines;
      }
      this.#counted.set(name, counted);
      sinks.push({
        name,
        pending,
        oldest,
        delivered: progress.delivered,
        dead: letters.filter(({ sink }) => sink === name).length,
      });
    }
    return {
      bytes: await measureSpool(folder),
      dropped: await readDropped(folder),
      sinks,
    };
  }
}

/** The lines from an offset to the end: what was counted before, without what has been delivered, and with what has been added. */
async function countLines(segment: Segment, from: number, before: Counted | undefined): Promise<number> {
  if (!before || from < before.from || from > before.to || segment.size < before.to)
    return countBetween(segment, from, segment.size);
  const delivered = await countBetween(segment, before.from, from);
  return before.lines - delivered + (await countBetween(segment, before.to, segment.size));
}

async function countBetween(segment: Segment, from: number, to: number): Promise<number> {
  let lines = 0;
  for (let at = from; at < to; at += PIECE) {
    const bytes = (await readSegment(segment, at, Math.min(PIECE, to - at))) ?? Buffer.alloc(0);
    for (let end = bytes.indexOf(LINE_BREAK); end >= 0; end = bytes.indexOf(LINE_BREAK, end + 1)) lines += 1;
  }
  return lines;
}

/** The timestamp of the line at an offset. Quotes within a value are escaped, so that no value looks like the key. */
async function readTimestamp(segment: Segment, from: number): Promise<Date | undefined> {
  const head = (await readSegment(segment, from, Math.min(HEAD, segment.size - from)))?.toString('latin1') ?? '';
  const [, text] = /"timestamp":"([^"]{1,40})"/.exec(head) ?? [];
  const date = new Date(text ?? NaN);
  return Number.isNaN(date.getTime()) ? undefined : date;
}
