/** The URLs of a deployment: where it is scored, and where one would be scored that does not exist. */
import type { EngineEvidence } from './engine-evidence.ts';
import { toScoringPath, type PublishedDeployment } from './published-deployment.ts';

const UNKNOWN_ID = 'conformance-no-such-deployment';

/**
 * The published URL if it is on the host of the base URL, where all names of this machine count as the same host, and so do http
 * and https on the same port. Otherwise the contract's path on that host: no other host is called, and an engine behind a proxy
 * publishes the proxy's URL.
 */
export function toScoringUrl(engine: EngineEvidence, { scoringUrls, id = '' }: PublishedDeployment): URL {
  const published = scoringUrls
    .flatMap(([, text]) => toHttpUrl(text) ?? [])
    .find((url) => isSameAddress(url, engine.base));
  if (!published) return engine.at(toScoringPath(id));
  return Object.assign(new URL(engine.base), { pathname: published.pathname, search: published.search });
}

/** An absolute http or https URL without credentials, or undefined. */
export function toHttpUrl(text: unknown): URL | undefined {
  if (typeof text !== 'string' || !/^https?:\/\//i.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.username === '' && url.password === '' ? url : undefined;
}

/** Whether two URLs lead to the same host and port, by either scheme. All names of this machine count as the same host. */
export function isSameAddress(a: URL, b: URL): boolean {
  return (a.hostname === b.hostname || (isLoopback(a) && isLoopback(b))) && toPort(a) === toPort(b);
}

function toPort({ port, protocol }: URL): string {
  return port !== '' ? port : protocol === 'https:' ? '443' : '80';
}

/** Whether a URL points to this machine. */
export function isLoopback({ hostname }: URL): boolean {
  return /^(localhost|.*\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}

/** The id of the deployment in a scoring URL: the segment after `deployments`, if there is one. */
export function findDeploymentId({ pathname }: URL): string | undefined {
  const segments = pathname.split('/');
  const at = findIdSegment(segments);
  return at === undefined ? undefined : decode(segments[at] as string);
}

/**
 * A scoring URL with the id of a deployment that does not exist: in place of the id in the path or in the query, or else on the
 * contract's path. Undefined if the URL has no id, and the engine no discovery that could mean that it has the contract's path.
 */
export function toUnknownUrl(
  engine: Pick<EngineEvidence, 'at' | 'discoveryAbsence'>,
  { id }: PublishedDeployment,
  url: URL,
): URL | undefined {
  const unknown = new URL(url);
  const segments = url.pathname.split('/');
  const named = segments.findLastIndex((segment) => segment !== '' && decode(segment) === id);
  const at = findIdSegment(segments) ?? (named < 0 ? undefined : named);
  const parameter = [...url.searchParams].find(([, value]) => value !== '' && value === id)?.[0];
  if (at !== undefined) unknown.pathname = segments.with(at, UNKNOWN_ID).join('/');
  else if (parameter !== undefined) unknown.searchParams.set(parameter, UNKNOWN_ID);
  else return engine.discoveryAbsence === undefined ? engine.at(toScoringPath(UNKNOWN_ID)) : undefined;
  return unknown;
}

/** The URL of another operation beside scoring; undefined if the scoring URL does not end in /online. */
export function toSiblingUrl(url: URL, operation: string): URL | undefined {
  const path = /^(.*\/)online\/?$/.exec(url.pathname)?.[1];
  return path === undefined ? undefined : Object.assign(new URL(url), { pathname: `${path}${operation}` });
}

/** The index of the segment after `deployments`; after the one that is followed by an id and a verb, if there are several. */
function findIdSegment(segments: readonly string[]): number | undefined {
  const after = segments.flatMap((segment, index) =>
    segment === 'deployments' && segments[index + 1] ? [index + 1] : [],
  );
  const last = segments.length - (segments.at(-1) === '' ? 2 : 1);
  return after.find((index) => index === last - 1) ?? after.at(-1);
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
