/** What proves to an engine who calls: a user name and password, or headers of the user's own. */
import type { CredentialsKind } from './exchange.ts';

export type Credentials =
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  | { readonly kind: 'header'; readonly name: string; readonly value: string };

/**
 * The headers that are sent: the right ones, none, ones with a wrong password, with another user's name, or what has no form.
 * A header of the user's own names no user.
 */
export function toHeaders(credentials: Credentials | undefined, kind: CredentialsKind): Record<string, string> {
  if (!credentials || kind === 'none') return {};
  if (credentials.kind === 'header') {
    const { name, value } = credentials;
    return { [name]: kind === 'right' ? value : kind === 'malformed' ? '%' : `${value}-wrong` };
  }
  const { username, password } = credentials;
  if (kind === 'malformed') return { Authorization: 'Basic %%%' };
  const user = kind === 'another-user' ? `not-${username}` : username;
  return { Authorization: `Basic ${toBase64(`${user}:${kind === 'wrong' ? `${password}-wrong` : password}`)}` };
}

/** What must never be printed, the longest first. */
export function listSecrets(credentials: Credentials | undefined): string[] {
  if (!credentials) return [];
  if (credentials.kind === 'header') {
    // Of "Bearer abc" the token alone is a secret, too.
    const words = credentials.value.split(/\s+/).filter((word) => word.length >= 8);
    return [...new Set([credentials.value, ...words])].filter((text) => text !== '').sort(byLength);
  }
  const { username, password } = credentials;
  const encoded = [username, `not-${username}`].map((user) => toBase64(`${user}:${password}`));
  return [...encoded, toBase64(`${username}:${password}-wrong`), password].filter((text) => text !== '').sort(byLength);
}

function byLength(a: string, b: string): number {
  return b.length - a.length;
}

function toBase64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}
