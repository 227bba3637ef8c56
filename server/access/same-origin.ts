/** Which page a request is from, by what browsers say of it and pages cannot forge. */
import type { IncomingMessage } from 'node:http';
import type { ToBaseUrl } from '../exchange/public-url.ts';

const SAFE = new Set(['GET', 'HEAD']);

/**
 * Whether a cookie may admit a request: it is from a page of this engine, or typed by a person. A request that changes something must
 * say so; one that only reads must not say otherwise, because browsers send these headers over https and to localhost only.
 */
export function isSameOrigin(request: IncomingMessage, toBaseUrl: ToBaseUrl): boolean {
  const { method = '', headers } = request;
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  if (headers.origin !== undefined) return isOwn(headers.origin, request, toBaseUrl);
  return SAFE.has(method);
}

/** Whether a page of this engine has sent a request itself, so that the browser must not ask for a password. */
export function isFromScript(request: IncomingMessage, toBaseUrl: ToBaseUrl): boolean {
  const { headers } = request;
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' && headers['sec-fetch-mode'] !== 'navigate';
  const from = headers.origin ?? headers.referer;
  return from !== undefined && isOwn(from, request, toBaseUrl);
}

/**
 * The engine's URL as the page has it that sent a request, with a trailing slash: its base URL, unless the page is at another address
 * of the engine, such as its own beside the public one.
 */
export function toPageUrl(request: IncomingMessage, toBaseUrl: ToBaseUrl): string {
  const base = `${toBaseUrl(request)}/`;
  const { origin } = request.headers;
  return origin === undefined || origin === new URL(base).origin || !hasHost(origin, request) ? base : `${origin}/`;
}

/** Whether a URL is the engine's: at its base URL, which proxies may have, or at the host of the request. */
function isOwn(url: string, request: IncomingMessage, toBaseUrl: ToBaseUrl): boolean {
  if (hasHost(url, request)) return true;
  try {
    return new URL(url).origin === new URL(toBaseUrl(request)).origin;
  } catch {
    return false;
  }
}

function hasHost(url: string, { headers, socket }: IncomingMessage): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, host } = new URL(url);
  const isWeb = protocol === 'https:' || (protocol === 'http:' && !('encrypted' in socket));
  return isWeb && host !== '' && host === headers.host?.toLowerCase();
}
