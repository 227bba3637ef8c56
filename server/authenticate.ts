import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { parse } from 'basic-auth';
import type { Credentials } from './configuration.ts';

/** Whether the `Authorization` header of a request lets it in. */
type Authenticate = (request: { readonly headers: IncomingHttpHeaders }) => boolean;

/**
 * Basic authentication (RFC 7617), or none where there are no credentials. Digests of equal length are compared, user name
 * and password both and always, so that the time taken tells nothing about either. The header as nearly every client
 * writes it is compared whole, which takes a tenth of that time, and as long for every other one.
 */
export function buildAuthenticate(credentials: Credentials | undefined): Authenticate {
  if (!credentials) return () => true;
  const { username, password } = credentials;
  const isUsual = buildCompare(`Basic ${Buffer.from(`${username}:${password.reveal()}`).toString('base64')}`);
  const usernameDigest = toDigest(username);
  const passwordDigest = toDigest(password.reveal());
  return ({ headers: { authorization = '' } }) => {
    if (isUsual(authorization)) return true;
    const sent = parse(authorization);
    const sameUsername = timingSafeEqual(usernameDigest, toDigest(sent?.name ?? ''));
    const samePassword = timingSafeEqual(passwordDigest, toDigest(sent?.pass ?? ''));
    return sent !== undefined && sameUsername && samePassword;
  };
}

/** Compares texts with an ASCII text, in a time that depends on neither. */
function buildCompare(expected: string): (text: string) => boolean {
  const bytes = Buffer.from(expected, 'latin1');
  const sent = Buffer.alloc(bytes.length);
  return (text) => {
    sent.write(text, 'latin1');
    return timingSafeEqual(sent, bytes) && text.length === bytes.length;
  };
}

function toDigest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
