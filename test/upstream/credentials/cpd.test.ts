import { expect } from 'chai';
import { fetchCpdToken } from '../../../upstream/credentials/cpd.ts';
import { fetchMcspToken } from '../../../upstream/credentials/mcsp.ts';
import { UpstreamError } from '../../../upstream/upstream-error.ts';
import type { HttpRequest } from '../../../upstream/http.ts';
import { catchError } from '../../support/deployment.ts';
import { setVariables } from '../../support/set-variables.ts';

const secret = { variable: 'SECRET_OF_TEST' };
const toJwt = (claims: object) => `h.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.s`;

describe('a token for credentials in JSON', () => {
  let reset: () => void;
  let sent: HttpRequest | undefined;
  beforeEach(() => (reset = setVariables({ SECRET_OF_TEST: 'a "quoted" key' })));
  afterEach(() => {
    reset();
  });
  /** An endpoint that answers with a token. */
  const answer = (token: unknown) => (request: HttpRequest) => {
    sent = request;
    return Promise.resolve({ token });
  };
  const cpd = (credentials: object) =>
    fetchCpdToken({ type: 'cpd', url: 'https://cpd.example.com/', username: 'me', ...credentials });

  for (const [key, credentials] of [
    ['password', { password: secret }],
    ['api_key', { api_key: secret }],
  ] as const) {
    it(`is asked of Cloud Pak for Data with ${key}`, async () => {
      await cpd(credentials)(answer('t'));
      expect(sent?.url.href).to.equal('https://cpd.example.com/icp4d-api/v1/authorize');
      expect(JSON.parse(sent?.body as string)).to.deep.equal({ username: 'me', [key]: 'a "quoted" key' });
    });
  }

  it('is asked of the SaaS platform with the API key alone', async () => {
    const url = 'https://iam.example.com/api/2.0/accounts/a/apikeys/token';
    await fetchMcspToken({ type: 'mcsp', url, api_key: secret })(answer('t'));
    expect(sent?.url.href).to.equal(url);
    expect(JSON.parse(sent?.body as string)).to.deep.equal({ apikey: 'a "quoted" key' });
  });

  for (const [what, token, lifetime] of [
    ['its claims say', toJwt({ iat: 1000, exp: 1600 }), 600_000],
    ['usual, if it ends before it begins', toJwt({ iat: 1600, exp: 1000 }), 1_800_000],
    ['usual, if it has no such claims', toJwt({ sub: 'me' }), 1_800_000],
    ['usual, if it is no JWT', 'opaque', 1_800_000],
  ] as const) {
    it(`lives as long as ${what}`, async () => {
      expect(await cpd({ password: secret })(answer(token))).to.deep.equal({ value: token, lifetime });
    });
  }

  it('must be one that fits into a header', async () => {
    for (const token of [undefined, 'two words', '']) {
      const error = await catchError(UpstreamError, () => cpd({ password: secret })(answer(token)));
      expect(error.message).to.equal('expected token from the token endpoint');
    }
  });
});
