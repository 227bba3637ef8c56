/** Where the engine is for its callers, and where it is in its own URLs. */
import type { IncomingMessage } from 'node:http';
import { parse } from 'forwarded-parse';
import { EngineError } from '../../errors/engine-error.ts';
import { listValues, pickValue, type FindCaller } from './caller.ts';
import type { Configuration } from '../configuration.ts';

const HOST = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:\d{1,5})?$/;
/** A path without dot segments, which clients would resolve (RFC 3986, 5.2.4). */
const PREFIX = /^(\/(?!\.{1,2}(\/|$))[A-Za-z0-9._~-]+)+$/;
const DEFAULT_PORTS: Readonly<Record<string, string>> = { http: '80', https: '443' };

/** The absolute URL before the contract's paths, without a trailing slash, as the sender of a request sees it. */
export type ToBaseUrl = (request: IncomingMessage) => string;

/**
 * Builds the function that finds the base URL of a request: the configured one, or else what the request says. That is
 * its `Host`; and from a trusted proxy also `X-Forwarded-Proto`, `-Host`, `-Port` and `-Prefix`, or `Forwarded` (RFC 7239)
 * for what those do not say. An application that has mounted the engine adds its path. It throws an EngineError, malformed_request, when one of them cannot be part of a URL.
 */
export function buildBaseUrl({ publicUrl }: Pick<Configuration, 'publicUrl'>, findCaller: FindCaller): ToBaseUrl {
  const configured = publicUrl?.href.replace(/\/+$/, '');
  if (configured !== undefined) return () => configured;
  return (request) => {
    const { proxies } = findCaller(request);
    const forwarded = proxies > 0 ? readForwarded(request, proxies) : {};
    const own = 'encrypted' in request.socket ? 'https' : 'http';
    const protocol = (forwarded.protocol?.toLowerCase() ?? own) === 'https' ? 'https' : 'http';
    const host = forwarded.host ?? request.headers.host ?? toLocalAddress(request);
    if (!isHost(host)) throw malformed('Host: expected a host name or an address.', 'Host');
    return `${protocol}://${host}${toPort(host, protocol, forwarded.port)}${toPrefix(forwarded.prefix)}${toMountPath(request)}`;
  };
}

interface Forwarded {
  readonly protocol?: string | undefined;
  readonly host?: string | undefined;
  readonly port?: string | undefined;
  readonly prefix?: string | undefined;
}

/**
 * What the first trusted proxy saw. Each proxy adds its own value at the end of a header, so the ones before those of the trusted
 * proxies may be anybody's.
 */
function readForwarded({ headers }: IncomingMessage, proxies: number): Forwarded {
  const pick = (name: string) => pickValue(listValues(headers[name]), proxies);
  const { proto, host } = pickValue(parseForwarded(headers.forwarded), proxies) ?? {};
  return {
    protocol: pick('x-forwarded-proto') ?? proto,
    host: pick('x-forwarded-host') ?? host,
    port: pick('x-forwarded-port'),
    prefix: pick('x-forwarded-prefix'),
  };
}

function parseForwarded(header: string | undefined): readonly Readonly<Record<string, string | undefined>>[] {
  if (header === undefined) return [];
  try {
    return parse(header);
  } catch {
    throw malformed('Forwarded: expected the syntax of RFC 7239.', 'Forwarded');
  }
}

/** The port that a proxy was called on, unless the host has one or the protocol implies it. */
function toPort(host: string, protocol: string, port: string | undefined): string {
  if (port === undefined || HOST.exec(host)?.[2] !== undefined) return '';
  if (!isPort(port)) throw malformed('X-Forwarded-Port: expected a port.', 'X-Forwarded-Port');
  return port === DEFAULT_PORTS[protocol] ? '' : `:${port}`;
}

function isHost(text: string): boolean {
  const match = HOST.exec(text);
  return match !== null && (match[2] === undefined || isPort(match[2].slice(1)));
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535;
}

function toPrefix(forwarded: string | undefined): string {
  const prefix = forwarded?.replace(/\/+$/, '');
  if (!prefix) return '';
  if (!PREFIX.test(prefix))
    throw malformed('X-Forwarded-Prefix: expected a path without dot segments.', 'X-Forwarded-Prefix');
  return prefix;
}

/** The path at which an Express application has mounted the engine; it has taken it off the URL. */
function toMountPath(request: IncomingMessage & { readonly baseUrl?: unknown }): string {
  return typeof request.baseUrl === 'string' ? request.baseUrl.replace(/\/+$/, '') : '';
}

/** For HTTP/1.0, which has no Host. */
function toLocalAddress({ socket }: IncomingMessage): string {
  const { localAddress = '127.0.0.1', localPort } = socket;
  return `${localAddress.includes(':') ? `[${localAddress}]` : localAddress}:${localPort}`;
}

function malformed(message: string, name: string): EngineError {
  return new EngineError('malformed_request', message, { target: { type: 'header', name } });
}

/** The path and query of a request's target, which may be an absolute URL (RFC 9112, 3.2.2). */
export function toOriginForm(target: string): string {
  return target.replace(/^[a-z]+:\/\/[^/?#]*/i, '').replace(/^(?![/*])/, '/');
}

/**
 * The path of the engine in relation to a request for it that lacks the trailing slash, without which the relative links of a page would
 * lead elsewhere; undefined for every other request.
 */
export function findSlashless(
  request: IncomingMessage & { readonly originalUrl?: unknown; readonly baseUrl?: unknown },
  publicUrl: URL | undefined,
): string | undefined {
  const { originalUrl, baseUrl, url = '' } = request;
  const [path, ...query] = (typeof originalUrl === 'string' ? originalUrl : url).split(/(?=\?)/) as [
    string,
    ...string[],
  ];
  const isEngine = path !== '' && (path === publicUrl?.pathname.replace(/\/+$/, '') || path === baseUrl);
  return isEngine ? `./${path.slice(path.lastIndexOf('/') + 1)}/${query.join('')}` : undefined;
}

/** The target of a request without the path prefix of the public URL, which a proxy may or may not have taken off. */
export function stripPrefix(target: string, publicUrl: URL | undefined): string {
  const prefix = publicUrl?.pathname.replace(/\/+$/, '');
  if (!prefix || !target.startsWith(prefix)) return target;
  const rest = target.slice(prefix.length);
  if (rest === '' || rest.startsWith('?')) return `/${rest}`;
  return rest.startsWith('/') ? rest : target;
}
