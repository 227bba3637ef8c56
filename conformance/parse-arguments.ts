/** Parses what a user gives: the URLs to call, and the credentials to call them with. */
import type { Credentials } from './client/credentials.ts';
import { UsageError } from './usage-error.ts';

/**
 * Parses the base URL of an engine, which is before /v1/deployments.
 * @throws {UsageError} with what was expected
 */
export function parseBaseUrl(text: string): URL {
  const url = parseUrl(text);
  if (!url || url.search) throw new UsageError('Expected an http or https URL without credentials, query or fragment.');
  if (/\/v1\/deployments\/?$/.test(url.pathname)) throw new UsageError('Expected the URL before /v1/deployments.');
  if (/\/v1\/deployments\/[^/]/.test(url.pathname))
    throw new UsageError('Expected the URL before /v1/deployments; a scoring URL belongs to --scoring-url.');
  return url;
}

/**
 * Parses a scoring URL.
 * @throws {UsageError} with what was expected
 */
export function parseScoringUrl(text: string): URL {
  const url = parseUrl(text);
  if (!url) throw new UsageError('Expected an http or https URL without credentials or fragment.');
  return url;
}

function parseUrl(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url && /^https?:$/.test(url.protocol) && !url.hash && !url.username && !url.password ? url : undefined;
}

/**
 * Parses a header that authenticates, "Name: value".
 * @throws {UsageError} with what was expected
 */
export function parseHeader(text: string): Credentials {
  // RFC 9110, 5.1 and 5.5: a token, and visible characters.
  const [, name, value] = /^([!#$%&'*+.^_`|~\w-]+):\s*([\x21-\x7e]+(?:[ \t]+[\x21-\x7e]+)*)\s*$/.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new UsageError('Expected "Name: value".');
  return { kind: 'header', name, value };
}

/**
 * Checks a user name for Basic authentication.
 * @throws {UsageError} with what was expected
 */
export function checkUsername(username: string): void {
  if (/[:\p{Cc}]/u.test(username))
    throw new UsageError('--username: expected a name without colons and control characters.');
}
