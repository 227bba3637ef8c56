/** Tokens of IBM Cloud IAM, for an API key (IBM Cloud docs, "Generating an IBM Cloud IAM token by using an API key"). */
import type { AuthenticationSettings } from './authentication.ts';
import type { FetchToken } from './authenticator.ts';
import { fetchToken } from './fetch-token.ts';
import { buildReadSecret } from './secret-reference.ts';

const URL_OF_IAM = 'https://iam.cloud.ibm.com/identity/token';
const GRANT = 'urn:ibm:params:oauth:grant-type:apikey';

/** Builds the function that exchanges the API key for a token. */
export function fetchIamToken({ api_key, url }: Extract<AuthenticationSettings, { type: 'iam' }>): FetchToken {
  const readKey = buildReadSecret(api_key);
  return async (send) => fetchToken(send, url ?? URL_OF_IAM, { grant_type: GRANT, apikey: await readKey() });
}
