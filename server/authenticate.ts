import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { parse } from 'basic-auth';
import type { Credentials } from './configuration.ts';

/** Whether the `Authorization` header of a request is valid. */
type Authenticate = (request: { readonly headers: IncomingHttpHeaders }) => boolean;

/**
 * Builds the check of Basic authentication (RFC 7617); without credentials, every request is valid. User name and password are
 * always both compared, as digests of equal length, so that the time taken reveals nothing about either. The header as nearly
 * every client writes it is compared as a whole first, which takes a tenth of that time, whatever was sent.
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

/** Builds a comparison with an ASCII text whose time depends on neither text. */
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
