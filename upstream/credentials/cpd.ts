/** Tokens of IBM Cloud Pak for Data, for a user's password or API key (IBM Cloud Pak for Data API, "Get authorization token"). */
import { z } from 'zod';
import { ReplyError } from '../upstream-error.ts';
import type { AuthenticationSettings } from './authentication.ts';
import type { FetchToken, SendToken } from './authenticator.ts';
import { buildReadSecret, type SecretReference } from './secret-reference.ts';
import type { Token } from './token-cache.ts';

/** The lifetime of a token that does not say when it ends, in milliseconds: what ibm-watson-openscale assumes. */
const DEFAULT_LIFETIME = 1_800_000;

const replySchema = z.looseObject({ token: z.string().regex(/^[\x21-\x7e]+$/) });
const claimsSchema = z.looseObject({ iat: z.number(), exp: z.number() });

/** Builds the function that exchanges the credentials for a token. */
export function fetchCpdToken(settings: Extract<AuthenticationSettings, { type: 'cpd' }>): FetchToken {
  const { username, password, api_key } = settings;
  const key = password ? 'password' : 'api_key';
  const readSecret = buildReadSecret((password ?? api_key) as SecretReference);
  const url = new URL(`${settings.url.replace(/\/+$/, '')}/icp4d-api/v1/authorize`);
  return async (send) => postForToken(send, url, { username, [key]: await readSecret() });
}

/** Posts credentials as JSON; the reply has the token under the name `token`. Throws an UpstreamError. */
export async function postForToken(send: SendToken, url: URL, credentials: object): Promise<Token> {
  const headers = { 'content-type': 'application/json', accept: 'application/json' };
  const parsed = replySchema.safeParse(await send({ method: 'POST', url, headers, body: JSON.stringify(credentials) }));
  if (!parsed.success) throw new ReplyError('expected token from the token endpoint');
  return { value: parsed.data.token, lifetime: readLifetime(parsed.data.token) };
}

/** How long a token lives: what its claims say (RFC 7519), whose signature is for the server to check. */
function readLifetime(token: string): number {
  try {
    const [, claims = ''] = token.split('.');
    const { iat, exp } = claimsSchema.parse(JSON.parse(Buffer.from(claims, 'base64url').toString()));
    return exp > iat ? (exp - iat) * 1000 : DEFAULT_LIFETIME;
  } catch {
    return DEFAULT_LIFETIME;
  }
}
