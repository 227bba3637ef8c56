/** A sink that posts records to any server, as events of CloudEvents 1.0 (https://cloudevents.io) in JSON. */
import { z } from 'zod';
import { withDeadline } from '../../upstream/deadline.ts';
import { openUpstream } from '../../upstream/open-upstream.ts';
import type { Upstream } from '../../upstream/upstream.ts';
import { UpstreamError } from '../../upstream/upstream-error.ts';
import { upstreamSettingsSchema } from '../../upstream/upstream-settings.ts';
import { toCloudEvent } from '../cloud-event.ts';
import { toRecordKey } from '../record-line.ts';
import { SinkError, type LoggedRecord, type Sink } from '../sink.ts';
import type { SinkKind } from '../sink-kind.ts';

const schema = upstreamSettingsSchema.extend({
  url: upstreamSettingsSchema.shape.url.unwrap(),
  /** Whether a request has a list of events or one event. Brokers such as Knative's take one only. */
  mode: z.enum(['batch', 'single']).default('batch'),
  /** The beginning of the events' `source`: a URI-reference that names this engine. */
  source: z
    .string()
    .regex(/^[^\s\p{Cc}]*[^\s\p{Cc}/]$/u, 'a URI-reference without a slash at its end')
    .default('urn:custom-ml-engine'),
});

type HttpSettings = z.infer<typeof schema>;

/** Statuses that say that the request is at fault. With all others, the same request may be accepted later. */
const PERMANENT: readonly (number | undefined)[] = [400, 406, 411, 413, 414, 415, 422];

/** CloudEvents to a URL. */
export const httpSink: SinkKind<HttpSettings> = {
  schema,
  open: async (settings, name) => {
    const { mode, source, ...upstream } = settings;
    const opened = await openUpstream({ ...upstream, authentication: upstream.authentication }, name);
    if ('problems' in opened) throw new Error(opened.problems.join('\n'));
    return new HttpSink(name, opened.upstream, { mode, source, timeout: upstream.timeout });
  },
};

class HttpSink implements Sink {
  readonly name: string;
  readonly #upstream: Upstream;
  readonly #settings: Pick<HttpSettings, 'mode' | 'source' | 'timeout'>;
  /** With one event per request: records that were acknowledged although a later one failed, and that therefore come again. */
  readonly #acknowledged = new Set<string>();

  constructor(name: string, upstream: Upstream, settings: Pick<HttpSettings, 'mode' | 'source' | 'timeout'>) {
    this.name = name;
    this.#upstream = upstream;
    this.#settings = settings;
  }

  async send(records: readonly LoggedRecord[], signal: AbortSignal): Promise<void> {
    const { mode, source } = this.#settings;
    if (mode === 'batch') {
      const events = records.map((record) => toCloudEvent(record, source));
      return this.#post(events, 'application/cloudevents-batch+json', signal);
    }
    const keys = records.map(toRecordKey);
    for (const [index, record] of records.entries()) {
      if (this.#acknowledged.has(keys[index] as string)) continue;
      await this.#post(toCloudEvent(record, source), 'application/cloudevents+json', signal);
      this.#acknowledged.add(keys[index] as string);
    }
    for (const key of keys) this.#acknowledged.delete(key);
  }

  async #post(body: unknown, type: string, signal: AbortSignal): Promise<void> {
    const headers = { 'content-type': `${type}; charset=utf-8` };
    try {
      await withDeadline(this.#settings.timeout, signal, (deadline) =>
        this.#upstream.post({ path: '', headers, body: JSON.stringify(body) }, deadline),
      );
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error;
      // The problem alone: what the server sent may repeat the records.
      const where = error.request === undefined ? '' : `${error.request}: `;
      throw new SinkError(`${where}${error.problem}`, {
        isPermanent: PERMANENT.includes(error.status),
        retryAfter: error.retryAfter === undefined ? undefined : error.retryAfter * 1000,
        cause: error,
      });
    }
  }
}
