/**
 * AWS: requests are signed (Signature Version 4) with the credentials that the default chain finds: variables, profile files,
 * web identity, the container's or the machine's role. AWS's own packages do both; they are optional, and loaded with the first request.
 */
import { createHash, createHmac } from 'node:crypto';
import type { defaultProvider } from '@aws-sdk/credential-provider-node';
import type { SignatureV4 } from '@smithy/signature-v4';
import { withDeadline } from '../deadline.ts';
import type { HttpReply, HttpRequest } from '../http.ts';
import { orAborted } from '../or-aborted.ts';
import { UpstreamError } from '../upstream-error.ts';
import type { AuthenticationSettings } from './authentication.ts';
import type { Authenticator } from './authenticator.ts';

/** Credentials from the default chain. */
type Credentials = Awaited<ReturnType<ReturnType<typeof defaultProvider>>>;

type SignerOptions = ConstructorParameters<typeof SignatureV4>[0];

/** Error types of requests whose credentials used to be valid. */
const OUTDATED = /^(?:ExpiredToken|UnrecognizedClient|InvalidClientTokenId|InvalidSignature)/;
/** The minimum time between two lookups of credentials that were rejected, in milliseconds: the cause may be another. */
const PAUSE = 1000;

export interface AwsOptions {
  /** Max milliseconds to find credentials. */
  readonly timeout: number;
  /** The clock that dates signatures. */
  readonly now?: () => Date;
}

/** Builds the authenticator. */
export function buildAwsAuthenticator(
  { region, service }: Extract<AuthenticationSettings, { type: 'aws' }>,
  { timeout, now = () => new Date() }: AwsOptions,
): Authenticator {
  let provider: ReturnType<typeof defaultProvider> | undefined;
  let rejectedAt = -Infinity;

  /** The chain itself shares, caches and renews credentials. A provider that failed or hangs is not used again. */
  const findCredentials = async (): Promise<Credentials> => {
    const chain = await import('@aws-sdk/credential-provider-node').catch(toMissing);
    const asked = (provider ??= chain.defaultProvider());
    try {
      return await withDeadline(timeout, undefined, ({ signal }) => orAborted(asked(), signal));
    } catch (cause) {
      if (provider === asked) provider = undefined;
      if (cause instanceof UpstreamError) throw new UpstreamError('late', `no AWS credentials within ${timeout} ms`);
      // The error's message may quote files.
      throw new UpstreamError('unauthorized', `no AWS credentials were found (${(cause as Error).name})`);
    }
  };

  return {
    authorize: async (request) => sign(request, await findCredentials(), { region, service, now: now() }),
    reject: (_, reply) => {
      if (!OUTDATED.test(readErrorType(reply)) || performance.now() - rejectedAt < PAUSE) return false;
      rejectedAt = performance.now();
      provider = undefined;
      return true;
    },
  };
}

interface Scope {
  readonly region: string;
  readonly service: string;
  readonly now: Date;
}

/** The headers that sign a request. Signed are its host, content type, x-amz headers and body. */
async function sign(
  { method, url, headers, body }: HttpRequest,
  credentials: Credentials,
  { region, service, now }: Scope,
): Promise<Record<string, string>> {
  const { SignatureV4 } = await import('@smithy/signature-v4').catch(toMissing);
  const signer = new SignatureV4({ credentials, region, service, sha256: Sha256, applyChecksum: false });
  const own = Object.entries(headers).filter(([name]) => name === 'content-type' || name.startsWith('x-amz'));
  const signed = await signer.sign(
    {
      method,
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      query: toQuery(url),
      headers: { ...Object.fromEntries(own), host: url.host },
      body: body ?? '',
    },
    { signingDate: now },
  );
  const { authorization = '', 'x-amz-date': date = '', 'x-amz-security-token': token } = signed.headers;
  return { authorization, 'x-amz-date': date, ...(token !== undefined && { 'x-amz-security-token': token }) };
}

/** The packages are optional: few deployments are on AWS, and they are a quarter of an installation. */
function toMissing(cause: unknown): never {
  if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
  const message = 'AWS needs two more packages: npm install @aws-sdk/credential-provider-node @smithy/signature-v4';
  throw new UpstreamError('unauthorized', message);
}

function toQuery({ searchParams }: URL): Record<string, string[]> {
  return Object.fromEntries([...new Set(searchParams.keys())].map((name) => [name, searchParams.getAll(name)]));
}

/** The type of an AWS error: in a header, possibly with a URL after a colon, or in the body. */
function readErrorType({ headers, text }: HttpReply): string {
  return (
    headers['x-amzn-errortype'] ?? /"(?:__type|code|Code)"\s*:\s*"(?:[^"#]{0,100}#)?(\w{1,100})/.exec(text)?.[1] ?? ''
  );
}

type SourceData = ConstructorParameters<NonNullable<SignerOptions['sha256']>>[0];

/** SHA-256, or HMAC with a secret, in the form that the signer expects. */
class Sha256 {
  readonly #secret: SourceData;
  #hash;

  constructor(secret?: SourceData) {
    this.#secret = secret;
    this.#hash = this.#begin();
  }

  update(data: Uint8Array): void {
    this.#hash.update(data);
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }

  reset(): void {
    this.#hash = this.#begin();
  }

  #begin() {
    const secret = this.#secret;
    if (secret === undefined) return createHash('sha256');
    return createHmac('sha256', typeof secret === 'string' ? secret : toBytes(secret));
  }
}

function toBytes(data: ArrayBuffer | ArrayBufferView): Uint8Array {
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}
