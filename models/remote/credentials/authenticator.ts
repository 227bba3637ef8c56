/** What lets requests into a target: the headers that each of them is given. */
import type { HttpRequest } from '../http.ts';
import type { AuthenticationSettings } from './authentication.ts';
import { buildReadSecret } from './secret-reference.ts';
import { fetchClientToken } from './client-credentials.ts';
import { fetchIamToken } from './iam.ts';
import { TokenCache, type Token } from './token-cache.ts';

export interface Authenticator {
  /** The headers that let a request in. Throws a TargetError where the credentials cannot be had. */
  authorize(request: HttpRequest): Promise<Readonly<Record<string, string>>>;
  /** Notes that the target refused what it was given; whether there may be something better now. */
  refuse(given: Readonly<Record<string, string>>): boolean;
}

/** How a token is fetched: `send` is bounded in time and bytes. */
export type FetchToken = (send: SendToken) => Promise<Token>;
/** Sends a request to a token endpoint; gives its JSON. Throws a TargetError. */
export type SendToken = (request: HttpRequest) => Promise<unknown>;

const OPEN: Authenticator = { authorize: () => Promise.resolve({}), refuse: () => false };

/** Builds the authenticator of a target. */
export async function buildAuthenticator(
  settings: AuthenticationSettings | undefined,
  send: SendToken,
): Promise<Authenticator> {
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
      return fromTokens((await import('./google.ts')).fetchGoogleToken(settings), send);
    case 'aws':
      return (await import('./aws.ts')).buildAwsAuthenticator(settings);
  }
}

function fromSecret(
  reference: Parameters<typeof buildReadSecret>[0],
  toHeaders: (secret: string) => Record<string, string>,
): Authenticator {
  const read = buildReadSecret(reference);
  return { authorize: async () => toHeaders(await read()), refuse: () => false };
}

function fromTokens(fetch: FetchToken, send: SendToken): Authenticator {
  const tokens = new TokenCache(() => fetch(send));
  return {
    authorize: async () => ({ authorization: `Bearer ${await tokens.get()}` }),
    refuse: ({ authorization = '' }) => {
      tokens.forget(authorization.slice('Bearer '.length));
      return true;
    },
  };
}
