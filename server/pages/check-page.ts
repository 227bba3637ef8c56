/** The guard of the pages in the browser. */
import type { IncomingMessage } from 'node:http';
import type { Exchange } from '../exchange/exchange.ts';
import type { Guard } from '../access/guard.ts';

/**
 * Whether a request may have a page. A browser that shows a page and is not admitted is sent to the login, which brings it back.
 * @param target the path and query of the request below the engine's root
 * @throws {EngineError} unauthorized, for whoever is no browser, or where nobody can log in
 */
export function checkPage(exchange: Exchange, guard: Guard, target: string): boolean {
  if (guard.admits(exchange)) return true;
  if (!guard.hasLogin || !showsPage(exchange.request)) throw guard.refuse(exchange);
  redirect(exchange, toRelative(target, `login?next=${encodeURIComponent(target)}`));
  return false;
}

/** Redirects a browser to a page, which it gets with GET; `location` may be relative to the URL of the request. */
export function redirect(exchange: Exchange, location: string, headers: Readonly<Record<string, string>> = {}): void {
  exchange.send(303, '', { 'Content-Type': 'text/plain; charset=utf-8', ...headers, Location: location });
}

/**
 * A path below the engine's root as a reference that is relative to the URL of a request: proxies may have taken off a prefix of it.
 * @param target the path and query of the request below the engine's root
 */
export function toRelative(target: string, path: string): string {
  const depth = (target.split('?', 1)[0] as string).split('/').length - 2;
  return `${depth > 0 ? '../'.repeat(depth) : './'}${path}`;
}

/** Whether a request is for a page that a browser shows, and not for what a page loads. */
function showsPage({ method, headers }: IncomingMessage): boolean {
  const mode = headers['sec-fetch-mode'];
  if (method !== 'GET' && method !== 'HEAD') return false;
  return /\btext\/html\b/i.test(headers.accept ?? '') && (mode === undefined || mode === 'navigate');
}
