/** What is known about an engine: its responses, each requested when a check first needs it. */
import { NotApplicable, NotRun } from '../outcome.ts';
import type { Authentication } from '../client/credentials.ts';
import { isReply, type CredentialsKind, type Exchange, type Reply } from '../client/exchange.ts';
import type { HttpClient } from '../client/http-client.ts';
import { isObject, parseJson } from '../client/parse-json.ts';
import { ENGINE_PROBES, type EngineProbe } from './engine-probes.ts';
import { PublishedDeployment } from './published-deployment.ts';

/** Time limits for discovery in milliseconds: what IBM's own tests require, and their baseline. */
export interface DiscoveryLimits {
  readonly required: number;
  readonly recommended: number;
}

/** Longer lists of deployments are rejected; OpenScale asks for 1000. */
export const MAX_RESOURCES = 10_000;

export interface EngineEvidenceOptions {
  /** The base URL, or the root of the host if only a scoring URL is known. */
  readonly base: URL;
  readonly client: HttpClient;
  readonly limits: DiscoveryLimits;
  readonly authentication: Authentication;
}

/** The engine's responses to the requests that concern no single deployment. */
export class EngineEvidence {
  readonly base: URL;
  readonly client: HttpClient;
  readonly limits: DiscoveryLimits;
  readonly authentication: Authentication;
  /** Why the engine is checked without discovery; undefined if it is checked with it. */
  discoveryAbsence: string | undefined;
  #published: readonly PublishedDeployment[] | undefined;
  readonly #exchanges = new Map<EngineProbe, Promise<Exchange>>();

  constructor({ base, client, limits, authentication }: EngineEvidenceOptions) {
    this.base = base;
    this.client = client;
    this.limits = limits;
    this.authentication = authentication;
  }

  get hasCredentials(): boolean {
    return this.authentication !== 'none';
  }

  /** A URL below the base URL. */
  at(path: string): URL {
    return new URL(this.base.href.replace(/\/+$/, '') + path);
  }

  /** The response to a request, or the failure. */
  exchange(probe: EngineProbe): Promise<Exchange> {
    let exchange = this.#exchanges.get(probe);
    if (!exchange) {
      exchange = this.client.send(ENGINE_PROBES[probe](this.at('/v1/deployments')));
      this.#exchanges.set(probe, exchange);
    }
    return exchange;
  }

  /** The response of discovery. @throws {NotRun} if there was none; {NotApplicable} if the engine is checked without discovery */
  async discoveryReply(): Promise<Reply> {
    if (this.discoveryAbsence !== undefined) throw new NotApplicable(this.discoveryAbsence);
    const exchange = await this.exchange('discovery');
    if (!isReply(exchange)) throw new NotRun('discovery did not respond; see discovery-answers');
    return exchange;
  }

  /** The body of discovery. @throws {NotRun} if it is not a JSON object with status 200 */
  async discoveryBody(): Promise<Readonly<Record<string, unknown>>> {
    const reply = await this.discoveryReply();
    if (reply.status !== 200) throw new NotRun('discovery did not return 200; see discovery-status');
    return toBody(reply);
  }

  /** The entries of `resources`. @throws {NotRun} if it is not a list of objects */
  async resources(): Promise<readonly unknown[]> {
    const resources = (await this.discoveryBody())['resources'];
    if (!Array.isArray(resources) || resources.length > MAX_RESOURCES || !resources.every(isObject))
      throw new NotRun('discovery returned no list of resources; see discovery-resources');
    return resources;
  }

  /** The deployments as they are published. @throws {NotRun} as resources() does */
  async published(): Promise<readonly PublishedDeployment[]> {
    this.#published ??= (await this.resources()).map((resource, index) => new PublishedDeployment(resource, index));
    return this.#published;
  }

  /** The ids of a second call, or its response if it contains none. */
  async idsAgain(): Promise<(string | undefined)[] | Exchange> {
    const exchange = await this.exchange('discovery-again');
    if (!isReply(exchange) || exchange.status !== 200) return exchange;
    const parsed = parseJson(exchange);
    const body = 'value' in parsed && isObject(parsed.value) ? parsed.value['resources'] : undefined;
    if (!Array.isArray(body) || body.length > MAX_RESOURCES) return exchange;
    return body.map((resource, index) => new PublishedDeployment(resource, index).id);
  }
}

/** The discovery probe for each way to send credentials. */
export function toDiscoveryProbe(kind: Exclude<CredentialsKind, 'right'>): EngineProbe {
  return kind === 'none' ? 'discovery-without-credentials' : `discovery-with-${kind}-credentials`;
}

function toBody(reply: Reply): Readonly<Record<string, unknown>> {
  const parsed = parseJson(reply);
  if (!('value' in parsed) || !isObject(parsed.value))
    throw new NotRun('discovery did not return a JSON object; see discovery-json');
  return parsed.value;
}
