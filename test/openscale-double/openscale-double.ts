/**
 * A double of OpenScale's API on loopback: IBM Cloud (IAM), AWS and Cloud Pak for Data at once, strict about what it receives, and
 * able to fail when it is told to. `test/sdk/` drives it with IBM's own SDK.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { sendProviderCall, toProviderCall } from './call-provider.ts';
import { Failures, type Failure, type FailureRule } from './failures.ts';
import { serviceProviderSchema, subscriptionSchema, monitorInstanceSchema } from './schemas.ts';
import { ApiError, OpenScaleStore, type Resource, type StoredRecord } from './store.ts';
import { Tokens } from './tokens.ts';

export { CREDENTIALS } from './tokens.ts';

/** The only service instance, as on Cloud Pak for Data. */
export const INSTANCE = '00000000-0000-0000-0000-000000000000';

export interface DoubleOptions {
  readonly port?: number;
  readonly settle?: number;
  readonly hasDataMart?: boolean;
  readonly qualityNeedsPayload?: boolean;
  /** How long tokens live, in seconds. */
  readonly lifetime?: number;
  /** The ids of the service instances; one by default. */
  readonly instances?: readonly string[];
}

/** A request as it was received, without credentials. */
export interface SeenRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly body: string;
}

interface Call {
  readonly query: URLSearchParams;
  readonly json: () => unknown;
  readonly bytes: Buffer;
  readonly failure: Failure | undefined;
}

interface Reply {
  readonly status?: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

type Route = readonly [method: string, path: RegExp, answer: (call: Call, ...ids: string[]) => Reply];

/** What IBM's web firewall looks for in bodies, as its client knows it (ibm_watson_openscale/utils/sanitization_config.py). */
const BLOCKED = /\/etc\/(?:passwd|password|shadow|hosts)|\.\.\//i;

export class OpenScaleDouble {
  readonly #server = createServer((request, response) => void this.#answer(request, response));
  readonly #sockets = new Set<Socket>();
  readonly #options: DoubleOptions;
  readonly #failures = new Failures();
  readonly #tokens: Tokens;
  store: OpenScaleStore;
  /** Requests of the API, in order; those for tokens are counted apart. */
  readonly requests: SeenRequest[] = [];
  /** The calls of metrics providers, when they have been answered. */
  readonly calls: { readonly run: string; readonly status: number; readonly body: unknown }[] = [];
  /** How many of them failed because it was told to. */
  failed = 0;
  /** How many tokens were issued. */
  get tokens(): number {
    return this.#tokens.issued;
  }

  private constructor(options: DoubleOptions) {
    this.#options = options;
    this.#tokens = new Tokens(options.lifetime ?? 3600);
    this.store = this.#buildStore();
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined).once('close', () => this.#sockets.delete(socket));
    });
  }

  static async start(options: DoubleOptions = {}): Promise<OpenScaleDouble> {
    const double = new OpenScaleDouble(options);
    double.#server.listen(options.port ?? 0, '127.0.0.1');
    await once(double.#server, 'listening');
    return double;
  }

  #buildStore(): OpenScaleStore {
    const { settle = 0, hasDataMart = true, qualityNeedsPayload = false } = this.#options;
    return new OpenScaleStore({ settle, hasDataMart, qualityNeedsPayload });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Tells it to fail. */
  fail(failure: Failure, rule: Omit<FailureRule, 'failure'> = {}): void {
    this.#failures.add({ failure, ...rule });
  }

  /** From now on it works as it should. */
  recover(): void {
    this.#failures.clear();
  }

  /** Forgets what it has stored and seen. */
  reset(): void {
    this.store = this.#buildStore();
    this.requests.length = 0;
    this.calls.length = 0;
  }

  /** Revokes all tokens. */
  expireTokens(): void {
    this.#tokens.expire();
  }

  /** What is in the data sets of a type, of all subscriptions. */
  records(type: 'payload_logging' | 'feedback'): StoredRecord[] {
    return this.store
      .listDataSets(undefined, type)
      .flatMap(({ metadata }) => [...(this.store.records.get(metadata.id)?.values() ?? [])]);
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => undefined);
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const bytes = Buffer.concat(chunks);
      const url = new URL(request.url ?? '/', this.url);
      const reply = this.#route(request, url, bytes);
      if (reply === 'silence') return;
      if (reply === 'drop') {
        response.destroy();
        return;
      }
      const { status = 200, body, headers = {} } = reply;
      const isText = typeof body === 'string';
      const text = body === undefined ? '' : isText ? body : JSON.stringify(body);
      response
        .writeHead(status, { 'content-type': isText ? 'text/html' : 'application/json', ...headers })
        .end(request.method === 'HEAD' ? undefined : text);
    } catch {
      // The client has gone.
      response.destroy();
    }
  }

  #route(request: IncomingMessage, url: URL, bytes: Buffer): Reply | 'silence' | 'drop' {
    const method = request.method ?? '';
    const text = bytes.toString();
    const token = this.#tokens.answer(method, url, text);
    if (token) return token;
    if (url.pathname.startsWith('/double/')) return this.#answerOperator(url.pathname, text);
    const failure = this.#failures.next(method, url.pathname, text);
    if (failure) this.failed += 1;
    this.requests.push({ method, path: `${url.pathname}${url.search}`, body: text });
    if (failure?.kind === 'silence') return 'silence';
    if (failure?.kind === 'drop' && !failure.isProcessed) return 'drop';
    if (failure?.kind === 'expired') this.expireTokens();
    if (failure?.kind === 'rate-limit')
      return {
        status: 429,
        headers: { 'retry-after': String(failure.retryAfter ?? 0) },
        body: toErrors(429, 'too_many_requests', 'Slow down.'),
      };
    if (failure?.kind === 'status')
      return { status: failure.status, body: toErrors(failure.status, 'AIQ9999E', 'The double was told to fail.') };
    if (!this.#tokens.accepts(request.headers.authorization))
      return { status: 401, body: toErrors(401, 'AIQC0401E', 'The token is missing or has expired.') };
    const isJson = /^application\/json\b/.test(request.headers['content-type'] ?? '');
    if (isJson && BLOCKED.test(text))
      return { status: 403, body: '<!DOCTYPE html><title>Attention Required! | Cloudflare</title>' };
    const call: Call = {
      query: url.searchParams,
      bytes,
      failure,
      json: () => {
        if (!isJson) throw new ApiError(415, 'AIQC0415E', 'Expected application/json.');
        try {
          return JSON.parse(text) as unknown;
        } catch {
          throw new ApiError(400, 'AIQC0400E', 'Expected JSON.');
        }
      },
    };
    try {
      const reply = this.#dispatch(method, url.pathname, call);
      return failure?.kind === 'drop' ? 'drop' : reply;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return { status: error.status, body: toErrors(error.status, error.code, error.message) };
    }
  }

  #dispatch(method: string, path: string, call: Call): Reply {
    const prefix = /^\/openscale\/([^/]+)(\/v2\/.*)$/.exec(path);
    if (prefix && !this.#instances.includes(prefix[1] as string))
      throw new ApiError(404, 'AIQC0404E', 'There is no such service instance.');
    const operation = prefix?.[2] ?? (path.startsWith('/v1/') ? path : undefined);
    const known = this.#routes.filter(([, pattern]) => operation !== undefined && pattern.test(operation));
    const route = known.find(([name]) => name === method);
    if (!route) throw new ApiError(known.length > 0 ? 405 : 404, 'AIQC0404E', 'There is no such operation.');
    const [, pattern, answer] = route;
    const ids = (pattern.exec(operation as string) ?? []).slice(1).map(decodeURIComponent);
    return answer(call, ...ids);
  }

  get #instances(): readonly string[] {
    return this.#options.instances ?? [INSTANCE];
  }

  readonly #routes: readonly Route[] = [
    [
      'GET',
      /^\/v1\/entitlements$/,
      () => ({
        body: {
          entitlements: {
            ai_openscale: this.#instances.map((id) => ({
              id,
              name: `instance ${id.slice(-1)}`,
              plan_name: 'standard',
            })),
          },
        },
      }),
    ],
    ['GET', /^\/v2\/data_marts$/, () => ({ body: { data_marts: list(this.store.dataMarts) } })],
    ['POST', /^\/v2\/data_marts$/, ({ json }) => ({ status: 202, body: this.store.addDataMart(json()) })],
    ['GET', /^\/v2\/data_marts\/([^/]+)$/, (_, id) => ({ body: this.store.see(this.store.dataMarts, id) })],
    [
      'GET',
      /^\/v2\/service_providers$/,
      ({ query }) => ({
        body: {
          service_providers: this.#list(this.store.providers, query, ['service_type', 'operational_space_id']).map(
            hideCredentials,
          ),
        },
      }),
    ],
    [
      'POST',
      /^\/v2\/service_providers$/,
      ({ json, query }) => ({
        status: 202,
        body: hideCredentials(this.store.addProvider(json(), Object.fromEntries(query))),
      }),
    ],
    [
      'GET',
      /^\/v2\/service_providers\/([^/]+)$/,
      (_, id) => ({ body: hideCredentials(this.store.see(this.store.providers, id)) }),
    ],
    [
      'PATCH',
      /^\/v2\/service_providers\/([^/]+)$/,
      ({ json }, id) => ({
        body: hideCredentials(this.store.patch(this.store.providers, id, json(), serviceProviderSchema)),
      }),
    ],
    [
      'GET',
      /^\/v2\/subscriptions$/,
      ({ query }) => ({
        body: {
          subscriptions: this.#list(this.store.subscriptions, query, [
            'service_provider_id',
            'asset.asset_id',
            'deployment.deployment_id',
          ]),
        },
      }),
    ],
    [
      'POST',
      /^\/v2\/subscriptions$/,
      ({ json, query }) => ({ status: 202, body: this.store.addSubscription(json(), Object.fromEntries(query)) }),
    ],
    ['GET', /^\/v2\/subscriptions\/([^/]+)$/, (_, id) => ({ body: this.store.see(this.store.subscriptions, id) })],
    [
      'PATCH',
      /^\/v2\/subscriptions\/([^/]+)$/,
      ({ json }, id) => ({
        body: this.store.patch(this.store.subscriptions, id, json(), subscriptionSchema),
      }),
    ],
    [
      'GET',
      /^\/v2\/data_sets$/,
      ({ query }) => ({
        body: {
          data_sets: this.store.listDataSets(
            query.get('target.target_id') ?? undefined,
            query.get('type') ?? undefined,
          ),
        },
      }),
    ],
    ['GET', /^\/v2\/data_sets\/([^/]+)$/, (_, id) => ({ body: this.store.see(this.store.dataSets, id) })],
    [
      'POST',
      /^\/v2\/data_sets\/([^/]+)\/records$/,
      ({ json, failure }, id) => {
        const kind = failure?.kind === 'half' ? 'half' : failure?.kind === 'poll-error' ? 'none' : undefined;
        const request = this.store.addRecords(id, json(), kind);
        const location = `/openscale/${this.#instances[0]}/v2/data_sets/${id}/requests/${request}`;
        return { status: 202, headers: { location }, body: { state: 'preparing' } };
      },
    ],
    [
      'GET',
      /^\/v2\/data_sets\/([^/]+)\/requests\/([^/]+)$/,
      (_, _id, request) => ({ body: this.store.seeRequest(request) }),
    ],
    ['GET', /^\/v2\/data_sets\/([^/]+)\/records$/, ({ query }, id) => ({ body: this.store.listRecords(id, query) })],
    [
      'GET',
      /^\/v2\/data_sets\/([^/]+)\/records\/([^/]+)$/,
      (_, id, record) => {
        const found = this.store.records.get(id)?.get(record);
        if (!found) throw new ApiError(404, 'AIQDS0006E', 'There is no such record.');
        return { body: { metadata: { id: found.id }, entity: { values: found.values } } };
      },
    ],
    ['POST', /^\/v2\/data_sets$/, ({ json }) => ({ status: 202, body: this.store.addDataSet(json()) })],
    [
      'DELETE',
      /^\/v2\/data_sets\/([^/]+)$/,
      (_, id) => {
        this.store.see(this.store.dataSets, id);
        this.store.dataSets.delete(id);
        return { status: 202 };
      },
    ],
    [
      'GET',
      /^\/v2\/monitor_definitions$/,
      ({ query }) => ({ body: this.store.listDefinitions(query.get('name') ?? undefined) }),
    ],
    ['POST', /^\/v2\/monitor_definitions$/, ({ json }) => ({ status: 202, body: this.store.addDefinition(json()) })],
    ['GET', /^\/v2\/monitor_definitions\/([^/]+)$/, (_, id) => ({ body: this.store.see(this.store.definitions, id) })],
    [
      'DELETE',
      /^\/v2\/monitor_definitions\/([^/]+)$/,
      (_, id) => {
        this.store.deleteDefinition(id);
        return { status: 202 };
      },
    ],
    [
      'GET',
      /^\/v2\/monitor_instances$/,
      ({ query }) => ({
        body: {
          monitor_instances: this.#list(this.store.monitors, query, [
            'data_mart_id',
            'monitor_definition_id',
            'target.target_id',
            'target.target_type',
          ]),
        },
      }),
    ],
    [
      'POST',
      /^\/v2\/monitor_instances$/,
      ({ json, query }) => ({ status: 202, body: this.store.addMonitor(json(), Object.fromEntries(query)) }),
    ],
    ['GET', /^\/v2\/monitor_instances\/([^/]+)$/, (_, id) => ({ body: this.store.see(this.store.monitors, id) })],
    [
      'PATCH',
      /^\/v2\/monitor_instances\/([^/]+)$/,
      ({ json }, id) => ({
        body: this.store.patch(this.store.monitors, id, json(), monitorInstanceSchema),
      }),
    ],
    [
      'POST',
      /^\/v2\/monitor_instances\/([^/]+)\/runs$/,
      ({ json }, id) => {
        const run = this.store.addRun(id, json());
        void this.#callProvider(id, run.metadata.id);
        return { status: 201, body: run };
      },
    ],
    [
      'GET',
      /^\/v2\/monitor_instances\/([^/]+)\/runs$/,
      (_, id) => ({
        body: { runs: list(this.store.runs).filter(({ entity }) => entity['monitor_instance_id'] === id) },
      }),
    ],
    [
      'GET',
      /^\/v2\/monitor_instances\/([^/]+)\/runs\/([^/]+)$/,
      (_, id, run) => ({ body: this.store.seeRun(id, run) }),
    ],
    [
      'PATCH',
      /^\/v2\/monitor_instances\/([^/]+)\/runs\/([^/]+)$/,
      ({ json }, id, run) => ({ body: this.store.patchRun(id, run, json()) }),
    ],
    [
      'POST',
      /^\/v2\/monitor_instances\/([^/]+)\/measurements$/,
      ({ json }, id) => ({ status: 202, body: this.store.addMeasurements(id, json()) }),
    ],
    [
      'GET',
      /^\/v2\/monitor_instances\/([^/]+)\/measurements$/,
      ({ query }, id) => ({ body: { measurements: this.store.listMeasurements(id, query) } }),
    ],
    [
      'GET',
      /^\/v2\/integrated_systems$/,
      ({ query }) => ({
        body: { integrated_systems: this.#list(this.store.systems, query, ['type']).map(hideCredentials) },
      }),
    ],
    [
      'POST',
      /^\/v2\/integrated_systems$/,
      ({ json }) => ({ status: 201, body: hideCredentials(this.store.addSystem(json())) }),
    ],
    [
      'GET',
      /^\/v2\/integrated_systems\/([^/]+)$/,
      (_, id) => ({ body: hideCredentials(this.store.see(this.store.systems, id)) }),
    ],
    [
      'PATCH',
      /^\/v2\/integrated_systems\/([^/]+)$/,
      ({ json }, id) => ({ body: hideCredentials(this.store.patchSystem(id, json())) }),
    ],
    ...(['PUT', 'POST'] as const).map((method): Route => [
      method,
      /^\/v2\/monitoring_services\/(drift_v2|explainability)\/archives$/,
      ({ query, bytes }, monitor) => {
        this.store.putArchive(monitor, query.get('subscription_id') ?? '', bytes);
        return { status: 202, body: {} };
      },
    ]),
    [
      'POST',
      /^\/v1\/data_marts\/([^/]+)\/scoring_payloads$/,
      ({ json }, id) => {
        this.store.addOldPayload(id, json());
        return { status: 202, body: {} };
      },
    ],
    [
      'POST',
      /^\/v1\/data_marts\/([^/]+)\/feedback_payloads$/,
      ({ json }, id) => {
        this.store.addOldFeedback(id, json());
        return { status: 202, body: {} };
      },
    ],
  ];

  /** Calls the provider of a custom monitor, as OpenScale does for each run; a run that it refuses ends in error. */
  async #callProvider(instance: string, run: string): Promise<void> {
    const call = toProviderCall(this.store, instance, run);
    if (!call) return;
    const { status, body } = await sendProviderCall(call);
    this.calls.push({ run, status, body });
    if (status !== 200 && this.store.runs.get(run)?.entity.status['state'] === 'running')
      this.store.patchRun(instance, run, [
        { op: 'replace', path: '/status/state', value: 'error' },
        { op: 'replace', path: '/status/message', value: `The provider answered ${status}.` },
      ]);
  }

  /** The resources whose keys have the values in the query. */
  #list<Entity extends object>(
    from: Map<string, Resource<Entity>>,
    query: URLSearchParams,
    keys: readonly string[],
  ): Resource<Entity>[] {
    const others = [...query.keys()].filter(
      (key) =>
        !keys.includes(key) &&
        !/^(?:container_type|container_id|project_id|space_id|show_deleted|data_mart_id|limit|offset)$/.test(key),
    );
    if (others.length > 0)
      throw new ApiError(400, 'AIQC0402E', 'There is a parameter that this operation does not have.');
    return list(from).filter(({ entity }) =>
      keys.every((key) => {
        const value = key
          .split('.')
          .reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], entity);
        return (query.get(key) ?? value) === value;
      }),
    );
  }

  /** What programs in other languages tell it and ask of it. */
  #answerOperator(path: string, text: string): Reply {
    if (path === '/double/failures') {
      for (const { failure, ...rule } of JSON.parse(text) as FailureRule[]) this.fail(failure, rule);
      return { body: {} };
    }
    if (path === '/double/recover') {
      this.recover();
      return { body: {} };
    }
    if (path === '/double/reset') {
      this.reset();
      return { body: {} };
    }
    if (path === '/double/state') return { body: this.store.describe() };
    if (path === '/double/requests') return { body: this.requests };
    if (path === '/double/calls') return { body: this.calls };
    return { status: 404, body: toErrors(404, 'AIQC0404E', 'There is no such operation.') };
  }
}

function list<Entity>(from: Map<string, Resource<Entity>>): Resource<Entity>[] {
  return [...from.values()];
}

/** Secrets are never returned. */
function hideCredentials<Entity extends object>(resource: Resource<Entity>): Resource<Entity> {
  return { ...resource, entity: { ...resource.entity, credentials: { secret_id: 'secret' } } };
}

function toErrors(status: number, code: string, message: string): object {
  return { trace: 'trace-of-the-double', errors: [{ code, message }], status_code: status };
}
