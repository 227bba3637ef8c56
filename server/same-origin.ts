/** Which page a request is from, by what browsers say of it and pages cannot forge. */
import type { IncomingMessage } from 'node:http';

const SAFE = new Set(['GET', 'HEAD']);

/**
 * Whether a cookie may admit a request: it is from a page of this engine, or typed by a person. A request that changes something must
 * say so; one that only reads must not say otherwise, because browsers send these headers over https and to localhost only.
 */
export function isSameOrigin({ method = '', headers, socket }: IncomingMessage): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  if (headers.origin !== undefined) return hasHost(headers.origin, headers.host, 'encrypted' in socket);
  return SAFE.has(method);
}

/** Whether a page of this engine has sent a request itself, so that the browser must not ask for a password. */
export function isFromScript({ headers, socket }: IncomingMessage): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' && headers['sec-fetch-mode'] !== 'navigate';
  const from = headers.origin ?? headers.referer;
  return from !== undefined && hasHost(from, headers.host, 'encrypted' in socket);
}

function hasHost(url: string, host: string | undefined, isEncrypted: boolean): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, host: own } = new URL(url);
  return own !== '' && own === host?.toLowerCase() && (protocol === 'https:' || (protocol === 'http:' && !isEncrypted));
}
