/**
 * Tokens of Google Cloud. With the key of a service account, a signed assertion is exchanged for a token (RFC 7523; Google,
 * "Using OAuth 2.0 for server to server applications"). Without one, the metadata server returns the token of the account that
 * the machine or pod runs as (Google, "Authenticate applications using metadata").
 */
import { z } from 'zod';
import { isPlainUrl } from '../plain-url.ts';
import type { AuthenticationSettings } from './authentication.ts';
import type { FetchToken, SendToken } from './authenticator.ts';
import { fetchToken, readToken } from './fetch-token.ts';
import { buildReadText, toSecretError, type SecretReference } from './secret-reference.ts';
import type { Token } from './token-cache.ts';

const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const METADATA_HOST = 'metadata.google.internal';
const METADATA_PATH = '/computeMetadata/v1/instance/service-accounts/default/token';

/** The fields of a key file that are used. */
const keySchema = z.looseObject({
  type: z.literal('service_account'),
  client_email: z.string().min(1),
  private_key: z.string().min(1),
  private_key_id: z.string().optional(),
  token_uri: z.string().refine(isPlainUrl).default('https://oauth2.googleapis.com/token'),
});

type ServiceAccountKey = z.infer<typeof keySchema>;

/** Builds the function that fetches a token. It reads the key each time, because keys are rotated. */
export function fetchGoogleToken(settings: Extract<AuthenticationSettings, { type: 'google' }>): FetchToken {
  const { key: reference, scope = SCOPE } = settings;
  if (!reference) return (send) => fetchMetadataToken(send, scope);
  const readText = buildReadText(reference);
  return async (send) => {
    const key = parseKey(await readText(), reference);
    return fetchToken(send, key.token_uri, { grant_type: GRANT, assertion: await sign(key, scope, reference) });
  };
}

/** Parses a key. Its problems are not listed one by one, because they would repeat parts of the key. */
function parseKey(text: string, reference: SecretReference): ServiceAccountKey {
  const parsed = keySchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  const expected = 'a key of a service account in JSON, with type, client_email and private_key';
  throw toSecretError(reference, `is not ${expected}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Signs the assertion of an account; it is valid for an hour, as with Google's own libraries. */
async function sign(key: ServiceAccountKey, scope: string, reference: SecretReference): Promise<string> {
  const { importPKCS8, SignJWT } = await import('jose');
  const signer = await importPKCS8(key.private_key, 'RS256').catch(() => {
    throw toSecretError(reference, 'has a private_key that is not a PKCS #8 key of RSA in PEM');
  });
  return new SignJWT({ scope })
    .setProtectedHeader({
      alg: 'RS256',
      typ: 'JWT',
      ...(key.private_key_id !== undefined && { kid: key.private_key_id }),
    })
    .setIssuer(key.client_email)
    .setAudience(key.token_uri)
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(signer);
}

/** GCE_METADATA_HOST overrides the host, as with Google's own libraries. */
async function fetchMetadataToken(send: SendToken, scope: string): Promise<Token> {
  const url = new URL(`http://${process.env['GCE_METADATA_HOST'] ?? METADATA_HOST}${METADATA_PATH}`);
  url.searchParams.set('scopes', scope);
  const headers = { 'metadata-flavor': 'Google', accept: 'application/json' };
  return readToken(await send({ method: 'GET', url, headers }));
}
