/** Where the engine is for its callers, and where it is in its own URLs. */
import type { Request } from 'express';
import { EngineError } from '../errors/engine-error.ts';

const HOST = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:\d{1,5})?$/;
const PREFIX = /^(\/[A-Za-z0-9._~-]+)+$/;

/**
 * The absolute URL before the contract's paths, without a slash at its end: the configured one, or else what the request
 * says (`Host`; `X-Forwarded-Proto`, `-Host` and `-Prefix` only from a proxy that Express is told to trust).
 * @throws {EngineError} malformed_request when the request names no host that can be published
 */
export function toBaseUrl(request: Request, publicUrl: URL | undefined): string {
  if (publicUrl) return publicUrl.href.replace(/\/+$/, '');
  // The types of Express 5 do not know that a request of HTTP/1.0 may have no host.
  const host = (request.host as string | undefined) ?? toLocalAddress(request);
  if (!HOST.test(host)) throw malformed('Host: expected a host name or an address.', 'Host');
  return `${request.protocol === 'https' ? 'https' : 'http'}://${host}${toForwardedPrefix(request)}`;
}

/**
 * Checks that a request names one host, as RFC 9112, 3.2 asks for; HTTP/1.0 need not.
 * @throws {EngineError} malformed_request
 */
export function checkHost({ headersDistinct, httpVersion }: Request): void {
  const count = headersDistinct['host']?.length ?? 0;
  if (count !== 1 && !(count === 0 && httpVersion === '1.0')) throw malformed('Host: expected it once.', 'Host');
}

function toForwardedPrefix(request: Request): string {
  const prefix = request.get('X-Forwarded-Prefix')?.replace(/\/+$/, '');
  const trusts = request.app.get('trust proxy fn') as (address: string | undefined, hop: number) => boolean;
  if (!prefix || !trusts(request.socket.remoteAddress, 0)) return '';
  if (!PREFIX.test(prefix)) throw malformed('X-Forwarded-Prefix: expected a path.', 'X-Forwarded-Prefix');
  return prefix;
}

/** For HTTP/1.0, which has no Host. */
function toLocalAddress({ socket }: Request): string {
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

/** The target of a request without the path prefix of the public URL, which a proxy may or may not have taken off. */
export function stripPrefix(target: string, publicUrl: URL | undefined): string {
  const prefix = publicUrl?.pathname.replace(/\/+$/, '');
  if (!prefix || !target.startsWith(prefix)) return target;
  const rest = target.slice(prefix.length);
  if (rest === '' || rest.startsWith('?')) return `/${rest}`;
  return rest.startsWith('/') ? rest : target;
}
