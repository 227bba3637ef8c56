import { expect } from 'chai';
import { UpstreamError } from '../../../upstream/upstream-error.ts';
import { answers, type DoubleReply } from '../../support/behaviours.ts';
import { HttpDouble, type ReceivedRequest } from '../../support/http-double.ts';
import { setVariables } from '../../support/set-variables.ts';
import { catchError } from '../../support/deployment.ts';
import { post, toUpstream } from '../../support/remote.ts';

const secret = { variable: 'SECRET_OF_TEST' };
const KEY = 's3cret+key/with=signs&more';

describe('a request to an upstream', () => {
  let cloud: HttpDouble;
  let answer: (request: ReceivedRequest) => DoubleReply | Promise<DoubleReply>;
  let reset: () => void;
  beforeEach(async () => {
    reset = setVariables({ SECRET_OF_TEST: KEY });
    cloud = await HttpDouble.start(answers((request) => answer(request)));
  });
  afterEach(async () => {
    reset();
    await cloud.close();
  });

  for (const [authentication, header, value] of [
    [{ type: 'bearer', token: secret }, 'authorization', `Bearer ${KEY}`],
    [
      { type: 'basic', username: 'müller', password: secret },
      'authorization',
      `Basic ${Buffer.from(`müller:${KEY}`).toString('base64')}`,
    ],
    [{ type: 'header', name: 'X-API-Key', value: secret }, 'x-api-key', KEY],
  ] as const) {
    it(`has the secret in a header: ${authentication.type}`, async () => {
      answer = () => ({ body: 'fine' });
      expect(await post(toUpstream(cloud.url, { authentication }))).to.equal('fine');
      expect(cloud.requests[0]?.headers[header]).to.equal(value);
    });
  }

  it('is not sent if a header cannot contain the secret', async () => {
    process.env['SECRET_OF_TEST'] = 'schlüssel';
    const error = await catchError(UpstreamError, () =>
      post(toUpstream(cloud.url, { authentication: { type: 'bearer', token: secret } })),
    );
    expect(error).to.include({
      failure: 'unauthorized',
      problem: 'the environment variable SECRET_OF_TEST has characters that are not allowed in a header',
    });
    expect(cloud.requests).to.be.empty;
  });

  it('is not sent again if a static secret is rejected', async () => {
    answer = () => ({ status: 401 });
    const upstream = toUpstream(cloud.url, { authentication: { type: 'bearer', token: secret } });
    expect(await catchError(UpstreamError, () => post(upstream))).to.have.property('failure', 'unauthorized');
    expect(cloud.requests).to.have.length(1);
  });

  describe('with tokens', () => {
    let tokens: number;
    /** What the token endpoint answers, and the tokens that the upstream accepts. */
    let toToken: (request: ReceivedRequest) => DoubleReply | Promise<DoubleReply>;
    let accepted: RegExp;
    const build = (authentication: object = {}) =>
      toUpstream(cloud.url, {
        authentication: { type: 'iam', api_key: secret, url: `${cloud.url}/token`, ...authentication },
      });
    const pick = (path: string) => cloud.requests.filter((request) => request.path === path);

    beforeEach(() => {
      tokens = 0;
      accepted = /./;
      toToken = () => ({
        body: { access_token: `token-${++tokens}`, expires_in: 3600, expiration: 1_900_000_000, token_type: 'Bearer' },
      });
      answer = (request) => {
        if (request.path === '/token') return toToken(request);
        return accepted.test(request.headers.authorization ?? '') ? { body: 'fine' } : { status: 401, body: {} };
      };
    });

    it("posts IBM IAM's form once", async () => {
      const upstream = build();
      await Promise.all([post(upstream), post(upstream), post(upstream)]);
      await post(upstream);
      expect(pick('/token')).to.have.length(1);
      const [{ method, headers, body }] = pick('/token') as [ReceivedRequest];
      expect(method).to.equal('POST');
      expect(headers).to.include({ 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' });
      expect(headers).to.not.have.property('authorization');
      expect(body).to.equal(
        'grant_type=urn%3Aibm%3Aparams%3Aoauth%3Agrant-type%3Aapikey&apikey=s3cret%2Bkey%2Fwith%3Dsigns%26more',
      );
      expect(pick('/score').map((request) => request.headers.authorization)).to.deep.equal(
        Array.from({ length: 4 }, () => 'Bearer token-1'),
      );
    });

    it("posts an OAuth2 endpoint's form", async () => {
      const token_url = `${cloud.url}/token`;
      const client = { client_id: 'the client', client_secret: secret };
      await post(
        toUpstream(cloud.url, { authentication: { type: 'oauth2', token_url, ...client, scope: 'api://x/.default' } }),
      );
      await post(toUpstream(cloud.url, { authentication: { type: 'oauth2', token_url, ...client } }));
      const forms = pick('/token').map(({ body }) => Object.fromEntries(new URLSearchParams(body)));
      const form = { grant_type: 'client_credentials', client_id: 'the client', client_secret: KEY };
      expect(forms).to.deep.equal([{ ...form, scope: 'api://x/.default' }, form]);
    });

    it('gets a new token if one is rejected, and is sent once more', async () => {
      const upstream = build();
      await post(upstream);
      accepted = /token-2/;
      expect(await Promise.all([post(upstream), post(upstream)])).to.deep.equal(['fine', 'fine']);
      expect(pick('/token')).to.have.length(2);
    });

    it('fails if the next token is rejected as well, without fetching more', async () => {
      accepted = /none/;
      const upstream = build();
      for (const sent of [2, 3, 4]) {
        expect(await catchError(UpstreamError, () => post(upstream))).to.include({
          failure: 'unauthorized',
          status: 401,
        });
        expect(pick('/score')).to.have.length(sent);
      }
      expect(pick('/token')).to.have.length(2);
    });

    it('gets no new token after a 403, which is not about the token', async () => {
      answer = (request) => (request.path === '/token' ? toToken(request) : { status: 403 });
      expect(await catchError(UpstreamError, () => post(build()))).to.include({ failure: 'unauthorized', status: 403 });
      expect(cloud.requests).to.have.length(2);
    });

    it('fails for all callers if there is no token, and does not fetch again at once', async () => {
      toToken = () => ({ status: 400, body: { errorCode: 'BXNIM0415E', errorMessage: `no such key: ${KEY}` } });
      const upstream = build();
      const failures = await Promise.all([1, 2, 3].map(() => catchError(UpstreamError, () => post(upstream))));
      failures.push(await catchError(UpstreamError, () => post(upstream)));
      for (const { failure, problem } of failures) {
        expect(failure).to.equal('unauthorized');
        expect(problem).to.equal('the token endpoint answered with status 400, BXNIM0415E');
      }
      expect(pick('/token')).to.have.length(1);
      expect(pick('/score')).to.be.empty;
    });

    it('is late if the token endpoint does not answer', async () => {
      toToken = () => new Promise(() => undefined);
      const upstream = toUpstream(cloud.url, {
        authentication: { type: 'iam', api_key: secret, url: `${cloud.url}/token` },
        timeout: 40,
      });
      expect(await catchError(UpstreamError, () => post(upstream, '/score', 40))).to.have.property('failure', 'late');
    });

    it('accepts a lifetime that is numeric text, huge, tiny or missing', async () => {
      for (const lifetime of [{ expires_in: '3599' }, { expires_in: 1e18 }, { expires_in: 0.001 }, {}]) {
        toToken = () => ({ body: { access_token: 'a.b-c_d~e+f/g==', ...lifetime } });
        expect(await post(build()), JSON.stringify(lifetime)).to.equal('fine');
      }
    });

    it('is not sent with an invalid token or lifetime', async () => {
      const token = { access_token: 'token', expires_in: 3600 };
      for (const body of [
        null,
        [],
        {},
        { ...token, access_token: '' },
        { ...token, access_token: 'two\r\nlines' },
        { ...token, access_token: 'tökén' },
        { ...token, access_token: 1 },
        { ...token, expires_in: 0 },
        { ...token, expires_in: -1 },
        { ...token, expires_in: 'soon' },
        { ...token, expires_in: null },
        '{"access_token":"token","expires_in":1e999}',
        'no JSON',
      ]) {
        toToken = () => ({ body });
        const error = await catchError(UpstreamError, () => post(build()));
        expect(error.failure, JSON.stringify(body)).to.equal('reply');
        expect(error.problem).to.match(/^expected (access_token, and a positive number as expires_in, from|JSON)/);
      }
      expect(pick('/score')).to.be.empty;
    });
  });
});
