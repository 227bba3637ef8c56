import type { AuthenticationSettings } from './authentication.ts';
import type { Authenticator } from './authenticator.ts';

export function buildAwsAuthenticator(_settings: Extract<AuthenticationSettings, { type: 'aws' }>): Authenticator {
  throw new Error('to be written');
}
