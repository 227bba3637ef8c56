import type { AuthenticationSettings } from './authentication.ts';
import { buildAwsAuthenticator } from './aws.ts';
import { fetchClientToken } from './client-credentials.ts';
import { fetchGoogleToken } from './google.ts';
import { fetchCpdToken } from './cpd.ts';
import { fetchIamToken } from './iam.ts';
import { fetchMcspToken } from './mcsp.ts';
import { buildReadSecret, toSecretError, type SecretReference } from './secret-reference.ts';
import type { Authenticator, FetchToken, SendToken } from './authenticator.ts';
import { TokenCache } from './token-cache.ts';

export interface AuthenticatorOptions {
  readonly send: SendToken;
  /** Max milliseconds to obtain credentials that are not fetched with `send`. */
  readonly timeout: number;
}

const NONE: Authenticator = { authorize: () => Promise.resolve({}), reject: () => false };

/** Builds the authenticator of an upstream. It reads and sends nothing before the first request is authorized. */
export function buildAuthenticator(
  settings: AuthenticationSettings | undefined,
  { send, timeout }: AuthenticatorOptions,
): Authenticator {
  switch (settings?.type) {
    case undefined:
      return NONE;
    case 'bearer':
      return fromSecret(settings.token, (token) => ({ authorization: `Bearer ${token}` }));
    case 'header':
      return fromSecret(settings.value, (value) => ({ [settings.name.toLowerCase()]: value }));
    case 'basic': {
      const { username, password } = settings;
      return fromSecret(password, (secret) => ({
        authorization: `Basic ${Buffer.from(`${username}:${secret}`).toString('base64')}`,
      }));
    }
    case 'iam':
      return fromTokens(fetchIamToken(settings), send);
    case 'cpd':
      return fromTokens(fetchCpdToken(settings), send);
    case 'mcsp':
      return fromTokens(fetchMcspToken(settings), send);
    case 'oauth2':
      return fromTokens(fetchClientToken(settings), send);
    case 'google':
      return fromTokens(fetchGoogleToken(settings), send);
    case 'aws':
      return buildAwsAuthenticator(settings, { timeout });
  }
}

function fromSecret(
  reference: SecretReference,
  toHeaders: (secret: string) => Readonly<Record<string, string>>,
): Authenticator {
  const read = buildReadSecret(reference);
  return {
    authorize: async () => {
      const headers = toHeaders(await read());
      if (Object.values(headers).every((value) => /^[\x20-\x7e]*$/.test(value))) return headers;
      throw toSecretError(reference, 'has characters that are not allowed in a header');
    },
    // It is read again soon anyway.
    reject: () => false,
  };
}

function fromTokens(fetch: FetchToken, send: SendToken): Authenticator {
  const tokens = new TokenCache(() => fetch(send));
  return {
    authorize: async () => ({ authorization: `Bearer ${await tokens.get()}` }),
    // A 403 means that the account lacks a permission; a new token would not change that.
    reject: ({ authorization = '' }, { status }) =>
      status === 401 && tokens.forget(authorization.slice('Bearer '.length)),
  };
}
