/** The credentials that an engine is called with: user name and password, or a header. */
import type { CredentialsKind } from './exchange.ts';

export type Credentials =
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  | { readonly kind: 'header'; readonly name: string; readonly value: string };

/**
 * The headers to send: with the right credentials, none, a wrong password, another user's name, or malformed credentials.
 * A custom header has no user name; for `another-user` its value is wrong.
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

/** How an engine is called: without credentials, with a password, with a token, or with another header. */
export type Authentication = 'none' | 'basic' | 'bearer' | 'header';

/** How credentials authenticate. */
export function toAuthentication(credentials: Credentials | undefined): Authentication {
  if (!credentials || credentials.kind === 'basic') return credentials?.kind ?? 'none';
  const scheme = /^authorization$/i.test(credentials.name) ? credentials.value.split(/\s/, 1)[0]?.toLowerCase() : '';
  return scheme === 'basic' || scheme === 'bearer' ? scheme : 'header';
}

/** Strings that must never be printed, in each form in which a response might repeat them; the longest first. */
export function listSecrets(credentials: Credentials | undefined): string[] {
  const forms = listPlainSecrets(credentials).flatMap(listForms);
  return [...new Set(forms)].filter((text) => text !== '').sort((a, b) => b.length - a.length);
}

function listPlainSecrets(credentials: Credentials | undefined): string[] {
  if (!credentials) return [];
  if (credentials.kind === 'header') {
    // In "Bearer abc", the token alone is a secret, too.
    const words = credentials.value.split(/\s+/).filter((word) => word.length >= 8);
    return [credentials.value, ...words];
  }
  const { username, password } = credentials;
  const encoded = [username, `not-${username}`].map((user) => toBase64(`${user}:${password}`));
  return [...encoded, toBase64(`${username}:${password}-wrong`), password];
}

/** A string as it is, in JSON with and without escapes for non-ASCII characters, and in a URL. */
function listForms(text: string): string[] {
  const quoted = JSON.stringify(text).slice(1, -1);
  const ascii = quoted.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return [text, quoted, ascii, encodeURIComponent(text)];
}

function toBase64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}
