/** Runs the senders of a spool: one for each sink, as long as this process holds the folder, and removes what all have been given. */
import { setTimeout as sleep } from 'node:timers/promises';
import { compact, type Growth } from './compact.ts';
import { holdFolder } from './hold-folder.ts';
import { Sender, type SenderEvent, type SenderOptions } from './sender.ts';
import type { Sink } from './sink.ts';
import { closeSegment, listSegments, makeSpoolFolder } from './spool-folder.ts';

/** A sink, and how it is sent to. */
export interface SinkToSend extends Pick<SenderOptions, 'limits' | 'backoff' | 'giveUpAfter'> {
  readonly sink: Sink;
}

/** Besides what senders report: that another process holds the folder, and that it is held now. */
export type SendersEvent = SenderEvent | { readonly type: 'waiting' } | { readonly type: 'sending' };

/** How long after a compaction the next one begins, in milliseconds. */
const PAUSE = 250;

/**
 * Delivers records until it is told to stop.
 * @throws when the folder cannot be made or held
 */
export async function runSenders(
  folder: string,
  sinks: readonly SinkToSend[],
  signal: AbortSignal,
  onEvent: (event: SendersEvent) => void,
): Promise<void> {
  await makeSpoolFolder(folder);
  const release = await holdFolder(folder, signal, () => onEvent({ type: 'waiting' }));
  if (!release) return;
  try {
    onEvent({ type: 'sending' });
    // Those of processes that have died; one that lives begins another.
    for (const segment of await listSegments(folder)) await closeSegment(segment);
    const senders = await Promise.all(sinks.map((sink) => Sender.open({ ...sink, folder, onEvent })));
    await Promise.all([...senders.map((sender) => sender.run(signal)), compactAlways(folder, senders, signal)]);
  } finally {
    release();
  }
}

async function compactAlways(folder: string, senders: readonly Sender[], signal: AbortSignal): Promise<void> {
  // Without sinks, everything is kept until somebody exports and purges it.
  if (senders.length === 0) return;
  const growth: Growth = new Map();
  while (!signal.aborted) {
    const isDelivered = (name: string, size: number) =>
      senders.every((sender) => sender.offsetOf({ name, size }) >= size);
    // What could not be removed now is removed later.
    await compact(folder, isDelivered, growth).catch(() => undefined);
    await sleep(PAUSE, undefined, { signal }).catch(() => undefined);
  }
}
