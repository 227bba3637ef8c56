/** The tokens of the double: of IBM Cloud, Cloud Pak for Data and AWS at once. */

/** The credentials that it accepts. */
export const CREDENTIALS = { username: 'admin', password: 'pass word/+&', apiKey: 'key-of-the-double' } as const;

interface TokenReply {
  readonly status?: number;
  readonly body: object;
}

export class Tokens {
  readonly #lifetime: number;
  readonly #valid = new Map<string, number>();
  /** How many were issued. */
  issued = 0;

  /** @param lifetime in seconds */
  constructor(lifetime: number) {
    this.#lifetime = lifetime;
  }

  /** Whether a request has a token that is valid. */
  accepts(authorization = ''): boolean {
    const until = this.#valid.get(/^Bearer (.+)$/.exec(authorization)?.[1] ?? '') ?? 0;
    return until > Date.now();
  }

  /** Revokes all tokens. */
  expire(): void {
    this.#valid.clear();
  }

  /** The answer to a request for a token; undefined for any other request. */
  answer(method: string, { pathname }: URL, text: string): TokenReply | undefined {
    if (method === 'GET' && pathname === '/v1/preauth/validateAuth') return { body: { accessToken: this.#issue() } };
    if (method !== 'POST') return undefined;
    const { apiKey, username, password } = CREDENTIALS;
    const refuse = { status: 401, body: { errorCode: 'BXNIM0415E', errorMessage: 'The credentials are wrong.' } };
    if (pathname === '/identity/token') {
      const form = new URLSearchParams(text);
      const isGood =
        form.get('grant_type') === 'urn:ibm:params:oauth:grant-type:apikey' && form.get('apikey') === apiKey;
      const expires_in = this.#lifetime;
      return isGood
        ? {
            body: {
              access_token: this.#issue(),
              refresh_token: 'not_supported',
              token_type: 'Bearer',
              expires_in,
              expiration: Math.floor(Date.now() / 1000) + expires_in,
            },
          }
        : refuse;
    }
    if (pathname === '/icp4d-api/v1/authorize') {
      const body = JSON.parse(text) as Record<string, unknown>;
      const isGood = body['username'] === username && (body['password'] === password || body['api_key'] === apiKey);
      return isGood ? { body: { _messageCode_: '200', message: 'Success', token: this.#issue() } } : refuse;
    }
    if (/^(?:\/api\/2\.0(?:\/accounts\/[^/]+)?|\/siusermgr\/api\/1\.0)\/apikeys\/token$/.test(pathname)) {
      const isGood = (JSON.parse(text) as Record<string, unknown>)['apikey'] === apiKey;
      return isGood
        ? { status: 201, body: { token: this.#issue(), token_type: 'Bearer', expires_in: this.#lifetime } }
        : refuse;
    }
    return undefined;
  }

  /** A token whose claims clients can read. */
  #issue(): string {
    const now = Math.floor(Date.now() / 1000);
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = { sub: 'double', jti: String((this.issued += 1)), iat: now, exp: now + this.#lifetime };
    const token = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode(claims)}.c2ln`;
    this.#valid.set(token, Date.now() + this.#lifetime * 1000);
    return token;
  }
}
