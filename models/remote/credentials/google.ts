import type { AuthenticationSettings } from './authentication.ts';
import type { FetchToken } from './authenticator.ts';

export function fetchGoogleToken(_settings: Extract<AuthenticationSettings, { type: 'google' }>): FetchToken {
  throw new Error('to be written');
}
