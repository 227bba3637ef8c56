import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { parse } from 'basic-auth';
import type { Credentials } from './configuration.ts';

/**
 * Whether the headers of a request satisfy a security requirement: one of its alternatives, each the names of schemes that
 * must all let it in; none, where nothing is asked. A scheme that this engine does not know lets nobody in.
 */
export type IsAuthorized = (security: readonly (readonly string[])[], headers: IncomingHttpHeaders) => boolean;

/** Builds the check for the contract's schemes. */
export function buildAuthorize(credentials: Credentials | undefined): IsAuthorized {
  const authenticate = buildAuthenticate(credentials);
  const admits = (scheme: string, { authorization }: IncomingHttpHeaders) =>
    scheme === 'BasicAuth' && authenticate(authorization);
  return (security, headers) =>
    security.length === 0 || security.some((schemes) => schemes.every((scheme) => admits(scheme, headers)));
}

/** Whether the `Authorization` header of a request lets it in. */
type Authenticate = (authorization: string | undefined) => boolean;

/**
 * Basic authentication (RFC 7617), or none where there are no credentials. Digests of equal length are compared, user name
 * and password both and always, so that the time taken tells nothing about either.
 */
function buildAuthenticate(credentials: Credentials | undefined): Authenticate {
  if (!credentials) return () => true;
  const username = toDigest(credentials.username);
  const password = toDigest(credentials.password.reveal());
  return (authorization) => {
    const sent = parse(authorization ?? '');
    const sameUsername = timingSafeEqual(username, toDigest(sent?.name ?? ''));
    const samePassword = timingSafeEqual(password, toDigest(sent?.pass ?? ''));
    return sent !== undefined && sameUsername && samePassword;
  };
}

function toDigest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
