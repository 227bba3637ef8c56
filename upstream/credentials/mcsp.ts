/** Tokens of IBM's Multi-Cloud SaaS Platform, for an API key (ibm-cloud-sdk-core, MCSP authenticators). */
import type { AuthenticationSettings } from './authentication.ts';
import type { FetchToken } from './authenticator.ts';
import { postForToken } from './cpd.ts';
import { buildReadSecret } from './secret-reference.ts';

/** Builds the function that exchanges the API key for a token; `url` is the whole URL of the token operation. */
export function fetchMcspToken({ url, api_key }: Extract<AuthenticationSettings, { type: 'mcsp' }>): FetchToken {
  const readKey = buildReadSecret(api_key);
  return async (send) => postForToken(send, new URL(url), { apikey: await readKey() });
}
