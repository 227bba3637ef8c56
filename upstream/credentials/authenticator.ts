/** What lets requests into an upstream: the headers that each of them is given. */
import type { HttpReply, HttpRequest } from '../http.ts';
import type { AuthenticationSettings } from './authentication.ts';
import { buildAwsAuthenticator } from './aws.ts';
import { fetchClientToken } from './client-credentials.ts';
import { fetchGoogleToken } from './google.ts';
import { fetchIamToken } from './iam.ts';
import { buildReadSecret, toSecretError, type SecretReference } from './secret-reference.ts';
import { TokenCache, type Token } from './token-cache.ts';

export interface Authenticator {
  /** The headers that let a request in. Throws a UpstreamError where the credentials cannot be had. */
  authorize(request: HttpRequest): Promise<Readonly<Record<string, string>>>;
  /**
   * Notes that the upstream refused what it was given, with a 401 or 403; whether there may be something better now, so that
   * the request is to be authorized and sent once more.
   */
  refuse(given: Readonly<Record<string, string>>, reply: HttpReply): boolean;
}

/** How a token is fetched: `send` is bounded in time and bytes. */
export type FetchToken = (send: SendToken) => Promise<Token>;
/** Sends a request to a token endpoint; gives its JSON. Throws a UpstreamError. */
export type SendToken = (request: HttpRequest) => Promise<unknown>;

export interface AuthenticatorOptions {
  readonly send: SendToken;
  /** Milliseconds that credentials may take which are not had by `send`. */
  readonly timeout: number;
}

const OPEN: Authenticator = { authorize: () => Promise.resolve({}), refuse: () => false };

/** Builds the authenticator of an upstream. It reads and asks nothing before a request is authorized. */
export function buildAuthenticator(
  settings: AuthenticationSettings | undefined,
  { send, timeout }: AuthenticatorOptions,
): Authenticator {
  switch (settings?.type) {
    case undefined:
      return OPEN;
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
      throw toSecretError(reference, 'has characters that a header cannot have');
    },
    // It is read again before long, whatever becomes of this request.
    refuse: () => false,
  };
}

function fromTokens(fetch: FetchToken, send: SendToken): Authenticator {
  const tokens = new TokenCache(() => fetch(send));
  return {
    authorize: async () => ({ authorization: `Bearer ${await tokens.get()}` }),
    // A 403 is for what the account may not do; another token would not change that.
    refuse: ({ authorization = '' }, { status }) =>
      status === 401 && tokens.forget(authorization.slice('Bearer '.length)),
  };
}
