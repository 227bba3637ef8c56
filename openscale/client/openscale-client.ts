/**
 * A client of OpenScale's API (version 2, and what remains of version 1). Credentials, retries and time limits are those of every
 * upstream. Tokens are cached and renewed when they end or are rejected.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { listOf } from '../../models/list-of.ts';
import { withDeadline } from '../../upstream/deadline.ts';
import { openUpstream } from '../../upstream/open-upstream.ts';
import type { AnyUpstreamRequest, UpstreamReply } from '../../upstream/request-reply.ts';
import { ReplyError, UpstreamError } from '../../upstream/upstream-error.ts';
import { upstreamSettingsSchema } from '../../upstream/upstream-settings.ts';
import type { Upstream } from '../../upstream/upstream.ts';
import { toAddress, toAuthentication, type OpenScaleSettings } from './openscale-settings.ts';

/** How often a request is retried. */
const RETRIES = 4;

const text = z.string().optional().catch(undefined);

/** Whatever it looks like, the state counts. */
const failureSchema = z
  .looseObject({ errors: listOf(z.looseObject({ code: text, message: text })).optional() })
  .optional()
  .catch(undefined);

const statusSchema = z.looseObject({ state: z.string(), failure: failureSchema });

/** An id is shown, and a part of paths. */
const idSchema = z.string().regex(/^[\x21-\x7e]{1,200}$/);

/** How far OpenScale is with something, and why it failed. */
export type OpenScaleStatus = z.infer<typeof statusSchema>;

const resourceSchema = z.looseObject({
  metadata: z.looseObject({ id: idSchema }),
  entity: z.looseObject({ status: statusSchema.optional() }),
});

/** Something that OpenScale keeps under an id. */
export type OpenScaleResource = z.infer<typeof resourceSchema>;

/** The collections of resources that are used here. */
export type OpenScaleCollection =
  | 'data_marts'
  | 'service_providers'
  | 'subscriptions'
  | 'data_sets'
  | 'monitor_definitions'
  | 'monitor_instances'
  | 'integrated_systems';

const entitlementsSchema = z.looseObject({
  entitlements: z.looseObject({
    ai_openscale: listOf(z.looseObject({ id: idSchema, name: text })).default([]),
  }),
});

/** Parameters of a request; those without a value are left out. */
export type Query = Readonly<Record<string, string | undefined>>;

/** What is asked of the API, relative to the service instance. */
interface OpenScaleRequest extends Omit<AnyUpstreamRequest, 'path' | 'body'> {
  /** Begins with /v2/, or /v1/. */
  readonly path: string;
  readonly query?: Query | undefined;
  /** Sent as JSON. */
  readonly json?: unknown;
  readonly bytes?: Uint8Array;
}

/** A state that something of OpenScale's does not leave: it has failed. */
export class OpenScaleFailure extends Error {
  override readonly name = 'OpenScaleFailure';
  /** The codes of the errors that OpenScale names. */
  readonly codes: readonly string[];

  constructor(message: string, { failure }: OpenScaleStatus) {
    const errors = failure?.errors ?? [];
    super([message, ...errors.flatMap(({ message: why }) => (why === undefined ? [] : [toPlain(why)]))].join(': '));
    this.codes = errors.map(({ code = '' }) => code);
  }
}

export class OpenScaleClient {
  readonly #upstream: Upstream;
  readonly #settings: OpenScaleSettings;
  /** The base URL of the API. */
  readonly url: string;
  #instance: string | undefined;

  private constructor(upstream: Upstream, settings: OpenScaleSettings) {
    this.#upstream = upstream;
    this.#settings = settings;
    ({ url: this.url, instance: this.#instance } = toAddress(settings));
  }

  /**
   * Opens a client. No request is sent yet.
   * @param place where the settings are, for the problems
   * @returns the client, or all problems: a variable that is not set, a file without certificates
   */
  static async open(
    settings: OpenScaleSettings,
    place: string,
  ): Promise<{ readonly client: OpenScaleClient } | { readonly problems: readonly string[] }> {
    const { url } = toAddress(settings);
    const { ca_file, timeout } = settings;
    const defaults = upstreamSettingsSchema.parse({
      timeout,
      retries: RETRIES,
      ...(ca_file !== undefined && { ca_file }),
    });
    const authentication = toAuthentication(settings, url);
    const opened = await openUpstream({ ...defaults, url, authentication }, place);
    return 'problems' in opened ? opened : { client: new OpenScaleClient(opened.upstream, settings) };
  }

  /** Cancels background work. */
  close(): void {
    this.#upstream.close();
  }

  /**
   * Sends a request, and retries it where that is safe.
   * @throws {UpstreamError} unless the answer is 2xx
   */
  async send(
    { path, query = {}, json, bytes, ...request }: OpenScaleRequest,
    signal?: AbortSignal,
  ): Promise<UpstreamReply> {
    const instance = path.startsWith('/v2/') ? `/openscale/${encodeURIComponent(await this.findInstance(signal))}` : '';
    const body = json === undefined ? bytes : JSON.stringify(json);
    return this.#send({ ...request, path: `${instance}${path}${toQuery(query)}`, body }, signal);
  }

  #send(request: AnyUpstreamRequest, signal: AbortSignal | undefined): Promise<UpstreamReply> {
    return withDeadline(3 * this.#settings.timeout, signal, (deadline) => this.#upstream.send(request, deadline));
  }

  /** The id of the service instance: that of the settings, or the only one that the credentials are entitled to. */
  async findInstance(signal?: AbortSignal): Promise<string> {
    if (this.#instance !== undefined) return this.#instance;
    const reply = await this.#send({ method: 'GET', path: '/v1/entitlements?nocache=true' }, signal);
    const { ai_openscale: instances } = parseReply(entitlementsSchema, reply, 'entitlements').entitlements;
    const [only] = instances;
    if (!only || instances.length > 1) {
      const found = instances.map(({ id, name }) => (name === undefined ? id : `${id} (${toPlain(name)})`)).join(', ');
      throw new UpstreamError(
        'unauthorized',
        only
          ? `the credentials are entitled to several service instances, so one must be named: ${found}`
          : 'the credentials are entitled to no service instance of OpenScale',
      );
    }
    return (this.#instance = only.id);
  }

  /** The resources of a collection that match the query. */
  async list(collection: OpenScaleCollection, query: Query = {}, signal?: AbortSignal): Promise<OpenScaleResource[]> {
    const reply = await this.send({ method: 'GET', path: `/v2/${collection}`, query }, signal);
    const schema = z.looseObject({ [collection]: listOf(resourceSchema) });
    return parseReply(schema, reply, collection)[collection] as OpenScaleResource[];
  }

  /** The resource with an id. */
  async read(
    collection: OpenScaleCollection,
    id: string,
    query: Query = {},
    signal?: AbortSignal,
  ): Promise<OpenScaleResource> {
    const path = `/v2/${collection}/${encodeURIComponent(id)}`;
    return parseReply(resourceSchema, await this.send({ method: 'GET', path, query }, signal), 'metadata and entity');
  }

  /** Creates a resource, which may be in preparation. It is not retried unless it was certainly not processed. */
  async create(
    collection: OpenScaleCollection,
    body: object,
    query: Query = {},
    signal?: AbortSignal,
  ): Promise<OpenScaleResource> {
    const reply = await this.send({ method: 'POST', path: `/v2/${collection}`, query, json: body }, signal);
    return parseReply(resourceSchema, reply, 'metadata and entity');
  }

  /** Replaces values of a resource, by JSON patch (RFC 6902). */
  async replace(
    collection: OpenScaleCollection,
    id: string,
    values: Readonly<Record<string, unknown>>,
    query: Query = {},
    signal?: AbortSignal,
  ): Promise<void> {
    const json = Object.entries(values).map(([key, value]) => ({ op: 'replace', path: `/${key}`, value }));
    const path = `/v2/${collection}/${encodeURIComponent(id)}`;
    await this.send({ method: 'PATCH', path, query, json, isRepeatable: true }, signal);
  }

  /**
   * Waits until a resource is active.
   * @throws {OpenScaleFailure} if its state says that it failed
   * @throws {UpstreamError} if it takes too long
   */
  async waitUntilActive(
    collection: OpenScaleCollection,
    { metadata: { id }, entity }: OpenScaleResource,
    query: Query = {},
    signal?: AbortSignal,
  ): Promise<void> {
    // What has no status is not prepared, but simply there.
    const look = async () => (await this.read(collection, id, query, signal)).entity.status ?? { state: 'active' };
    await this.#poll(`${collection} ${id}`, entity.status, look, signal);
  }

  /**
   * Waits until a request that was accepted with 202 has been processed.
   * @param path of the request's status, relative to the service instance
   * @throws {OpenScaleFailure} if it ended with an error
   * @throws {UpstreamError} if it takes too long
   */
  async waitUntilProcessed(path: string, query: Query = {}, signal?: AbortSignal): Promise<void> {
    const read = async () => parseReply(statusSchema, await this.send({ method: 'GET', path, query }, signal), 'state');
    await this.#poll('the request', undefined, read, signal);
  }

  async #poll(
    what: string,
    first: OpenScaleStatus | undefined,
    look: () => Promise<OpenScaleStatus>,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { poll_interval, poll_timeout } = this.#settings;
    const endsAt = performance.now() + poll_timeout;
    for (let status = first ?? (await look()); ; status = await look()) {
      if (status.state === 'active' || status.state === 'finished') return;
      if (status.state === 'error' || status.state === 'failed') throw new OpenScaleFailure(`${what} failed`, status);
      if (performance.now() >= endsAt)
        throw new UpstreamError(
          'late',
          `${what} is still in the state ${toWord(status.state)} after ${poll_timeout} ms`,
        );
      await sleep(poll_interval, undefined, signal && { signal });
    }
  }
}

function toQuery(query: Query): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`;
}

/** A state as messages show it: one word. */
function toWord(state: string): string {
  return /^\w{1,40}$/.test(state) ? state : 'unknown';
}

/** A text of OpenScale's as a terminal may show it: in one line, without control characters. */
export function toPlain(said: string): string {
  return said.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim();
}

/** The reply's JSON, checked. Throws a ReplyError that says what was expected. */
export function parseReply<Schema extends z.ZodType>(
  schema: Schema,
  reply: UpstreamReply,
  expected: string,
): z.infer<Schema> {
  try {
    const parsed = schema.safeParse(reply.json());
    if (parsed.success) return parsed.data;
    throw new ReplyError(`expected ${expected} in the reply`);
  } catch (error) {
    if (error instanceof ReplyError) error.addRequest(reply.request);
    throw error;
  }
}
