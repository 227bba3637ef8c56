import { createHash, timingSafeEqual } from 'node:crypto';
import { parse } from 'basic-auth';
import type { Credentials } from './configuration.ts';

/** Whether the `Authorization` header of a request lets it in. */
export type Authenticate = (authorization: string | undefined) => boolean;

/**
 * Basic authentication (RFC 7617), or none where there are no credentials. Digests of equal length are compared, user name
 * and password both and always, so that the time taken tells nothing about either.
 */
export function buildAuthenticate(credentials: Credentials | undefined): Authenticate {
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
