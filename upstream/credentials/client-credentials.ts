/** Tokens for client credentials (RFC 6749, 4.4), with the client's secret in the form (2.3.1). */
import type { AuthenticationSettings } from './authentication.ts';
import type { FetchToken } from './authenticator.ts';
import { fetchToken } from './fetch-token.ts';
import { buildReadSecret } from './secret-reference.ts';

/** Builds the function that exchanges a client's id and secret for a token. */
export function fetchClientToken(settings: Extract<AuthenticationSettings, { type: 'oauth2' }>): FetchToken {
  const readSecret = buildReadSecret(settings.client_secret);
  return async (send) =>
    fetchToken(send, settings.token_url, {
      grant_type: 'client_credentials',
      client_id: settings.client_id,
      client_secret: await readSecret(),
      ...(settings.scope !== undefined && { scope: settings.scope }),
    });
}
