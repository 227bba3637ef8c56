import type { SinkToSend } from '../../records/run-senders.ts';
import type { SinkKind } from '../../records/sink-kind.ts';
import type { SinkSettings } from './payload-log-settings.ts';
import { findSinkKind } from './sinks.ts';

/**
 * Opens sinks; nothing is sent yet.
 * @throws {Error} the problems of the first one that cannot be opened, such as a variable that is not set
 */
export async function openSinks(settings: readonly SinkSettings[]): Promise<SinkToSend[]> {
  const sinks: SinkToSend[] = [];
  for (const { type, name, own, batch_records, batch_bytes, first_wait, longest_wait, give_up_after } of settings) {
    const kind = findSinkKind(type) as SinkKind<unknown>;
    sinks.push({
      sink: await kind.open(own, name),
      limits: { records: batch_records, bytes: batch_bytes },
      backoff: { first: first_wait, longest: longest_wait },
      giveUpAfter: give_up_after,
    });
  }
  return sinks;
}
