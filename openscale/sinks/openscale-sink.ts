/**
 * Sends records to the payload and feedback data sets of OpenScale. Records of payload logging are stored under their scoring ids,
 * so that one that comes again replaces itself; feedback has no ids there, and so the sink remembers what was acknowledged.
 */
import { z } from 'zod';
import { recordOf } from '../../models/list-of.ts';
import { UpstreamError } from '../../upstream/upstream-error.ts';
import { OpenScaleClient, OpenScaleFailure, type OpenScaleResource, type Query } from '../client/openscale-client.ts';
import { toRecordKey } from '../../records/record-line.ts';
import { SinkError, type LoggedRecord, type Sink } from '../../records/sink.ts';
import type { SinkKind } from '../../records/sink-kind.ts';
import { containerSchema, openScaleSettingsSchema } from '../client/openscale-settings.ts';
import { sanitizeStrings } from './sanitize-strings.ts';

const id = z.string().regex(/^[\w.-]+$/, 'an id');

const schema = openScaleSettingsSchema.safeExtend({
  /** The version of the API that takes the records. */
  api_version: z.union([z.literal(1), z.literal(2)]).default(2),
  /** The subscription of a deployment; without one, the only one to it is found. */
  subscriptions: recordOf(z.string(), id).default({}),
  /** The space or project in which the subscriptions are. */
  container: containerSchema.optional(),
  /** Whether strings that the web firewall before OpenScale blocks are escaped, as IBM's client can. */
  sanitize: z.boolean().default(true),
});

type OpenScaleSinkSettings = z.infer<typeof schema>;

const subscriptionSchema = z.looseObject({
  service_provider_id: z.string(),
  data_mart_id: z.string(),
  deployment: z.looseObject({ deployment_id: z.string() }),
});

/** Where the records of a deployment go. */
interface Target {
  readonly subscription: string;
  readonly provider: string;
  readonly dataMart: string;
}

/** Statuses that say that the request itself is at fault: sending it again cannot succeed. */
const PERMANENT = [400, 405, 409, 413, 415, 422];

/** Payload logging and feedback of OpenScale. */
export const openScaleSink: SinkKind<OpenScaleSinkSettings> = {
  schema,
  open: async (settings, name) => {
    const opened = await OpenScaleClient.open(settings, name);
    if ('problems' in opened) throw new Error(opened.problems.join('\n'));
    return new OpenScaleSink(opened.client, settings, name);
  },
};

class OpenScaleSink implements Sink {
  readonly name: string;
  readonly #client: OpenScaleClient;
  readonly #settings: OpenScaleSinkSettings;
  readonly #query: Query;
  readonly #targets = new Map<string, Target>();
  readonly #dataSets = new Map<string, string>();
  /** Requests that OpenScale accepted and whose end is unknown: the path of the status, and the records. */
  readonly #accepted = new Map<string, ReadonlySet<string>>();
  /** Records that were acknowledged although the batch failed, and that therefore come again. */
  readonly #acknowledged = new Set<string>();

  constructor(client: OpenScaleClient, settings: OpenScaleSinkSettings, name: string) {
    this.name = name;
    this.#client = client;
    this.#settings = settings;
    const { container } = settings;
    this.#query = container ? { container_type: container.type, container_id: container.id } : {};
  }

  async send(records: readonly LoggedRecord[], signal: AbortSignal): Promise<void> {
    const groups = new Map<string, LoggedRecord[]>();
    for (const record of records) {
      const key = `${record.kind} of ${record.deployment}`;
      const group = groups.get(key);
      if (group) group.push(record);
      else groups.set(key, [record]);
    }
    const done: string[] = [];
    for (const [what, group] of groups) {
      try {
        await this.#settle(group, signal);
        const rest = group.filter((record) => !this.#acknowledged.has(toRecordKey(record)));
        if (rest.length > 0) await this.#sendGroup(rest, signal);
      } catch (error) {
        for (const key of done) this.#acknowledged.add(key);
        this.#forget(group[0] as LoggedRecord, error);
        throw toSinkError(error, what);
      }
      for (const record of group) done.push(toRecordKey(record));
    }
    for (const key of done) this.#acknowledged.delete(key);
  }

  /** Waits for the end of earlier requests with any of these records: what they stored must not be sent again. */
  async #settle(records: readonly LoggedRecord[], signal: AbortSignal): Promise<void> {
    for (const [path, keys] of this.#accepted) {
      if (!records.some((record) => keys.has(toRecordKey(record)))) continue;
      try {
        await this.#wait(path, signal);
        for (const key of keys) this.#acknowledged.add(key);
      } catch (error) {
        // Its records are sent again below.
        if (!(error instanceof OpenScaleFailure)) throw error;
      }
    }
  }

  /** Waits for the end of an accepted request, which is then forgotten, unless its end remains unknown. */
  async #wait(path: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#client.waitUntilProcessed(path, this.#query, signal);
    } catch (error) {
      // OpenScale does not know the request any more.
      if (error instanceof OpenScaleFailure || (error instanceof UpstreamError && error.status === 404))
        this.#accepted.delete(path);
      throw error;
    }
    this.#accepted.delete(path);
  }

  async #sendGroup(records: readonly LoggedRecord[], signal: AbortSignal): Promise<void> {
    const { kind, deployment } = records[0] as LoggedRecord;
    const target = await this.#findTarget(deployment, signal);
    if (this.#settings.api_version === 1) return this.#sendOld(records, target, signal);
    const dataSet = await this.#findDataSet(kind, deployment, target, signal);
    const path = `/v2/data_sets/${encodeURIComponent(dataSet)}`;
    const bodies = records.map(kind === 'payload' ? toPayload : toFeedback);
    const reply = await this.#post(`${path}/records`, bodies, signal);
    // As IBM's client does: the last part of the location is the id of the request.
    const request = /\/([\w-][\w.-]*)\/?(?:[?#].*)?$/.exec(reply.headers['location'] ?? '')?.[1];
    if (request === undefined) throw new UpstreamError('reply', 'expected a Location with the id of the request');
    const status = `${path}/requests/${request}`;
    this.#accepted.set(status, new Set(records.map(toRecordKey)));
    await this.#wait(status, signal);
  }

  /** Version 1 acknowledges at once. */
  async #sendOld(records: readonly LoggedRecord[], target: Target, signal: AbortSignal): Promise<void> {
    const { dataMart, provider: binding_id, subscription: subscription_id } = target;
    const path = `/v1/data_marts/${encodeURIComponent(dataMart)}`;
    const ids = { binding_id, subscription_id };
    const payloads = records.filter(({ kind }) => kind === 'payload');
    if (payloads.length > 0) {
      const bodies = payloads.map((record) => ({ ...ids, deployment_id: record.deployment, ...toOldPayload(record) }));
      await this.#post(`${path}/scoring_payloads`, bodies, signal);
    }
    for (const record of records) {
      if (record.kind === 'payload') continue;
      await this.#post(`${path}/feedback_payloads`, { ...ids, ...toFeedback(record) }, signal);
      this.#acknowledged.add(toRecordKey(record));
    }
  }

  #post(path: string, body: unknown, signal: AbortSignal) {
    const json = this.#settings.sanitize ? sanitizeStrings(body) : body;
    return this.#client.send({ method: 'POST', path, query: this.#query, json }, signal);
  }

  async #findTarget(deployment: string, signal: AbortSignal): Promise<Target> {
    const known = this.#targets.get(deployment);
    if (known) return known;
    const chosen = this.#settings.subscriptions[deployment];
    const all = await this.#client.list('subscriptions', this.#query, signal);
    const found = all.flatMap(({ metadata: { id }, entity }: OpenScaleResource) => {
      const parsed = subscriptionSchema.safeParse(entity);
      const isMeant = chosen === undefined ? parsed.data?.deployment.deployment_id === deployment : id === chosen;
      if (!parsed.success || !isMeant) return [];
      const { service_provider_id: provider, data_mart_id: dataMart } = parsed.data;
      return [{ subscription: id, provider, dataMart }];
    });
    const [only] = found;
    if (!only) throw new MissingError('there is no subscription; `custom-ml-engine register --apply` makes one');
    if (found.length > 1) {
      const ids = found.map(({ subscription }) => subscription).join(', ');
      throw new MissingError(`there are several subscriptions, of which \`subscriptions\` must name one: ${ids}`);
    }
    this.#targets.set(deployment, only);
    return only;
  }

  async #findDataSet(
    kind: LoggedRecord['kind'],
    deployment: string,
    { subscription }: Target,
    signal: AbortSignal,
  ): Promise<string> {
    const key = `${kind} of ${deployment}`;
    const known = this.#dataSets.get(key);
    if (known !== undefined) return known;
    const type = kind === 'payload' ? 'payload_logging' : 'feedback';
    const query = { type, 'target.target_id': subscription, 'target.target_type': 'subscription', ...this.#query };
    const [found] = await this.#client.list('data_sets', query, signal);
    if (!found)
      throw new MissingError(
        kind === 'payload'
          ? 'the subscription has no payload data set yet'
          : 'the subscription has no feedback data set; the quality monitor makes one',
      );
    this.#dataSets.set(key, found.metadata.id);
    return found.metadata.id;
  }

  /** Subscriptions are deleted and made again: what was not found is looked for again. */
  #forget({ kind, deployment }: LoggedRecord, error: unknown): void {
    const isGone = error instanceof UpstreamError && (error.status === 404 || error.status === 400);
    if (!isGone) return;
    this.#targets.delete(deployment);
    this.#dataSets.delete(`${kind} of ${deployment}`);
  }
}

/** Something that must be set up in OpenScale first. */
class MissingError extends Error {}

/** A record as version 2 takes it; one has as many rows as were scored together. */
function toPayload(record: LoggedRecord): object {
  const { userId, assetRevision } = record;
  return {
    ...toOldPayload(record),
    multiple_records: true,
    ...(userId !== undefined && { user_id: userId }),
    ...(assetRevision !== undefined && { asset_revision: assetRevision }),
  };
}

function toOldPayload({ scoringId, timestamp, responseTime, request, response }: LoggedRecord): object {
  return { scoring_id: scoringId, scoring_timestamp: timestamp, response_time: responseTime, request, response };
}

function toFeedback({ request: { fields, values } }: LoggedRecord): object {
  return { fields, values };
}

function toSinkError(error: unknown, what: string): SinkError {
  const retryAfter = error instanceof UpstreamError && error.retryAfter ? error.retryAfter * 1000 : undefined;
  const message = `${what}: ${toMessage(error)}`;
  return new SinkError(message, { isPermanent: isPermanent(error), retryAfter, cause: error });
}

/** The end of a failed request is told by its codes, because messages of OpenScale's may contain data. */
function toMessage(error: unknown): string {
  if (error instanceof OpenScaleFailure)
    return `OpenScale accepted the records and then failed (${error.codes.map(toCode).join(', ') || 'no code'})`;
  return error instanceof Error ? error.message : 'an unknown failure';
}

function toCode(code: string): string {
  return /^[\w.-]{1,64}$/.test(code) ? code : 'unreadable code';
}

/** A request that was accepted and then failed may succeed next time; the sender finds out which records always fail. */
function isPermanent(error: unknown): boolean {
  if (!(error instanceof UpstreamError) || error.status === undefined) return false;
  // The firewall answers with a page, OpenScale itself with JSON.
  const isBlocked = error.status === 403 && /^\s*</.test(error.quote ?? '');
  return isBlocked || PERMANENT.includes(error.status);
}
