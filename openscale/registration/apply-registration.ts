/**
 * Makes OpenScale know a deployment: finds what is there, adds what is missing, changes what differs. A second run changes
 * nothing. One monitor that fails does not stop the others.
 */
import { UpstreamError } from '../../upstream/upstream-error.ts';
import {
  OpenScaleFailure,
  toPlain,
  type OpenScaleClient,
  type OpenScaleCollection,
  type OpenScaleResource,
  type Query,
} from '../client/openscale-client.ts';
import { fillApiKey } from './bodies.ts';
import { applyCustomMonitor } from './apply-custom-monitor.ts';
import { listChanges } from './list-changes.ts';
import { Obstacle, type Step } from './step.ts';
import type { MonitorBody, MonitorName } from './monitors.ts';
import type { ArchiveMember } from './read-archive.ts';
import type { Registration } from './registration.ts';

export interface ApplyOptions {
  /** Nothing is changed. */
  readonly isDryRun: boolean;
  /** The id of the data mart; by default the only one. */
  readonly dataMart?: string | undefined;
  /** The engine's credentials, in place of the placeholders. */
  readonly credentials?: { readonly username: string; readonly password: string } | undefined;
  /** The API key that OpenScale calls the engine with; undefined if it calls with a password or without credentials. */
  readonly apiKey?: string | undefined;
  /** Uploads archives again even if the monitors that use them exist. */
  readonly replaceArchives?: boolean | undefined;
  /** A record of payload logging that is sent if there is none yet: quality may need one. */
  readonly example?: object | undefined;
  readonly onStep: (step: Step) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Where the deployment is in OpenScale, as far as it is known. */
export interface Applied {
  readonly steps: readonly Step[];
  readonly dataMart?: string | undefined;
  readonly provider?: string | undefined;
  readonly subscription?: string | undefined;
}

/** The monitor of each archive. */
const MONITOR_OF: Readonly<Record<ArchiveMember, MonitorName & ('explainability' | 'drift_v2')>> = {
  'explainability.tar.gz': 'explainability',
  'drift_v2_archive.tar.gz': 'drift_v2',
};

/** Applies a registration. Failures are steps; nothing is thrown but what is none of OpenScale's. */
export async function applyRegistration(
  client: OpenScaleClient,
  registration: Registration,
  options: ApplyOptions,
): Promise<Applied> {
  return new Application(client, registration, options).run();
}

class Application {
  readonly #client: OpenScaleClient;
  readonly #registration: Registration;
  readonly #options: ApplyOptions;
  readonly #query: Query;
  readonly #steps: Step[] = [];

  constructor(client: OpenScaleClient, registration: Registration, options: ApplyOptions) {
    this.#client = client;
    this.#registration = registration;
    this.#options = options;
    const { container } = registration;
    this.#query = container ? { container_type: container.type, container_id: container.id } : {};
  }

  async run(): Promise<Applied> {
    const ids: { dataMart?: string | undefined; provider?: string | undefined; subscription?: string | undefined } = {};
    try {
      ids.dataMart = await this.#try('data mart', () => this.#findDataMart());
      ids.provider = await this.#try('service provider', () => this.#applyProvider());
      ids.subscription = await this.#try('subscription', () => this.#applySubscription(ids.dataMart, ids.provider));
      await this.#applyMonitors(ids.dataMart, ids.subscription);
    } catch (error) {
      // What needs it is not tried.
      if (!(error instanceof StepFailed)) throw error;
    }
    return { steps: this.#steps, ...ids };
  }

  #report(step: Step): void {
    this.#steps.push(step);
    this.#options.onStep(step);
  }

  /** Runs a step that reports itself when it succeeds. */
  async #try<Value>(what: string, work: () => Promise<Value>): Promise<Value> {
    try {
      return await work();
    } catch (error) {
      if (!isExpected(error)) throw error;
      this.#report({ what, outcome: 'failed', why: describeFailure(error) });
      throw new StepFailed();
    }
  }

  /** Creates a resource and waits until it is active; with a dry run, neither. Gives its id. */
  async #add(
    what: string,
    collection: OpenScaleCollection,
    body: object,
    query: Query = {},
  ): Promise<string | undefined> {
    const { isDryRun, signal } = this.#options;
    if (isDryRun) {
      this.#report({ what, outcome: 'to add' });
      return undefined;
    }
    const added = await this.#client.create(collection, body, { ...this.#query, ...query }, signal);
    await this.#client.waitUntilActive(collection, added, this.#query, signal);
    const { id } = added.metadata;
    this.#report({ what, outcome: 'added', id });
    return id;
  }

  /** Accepts a resource that is there, after it has been changed where it differs. */
  async keep(
    what: string,
    collection: OpenScaleCollection,
    found: OpenScaleResource,
    changes: Readonly<Record<string, unknown>> = {},
  ): Promise<string> {
    const { isDryRun, signal } = this.#options;
    const { id } = found.metadata;
    const isSame = Object.keys(changes).length === 0;
    if (!isSame && !isDryRun) await this.#client.replace(collection, id, changes, this.#query, signal);
    if (!isDryRun) await this.#client.waitUntilActive(collection, found, this.#query, signal);
    this.#report({ what, outcome: isSame ? 'found' : isDryRun ? 'to change' : 'changed', id });
    return id;
  }

  async #findDataMart(): Promise<string | undefined> {
    const { dataMart, signal } = this.#options;
    const all = await this.#client.list('data_marts', {}, signal);
    const found = dataMart === undefined ? all : all.filter(({ metadata }) => metadata.id === dataMart);
    const ids = all.map(({ metadata }) => metadata.id).join(', ');
    if (found.length > 1) throw new Obstacle(`there are several, so --data-mart must name one: ${ids}`);
    if (found[0]) return this.keep('data mart', 'data_marts', found[0]);
    if (dataMart !== undefined)
      throw new Obstacle(`there is none with the id of --data-mart; there ${ids === '' ? 'is none' : `is ${ids}`}`);
    return this.#add('data mart', 'data_marts', { name: 'custom-ml-engine', internal_database: true });
  }

  async #applyProvider(): Promise<string | undefined> {
    const { credentials, apiKey, signal } = this.#options;
    const { provider } = this.#registration;
    const all = await this.#client.list('service_providers', this.#query, signal);
    const found = all.find(({ entity }) => entity['name'] === provider.name);
    if (!found) {
      const body = credentials ? { ...provider, credentials: { ...provider.credentials, ...credentials } } : provider;
      return this.#add('service provider', 'service_providers', fillApiKey(body, apiKey));
    }
    for (const key of ['service_type', 'operational_space_id'] as const) {
      if ((found.entity[key] ?? provider[key]) !== provider[key])
        throw new Obstacle(`another one has the same name and a different ${key}: choose a name with --provider-name`);
    }
    return this.keep('service provider', 'service_providers', found);
  }

  async #applySubscription(dataMart: string | undefined, provider: string | undefined): Promise<string | undefined> {
    const { subscription } = this.#registration;
    const { deployment_id } = subscription.deployment;
    const all =
      provider === undefined ? [] : await this.#client.list('subscriptions', this.#query, this.#options.signal);
    const found = all.find(
      ({ entity }) =>
        entity['service_provider_id'] === provider &&
        (entity['deployment'] as { deployment_id?: unknown } | undefined)?.deployment_id === deployment_id,
    );
    if (!found) {
      const ids = { data_mart_id: dataMart, service_provider_id: provider };
      const body = fillApiKey(subscription, this.#options.apiKey);
      return this.#add('subscription', 'subscriptions', { ...body, ...ids });
    }
    const [actual, wanted] = [toScoringUrl(found.entity['deployment']), toScoringUrl(subscription.deployment)];
    if (actual !== undefined && wanted !== undefined && actual !== wanted)
      throw new Obstacle(
        `there is one that scores at ${toPlain(actual)}, and not at ${wanted}: give this engine a --provider-name of its own, or delete that one`,
      );
    const changes = listChanges(found.entity, { asset_properties: subscription.asset_properties });
    return this.keep('subscription', 'subscriptions', found, changes);
  }

  async #applyMonitors(dataMart: string | undefined, subscription: string | undefined): Promise<void> {
    const { signal } = this.#options;
    const { monitors, skipped } = this.#registration;
    const query = { 'target.target_id': subscription, 'target.target_type': 'subscription', ...this.#query };
    const listed = await this.#try('monitors', async () =>
      subscription === undefined ? [] : this.#client.list('monitor_instances', query, signal),
    );
    const present = new Map(
      listed
        .filter(({ entity }) => (entity['target'] as { target_id?: unknown } | undefined)?.target_id === subscription)
        .map((one) => [one.entity['monitor_definition_id'], one] as const),
    );
    const target = { data_mart_id: dataMart, target: { target_type: 'subscription', target_id: subscription } };
    for (const monitor of monitors) {
      const name = monitor.monitor_definition_id;
      const found = present.get(name);
      await this.#try(`monitor ${name}`, async () => {
        await this.#applyArchive(name, subscription, found !== undefined);
        if (name === 'quality' && !found) await this.#sendExample(subscription);
        await this.#applyMonitor(monitor, target, found);
      }).catch((error: unknown) => {
        if (!(error instanceof StepFailed)) throw error;
      });
    }
    for (const { name, why } of skipped) this.#report({ what: `monitor ${name}`, outcome: 'skipped', why });
    for (const monitor of this.#registration.customMonitors ?? []) {
      const steps = {
        client: this.#client,
        query: this.#query,
        isDryRun: this.#options.isDryRun,
        signal,
        add: (what: string, collection: OpenScaleCollection, body: object) => this.#add(what, collection, body),
        keep: (...kept: Parameters<Application['keep']>) => this.keep(...kept),
      };
      const { credentials } = this.#options;
      await this.#try(`monitor ${monitor.definition.name}`, () =>
        applyCustomMonitor(steps, monitor, { target, present, credentials }),
      ).catch((error: unknown) => {
        if (!(error instanceof StepFailed)) throw error;
      });
    }
  }

  async #applyMonitor(monitor: MonitorBody, target: object, found: OpenScaleResource | undefined): Promise<void> {
    const { skip_scheduler, ...body } = monitor;
    const what = `monitor ${monitor.monitor_definition_id}`;
    if (found) {
      const { parameters, thresholds } = body;
      const changes = listChanges(found.entity, { parameters, ...(thresholds && { thresholds }) });
      await this.keep(what, 'monitor_instances', found, changes);
      return;
    }
    // Written as IBM's client does it.
    const query = { skip_scheduler: skip_scheduler && 'True' };
    await this.#add(what, 'monitor_instances', { ...target, ...body }, query);
  }

  async #applyArchive(name: MonitorName, subscription: string | undefined, isUsed: boolean): Promise<void> {
    const { isDryRun, replaceArchives = false, signal } = this.#options;
    for (const [member, monitor] of Object.entries(MONITOR_OF) as [ArchiveMember, MonitorName][]) {
      const bytes = this.#registration.archives[member];
      if (!bytes || monitor !== name || (isUsed && !replaceArchives)) continue;
      if (!isDryRun) {
        const path = `/v2/monitoring_services/${monitor}/archives`;
        const query = { subscription_id: subscription, ...this.#query };
        const headers = { 'content-type': 'application/octet-stream' };
        await this.#client.send({ method: 'PUT', path, query, headers, bytes, isRepeatable: true }, signal);
      }
      this.#report({ what: `archive of ${monitor}`, outcome: isDryRun ? 'to add' : 'added' });
    }
  }

  /** Sends the example as a payload record, unless there is a record already. */
  async #sendExample(subscription: string | undefined): Promise<void> {
    const { example, isDryRun, signal } = this.#options;
    if (!example) return;
    const query = { type: 'payload_logging', 'target.target_id': subscription, 'target.target_type': 'subscription' };
    const [dataSet] =
      subscription === undefined ? [] : await this.#client.list('data_sets', { ...query, ...this.#query }, signal);
    if (isDryRun) {
      if (!dataSet) this.#report({ what: 'example', outcome: 'to add' });
      return;
    }
    if (!dataSet) throw new Obstacle('the subscription has no payload data set yet: run this again in a minute');
    const path = `/v2/data_sets/${encodeURIComponent(dataSet.metadata.id)}`;
    const first = await this.#client.send(
      { method: 'GET', path: `${path}/records`, query: { limit: '1', ...this.#query } },
      signal,
    );
    if ((first.json() as { records?: unknown[] }).records?.length) return;
    const records = { method: 'POST', path: `${path}/records`, query: this.#query, json: [example] } as const;
    const reply = await this.#client.send(records, signal);
    const request = (reply.headers['location'] ?? '').split('/').at(-1) ?? '';
    await this.#client.waitUntilProcessed(`${path}/requests/${request}`, this.#query, signal);
    this.#report({ what: 'example', outcome: 'added' });
  }
}

/** A step has failed and was reported. */
class StepFailed extends Error {}

/** The URL that OpenScale scores a deployment at. */
function toScoringUrl(deployment: unknown): string | undefined {
  const { scoring_endpoint } = deployment as { readonly scoring_endpoint?: { readonly url?: unknown } | null };
  return typeof scoring_endpoint?.url === 'string' ? scoring_endpoint.url : undefined;
}

function isExpected(error: unknown): error is Error {
  return error instanceof UpstreamError || error instanceof OpenScaleFailure || error instanceof Obstacle;
}

/** What failed, with OpenScale's own words: people read it who have just sent the request. */
function describeFailure(error: Error): string {
  if (!(error instanceof UpstreamError)) return error.message;
  const { message, quote } = error;
  const said = quote === undefined ? undefined : toPlain(quote);
  const isPage = said?.startsWith('<') ?? true;
  const needsRecord = error.status === 400 && /payload/i.test(said ?? '');
  return [
    message,
    ...(said && !isPage ? [said] : []),
    ...(needsRecord ? ['log a scored request first, or add --send-example, and run this again'] : []),
  ].join('; ');
}
