/** The payload log in GET /metrics: what waits in its spool, and what became of what was sent. Counted once per engine. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Counter, Gauge, type OpenMetricsContentType, type Registry } from 'prom-client';
import { Backlog, type SpoolBacklog } from '../../records/backlog.ts';
import type { PayloadLogSettings } from '../payload-log/payload-log-settings.ts';
import type { FromSenderThread } from '../payload-log/sender.ts';

/** Milliseconds that an answer waits for the folder; then it has what was measured last. */
const PATIENCE = 1_000;

/**
 * Adds the metrics of a payload log.
 * @returns what has to be called with the events of its senders
 */
export function addSenderMetrics(
  registers: Registry<OpenMetricsContentType>[],
  { folder, max_bytes: maxBytes, sinks }: PayloadLogSettings,
): (event: FromSenderThread) => void {
  const names = sinks.map(({ name }) => name);
  const backlog = new Backlog(folder, names);
  let last: SpoolBacklog | undefined;
  let measuring: Promise<void> | undefined;
  /** One measurement at a time: on a slow disk, they must not pile up. */
  const measure = () =>
    (measuring ??= backlog
      .measure()
      .then((measured) => void (last = measured))
      .catch(() => undefined)
      .finally(() => (measuring = undefined)));
  const find = async () => {
    const patience = new AbortController();
    await Promise.race([measure(), sleep(PATIENCE, undefined, { signal: patience.signal }).catch(() => undefined)]);
    patience.abort();
    return last;
  };

  const gauge = (name: string, help: string, labelNames: string[], set: (gauge: Gauge, found: SpoolBacklog) => void) =>
    new Gauge({
      name: `custom_ml_engine_payload_log_${name}`,
      help,
      labelNames,
      registers,
      async collect() {
        const found = await find();
        if (found) set(this, found);
      },
    });
  const counter = (
    name: string,
    help: string,
    labelNames: string[],
    set: (counter: Counter, found: SpoolBacklog) => void,
  ) =>
    new Counter({
      name: `custom_ml_engine_payload_log_${name}`,
      help,
      labelNames,
      registers,
      async collect() {
        const found = await find();
        if (!found) return;
        this.reset();
        set(this, found);
      },
    });

  gauge('spool_bytes', 'Size of the spool, dead letters included.', [], (one, { bytes }) => one.set(bytes));
  gauge('spool_max_bytes', 'Size that the spool may have.', [], (one) => one.set(maxBytes));
  gauge('pending_records', 'Records that a sink has not been given yet.', ['sink'], (one, found) => {
    for (const { name, pending } of found.sinks) one.set({ sink: name }, pending);
  });
  gauge('oldest_pending_age_seconds', 'Age of the oldest of those; 0 if there is none.', ['sink'], (one, found) => {
    for (const { name, oldest } of found.sinks)
      one.set({ sink: name }, oldest ? Math.max(0, (Date.now() - oldest.getTime()) / 1000) : 0);
  });
  gauge('dead_letters', 'Records that a sink has rejected for good and that are kept.', ['sink'], (one, found) => {
    for (const { name, dead } of found.sinks) one.set({ sink: name }, dead);
  });
  counter('delivered_records_total', 'Records that a sink has acknowledged.', ['sink'], (one, { sinks: all }) => {
    for (const { name, delivered } of all) one.inc({ sink: name }, delivered);
  });
  counter('dropped_records_total', 'Records that were dropped to make room for new ones.', [], (one, found) =>
    one.inc(found.dropped),
  );
  const failures = new Counter({
    name: 'custom_ml_engine_payload_log_failures_total',
    help: 'Attempts to send records to a sink that failed and are repeated.',
    labelNames: ['sink'],
    registers,
  });
  const rejected = new Counter({
    name: 'custom_ml_engine_payload_log_rejected_records_total',
    help: 'Records that a sink has rejected for good.',
    labelNames: ['sink'],
    registers,
  });
  for (const sink of names) {
    failures.inc({ sink }, 0);
    rejected.inc({ sink }, 0);
  }
  return (event) => {
    if (event.type === 'failed') failures.inc({ sink: event.sink });
    if (event.type === 'rejected') rejected.inc({ sink: event.sink });
  };
}
