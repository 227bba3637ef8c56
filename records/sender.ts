/**
 * Delivers the records of a spool to one sink: reads a batch, sends it until it is acknowledged or rejected for good, and notes that
 * on disk. Nothing waits for this but the next batch, and that not for ever: a record that fails again and again while others get
 * through is put behind them, and becomes a dead letter in the end.
 */
import { rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { PostponedRecords, type Entry, type Failed } from './postponed-records.ts';
import { Progress } from './progress.ts';
import { readBatch, type Batch, type BatchLimits } from './read-batch.ts';
import { SinkError, type Sink } from './sink.ts';
import { listSegments, toSpoolPaths, type Segment } from './spool-folder.ts';

/** What a sender reports; messages name places and never have values. */
export type SenderEvent =
  | { readonly type: 'failed'; readonly sink: string; readonly message: string; readonly records: number }
  | { readonly type: 'recovered'; readonly sink: string; readonly failures: number }
  | { readonly type: 'rejected'; readonly sink: string; readonly message: string; readonly scoringId: string }
  | { readonly type: 'damaged'; readonly sink: string; readonly lines: number }
  | SentEvent;

/** One attempt to send records, for traces. */
export interface SentEvent {
  readonly type: 'sent';
  readonly sink: string;
  readonly records: number;
  /** When it began and ended, in milliseconds since 1970. */
  readonly start: number;
  readonly end: number;
  /** Why they are not delivered: they were rejected for good, or the attempt failed and is repeated. */
  readonly error?: 'rejected' | 'failed';
}

export interface SenderOptions {
  readonly folder: string;
  readonly sink: Sink;
  readonly limits: BatchLimits;
  /** The wait before the first retry, and the longest, in milliseconds. It doubles in between. */
  readonly backoff: { readonly first: number; readonly longest: number };
  /** How often a record is put behind the others, because it fails while they are delivered, before it is a dead letter. */
  readonly giveUpAfter: number;
  readonly onEvent: (event: SenderEvent) => void;
}

interface Tried {
  /** How many records the sink has acknowledged. */
  readonly delivered: number;
  /** How many have become dead letters. */
  readonly dead: number;
  readonly failed: readonly Failed[];
}

/** After so many failures of a whole batch, its parts are tried. */
const PATIENCE = 5;
/** How long it waits if all that there is was tried a short while ago, in milliseconds. */
const LATER = 1000;
/** How far it looks for other records when none of a batch can be delivered. */
const FAR: BatchLimits = { records: 10_000, bytes: 2 ** 24 };
/** How long a sender waits before it looks for new records again, in milliseconds. */
const PAUSE = 100;

export class Sender {
  readonly #options: SenderOptions;
  readonly #progress: Progress;
  readonly #postponed: PostponedRecords;
  #failures = 0;
  /** How often the last batch has failed as a whole. */
  #wholeFailures = 0;

  private constructor(options: SenderOptions, progress: Progress) {
    this.#options = options;
    this.#progress = progress;
    const { folder, sink, backoff, giveUpAfter, onEvent } = options;
    this.#postponed = new PostponedRecords({
      folder,
      sink: sink.name,
      backoff,
      giveUpAfter,
      onRejected: (message, scoringId) => onEvent({ type: 'rejected', sink: sink.name, message, scoringId }),
    });
  }

  /** Opens a sender. There must be no other one for the same folder and sink. */
  static async open(options: SenderOptions): Promise<Sender> {
    return new Sender(options, await Progress.open(options.folder, options.sink.name));
  }

  /** The first byte of a segment that is not delivered yet. */
  offsetOf(segment: Pick<Segment, 'name' | 'size'>): number {
    return this.#progress.offsetOf(segment);
  }

  /** Delivers records until it is told to stop; what is being sent then is sent again by the next sender. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const found = await this.deliverBatch(signal).catch(async (error: unknown) => {
        // The folder cannot be read, or a dead letter cannot be kept. What has been delivered is known, and is not sent again.
        await this.#noteFailure(toUnexpected(error), 0);
        await this.#wait(undefined, signal);
        return true;
      });
      if (!found) await sleep(PAUSE, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Delivers the next batch, or tries to. Returns whether there was one. */
  async deliverBatch(signal: AbortSignal): Promise<boolean> {
    const { folder, sink, limits, onEvent } = this.#options;
    await this.#progress.saveAgain().catch(() => undefined);
    const batch = await readBatch(folder, sink.name, this.#progress, limits);
    if (batch.offsets.size === 0) return false;
    const entries = [...batch.records];
    const later = entries.filter((entry) => !this.#postponed.isDue(entry));
    const tried = await this.#deliver(
      entries.filter((entry) => !later.includes(entry)),
      signal,
    );
    if (!tried) return true;
    const { delivered, dead, failed } = tried;
    if (failed.length + later.length > 0) {
      // Nothing else gets through either, or waits: it stays where it is, and is tried again with what has come meanwhile.
      if (delivered + dead + batch.damaged === 0 && !(await this.#hasMore(batch))) {
        if (failed.length === 0) await sleep(LATER, undefined, { signal }).catch(() => undefined);
        return failed.length > 0;
      }
      await this.#postponed.putBehind(failed, later, this.#progress.delivered + delivered);
      if (delivered + dead + failed.length === 0) await sleep(PAUSE, undefined, { signal }).catch(() => undefined);
    }
    if (batch.damaged > 0) onEvent({ type: 'damaged', sink: sink.name, lines: batch.damaged });
    // It goes on all the same: on a full disk, only what is delivered completely makes room.
    await this.#save(batch, delivered).catch((error: unknown) => this.#noteFailure(toUnexpected(error), 0));
    return true;
  }

  async #save({ offsets, repeated, damaged }: Batch, delivered: number): Promise<void> {
    const existing = new Set((await listSegments(this.#options.folder)).map(({ name }) => name));
    await this.#progress.save(offsets, { delivered, repeated, damaged }, existing);
  }

  /**
   * Delivers records. What the sink has taken is noted, and what it rejects for good becomes dead letters. What fails otherwise is tried
   * again as a whole, and after a while in parts, to find out whose fault it is; of records that failed before, at once.
   * @returns undefined if nothing was settled: the sink fails, or the sender was told to stop
   */
  async #deliver(entries: readonly Entry[], signal: AbortSignal): Promise<Tried | undefined> {
    const fresh = entries.filter(([, { postponed }]) => !postponed);
    const others = entries.filter(([, { postponed }]) => postponed);
    const groups = [fresh, others].filter(({ length }) => length > 0);
    const failed: Failed[] = [];
    let [delivered, dead] = [0, 0];
    for (let group = groups.shift(); group; group = groups.shift()) {
      if (signal.aborted) return undefined;
      const error = await this.#send(group, signal);
      if (error === undefined) {
        delivered += group.length;
        continue;
      }
      // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- aborted meanwhile
      if (signal.aborted) return undefined;
      const [entry] = group as [Entry];
      if (error.isPermanent && group.length === 1) {
        await this.#postponed.giveUp(entry, error.message);
        dead += 1;
        continue;
      }
      if (!error.isPermanent) {
        await this.#noteFailure(error.message, group.length);
        await this.#wait(error.retryAfter, signal);
        if (group === fresh && (this.#wholeFailures += 1) < PATIENCE) return undefined;
        if (group.length === 1) {
          failed.push({ entry, message: error.message });
          continue;
        }
      }
      const middle = group.length >> 1;
      const halves = [group.slice(0, middle), group.slice(middle)];
      if (error.isPermanent) groups.unshift(...halves);
      // Behind the others: what gets through shows that the sink works, and ends the long waits.
      else groups.push(...halves);
    }
    this.#wholeFailures = 0;
    return { delivered, dead, failed };
  }

  /** Sends records, and notes that they were delivered. Returns why they were not. */
  async #send(entries: readonly Entry[], signal: AbortSignal): Promise<SinkError | undefined> {
    const { sink, onEvent } = this.#options;
    const start = toNow();
    const note = (error?: SentEvent['error']) =>
      onEvent({
        type: 'sent',
        sink: sink.name,
        records: entries.length,
        start,
        end: toNow(),
        ...(error && { error }),
      });
    try {
      await sink.send(
        entries.map(([, { record }]) => record),
        signal,
      );
    } catch (error) {
      const known = error instanceof SinkError ? error : new SinkError(toUnexpected(error), { isPermanent: false });
      note(known.isPermanent ? 'rejected' : 'failed');
      return known;
    }
    note();
    // On a full disk, it is known as long as the process lives. What was delivered must still be removed.
    const keys = entries.map(([key]) => key);
    await this.#progress.noteDelivered(keys).catch(() => undefined);
    this.#postponed.forget(keys);
    await this.#noteSuccess();
    return undefined;
  }

  /** Whether the spool has more than a batch that may be tried now, as far as it can be seen quickly. */
  async #hasMore({ offsets }: Batch): Promise<boolean> {
    const { folder, sink } = this.#options;
    const rest = await readBatch(
      folder,
      sink.name,
      {
        offsetOf: (segment) => offsets.get(segment.name) ?? this.#progress.offsetOf(segment),
        isKnown: (key) => this.#progress.isKnown(key),
      },
      FAR,
    );
    const isFar = rest.records.size >= FAR.records;
    return isFar || [...rest.records].some((entry) => this.#postponed.isDue(entry));
  }

  async #wait(retryAfter: number | undefined, signal: AbortSignal): Promise<void> {
    const { first, longest } = this.#options.backoff;
    const backoff = Math.min(longest, first * 2 ** Math.min(this.#failures - 1, 30));
    // Jitter, so that engines whose sink was away do not come back together.
    const pause = Math.max(retryAfter ?? 0, backoff * (0.5 + Math.random() / 2));
    await sleep(pause, undefined, { signal }).catch(() => undefined);
  }

  async #noteFailure(message: string, records: number): Promise<void> {
    const { folder, sink, onEvent } = this.#options;
    this.#failures += 1;
    onEvent({ type: 'failed', sink: sink.name, message, records });
    const failure = { message, failures: this.#failures, at: new Date().toISOString() };
    // For `log status` alone; on a full disk it is missing.
    await writeFile(toSpoolPaths(folder).ofSink(sink.name, 'failure.json'), JSON.stringify(failure)).catch(
      () => undefined,
    );
  }

  async #noteSuccess(): Promise<void> {
    const { folder, sink, onEvent } = this.#options;
    if (this.#failures > 0) onEvent({ type: 'recovered', sink: sink.name, failures: this.#failures });
    this.#failures = 0;
    // For `log status` alone, as above.
    await rm(toSpoolPaths(folder).ofSink(sink.name, 'failure.json'), { force: true }).catch(() => undefined);
  }
}

/** Milliseconds since 1970, which do not go backwards. */
function toNow(): number {
  return performance.timeOrigin + performance.now();
}

/** A defect, or a full disk. Its message could have values or paths in it. */
function toUnexpected(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  return `an unexpected failure (${code ?? (error instanceof Error ? error.name : typeof error)})`;
}
