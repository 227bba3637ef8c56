/**
 * Delivers the records of a spool to one sink: reads a batch, sends it until it is acknowledged or rejected for good, and notes that
 * on disk. Nothing waits for this but the next batch.
 */
import { rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { keepDeadLetter } from './dead-letters.ts';
import { Progress } from './progress.ts';
import { readBatch, type Batch, type BatchLimits } from './read-batch.ts';
import { SinkError, type LoggedRecord, type Sink } from './sink.ts';
import { listSegments, orMissing, toSpoolPaths } from './spool-folder.ts';

/** What is worth a line in the log; messages name places and never have values. */
export type SenderEvent =
  | { readonly type: 'failed'; readonly sink: string; readonly message: string; readonly records: number }
  | { readonly type: 'recovered'; readonly sink: string; readonly failures: number }
  | { readonly type: 'rejected'; readonly sink: string; readonly message: string; readonly scoringId: string }
  | { readonly type: 'damaged'; readonly sink: string; readonly lines: number };

export interface SenderOptions {
  readonly folder: string;
  readonly sink: Sink;
  readonly limits: BatchLimits;
  /** The wait before the first retry, and the longest, in milliseconds. It doubles in between. */
  readonly backoff: { readonly first: number; readonly longest: number };
  readonly onEvent: (event: SenderEvent) => void;
}

/** How long a sender waits before it looks for new records again, in milliseconds. */
const PAUSE = 100;

export class Sender {
  readonly #options: SenderOptions;
  readonly #progress: Progress;
  #failures = 0;

  private constructor(options: SenderOptions, progress: Progress) {
    this.#options = options;
    this.#progress = progress;
  }

  /** Opens a sender. There must be no other one for the same folder and sink. */
  static async open(options: SenderOptions): Promise<Sender> {
    return new Sender(options, await Progress.open(options.folder, options.sink.name));
  }

  /** The first byte of a segment that is not delivered yet. */
  offsetOf(segment: string): number {
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

  /** Delivers the next batch. Returns whether there was one. */
  async deliverBatch(signal: AbortSignal): Promise<boolean> {
    const { folder, sink, limits, onEvent } = this.#options;
    await this.#progress.saveAgain().catch(() => undefined);
    const batch = await readBatch(folder, sink.name, this.#progress, limits);
    if (batch.offsets.size === 0) return false;
    const delivered = batch.records.size === 0 ? 0 : await this.#deliver([...batch.records], signal);
    if (delivered === undefined) return true;
    if (batch.damaged > 0) onEvent({ type: 'damaged', sink: sink.name, lines: batch.damaged });
    // It goes on all the same: on a full disk, only what is delivered completely makes room.
    await this.#save(batch, delivered).catch((error: unknown) => this.#noteFailure(toUnexpected(error), 0));
    return true;
  }

  async #save({ offsets, repeated, damaged }: Batch, delivered: number): Promise<void> {
    const existing = new Set((await listSegments(this.#options.folder)).map(({ name }) => name));
    await this.#progress.save(offsets, { delivered, repeated, damaged }, existing);
  }

  /** Returns how many records the sink has acknowledged; the others are dead letters. Undefined if it was told to stop. */
  async #deliver(
    entries: readonly (readonly [key: string, record: LoggedRecord])[],
    signal: AbortSignal,
  ): Promise<number | undefined> {
    const { folder, sink, onEvent } = this.#options;
    for (;;) {
      if (signal.aborted) return undefined;
      try {
        await sink.send(
          entries.map(([, record]) => record),
          signal,
        );
      } catch (error) {
        // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- aborted meanwhile
        if (signal.aborted) return undefined;
        const message = error instanceof SinkError ? error.message : toUnexpected(error);
        if (error instanceof SinkError && error.isPermanent) {
          // One of them may be at fault.
          if (entries.length > 1) return await this.#deliverHalves(entries, signal);
          const [[, record]] = entries as [readonly [string, LoggedRecord]];
          await keepDeadLetter(folder, sink.name, { reason: message, rejected: new Date().toISOString(), record });
          onEvent({ type: 'rejected', sink: sink.name, message, scoringId: record.scoringId });
          return 0;
        }
        await this.#noteFailure(message, entries.length);
        await this.#wait(error instanceof SinkError ? error.retryAfter : undefined, signal);
        continue;
      }
      // On a full disk, it is known as long as the process lives. What was delivered must still be removed.
      await this.#progress.noteDelivered(entries.map(([key]) => key)).catch(() => undefined);
      await this.#noteSuccess();
      return entries.length;
    }
  }

  async #deliverHalves(
    entries: readonly (readonly [string, LoggedRecord])[],
    signal: AbortSignal,
  ): Promise<number | undefined> {
    const middle = entries.length >> 1;
    const first = await this.#deliver(entries.slice(0, middle), signal);
    const second = first === undefined ? undefined : await this.#deliver(entries.slice(middle), signal);
    return first === undefined || second === undefined ? undefined : first + second;
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
    await orMissing(rm(toSpoolPaths(folder).ofSink(sink.name, 'failure.json')), undefined);
  }
}

/** A defect, or a full disk. Its message could have values or paths in it. */
function toUnexpected(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  return `an unexpected failure (${code ?? (error instanceof Error ? error.name : typeof error)})`;
}
