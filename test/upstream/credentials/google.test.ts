import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { expect } from 'chai';
import { UpstreamError } from '../../../upstream/upstream-error.ts';
import { answers, type DoubleReply } from '../../support/behaviours.ts';
import { HttpDouble, type ReceivedRequest } from '../../support/http-double.ts';
import { setVariables } from '../../support/set-variables.ts';
import { catchError } from '../../support/deployment.ts';
import { post, toUpstream } from '../../support/remote.ts';

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const toPem = (key: typeof privateKey, type: 'pkcs8' | 'pkcs1' = 'pkcs8') =>
  type === 'pkcs8' ? key.export({ type, format: 'pem' }) : key.export({ type, format: 'pem' });

const google = { type: 'google', key: { variable: 'GOOGLE_KEY_OF_TEST' } };

/** The header and the claims of an assertion, whose signature is verified. */
function readAssertion(form: string) {
  const { grant_type, assertion = '', ...rest } = Object.fromEntries(new URLSearchParams(form));
  expect(grant_type).to.equal('urn:ietf:params:oauth:grant-type:jwt-bearer');
  expect(rest).to.be.empty;
  const [header = '', claims = '', signature = ''] = assertion.split('.');
  const isGood = verify(
    'RSA-SHA256',
    Buffer.from(`${header}.${claims}`),
    publicKey,
    Buffer.from(signature, 'base64url'),
  );
  expect(isGood, 'signature').to.equal(true);
  const parse = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;
  return { header: parse(header), claims: parse(claims) };
}

describe('a request to Google Cloud', () => {
  let cloud: HttpDouble;
  let reset: () => void;
  let answer: (request: ReceivedRequest) => DoubleReply;
  const setKey = (keys: object) =>
    (process.env['GOOGLE_KEY_OF_TEST'] = JSON.stringify(
      {
        type: 'service_account',
        client_email: 'engine@project.iam.gserviceaccount.com',
        private_key: toPem(privateKey),
        private_key_id: 'the id',
        token_uri: `${cloud.url}/token`,
        ...keys,
      },
      undefined,
      2,
    ));

  beforeEach(async () => {
    answer = ({ path }) =>
      path === '/score'
        ? { body: 'fine' }
        : { body: { access_token: 'ya29.token', expires_in: 3599, token_type: 'Bearer' } };
    cloud = await HttpDouble.start(answers((request) => answer(request)));
    reset = setVariables({ GOOGLE_KEY_OF_TEST: '', GCE_METADATA_HOST: new URL(cloud.url).host });
  });
  afterEach(async () => {
    reset();
    await cloud.close();
  });

  it("has the token that the service account's assertion is exchanged for", async () => {
    setKey({});
    const before = Math.floor(Date.now() / 1000);
    await post(toUpstream(cloud.url, { authentication: google }));
    const [token, score] = cloud.requests as [ReceivedRequest, ReceivedRequest];
    expect(token).to.include({ method: 'POST', path: '/token' });
    expect(score.headers.authorization).to.equal('Bearer ya29.token');
    const { header, claims } = readAssertion(token.body);
    expect(header).to.deep.equal({ alg: 'RS256', typ: 'JWT', kid: 'the id' });
    const { iat, exp, ...others } = claims as { iat: number; exp: number };
    expect(others).to.deep.equal({
      iss: 'engine@project.iam.gserviceaccount.com',
      aud: `${cloud.url}/token`,
      scope: 'https://www.googleapis.com/auth/cloud-platform',
    });
    expect(iat).to.be.within(before, Math.ceil(Date.now() / 1000));
    expect(exp - iat).to.equal(3600);
  });

  it('has a token of the configured scope, also for a key without an id', async () => {
    setKey({ private_key_id: undefined });
    await post(toUpstream(cloud.url, { authentication: { ...google, scope: 'one two' } }));
    const { header, claims } = readAssertion(cloud.requests[0]?.body ?? '');
    expect(header).to.deep.equal({ alg: 'RS256', typ: 'JWT' });
    expect(claims).to.have.property('scope', 'one two');
  });

  it("has the machine's token if there is no key", async () => {
    await post(toUpstream(cloud.url, { authentication: { type: 'google' } }));
    const [token, score] = cloud.requests as [ReceivedRequest, ReceivedRequest];
    expect(token.method).to.equal('GET');
    expect(token.path).to.equal(
      '/computeMetadata/v1/instance/service-accounts/default/token' +
        '?scopes=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fcloud-platform',
    );
    expect(token.headers).to.include({ 'metadata-flavor': 'Google' });
    expect(score.headers.authorization).to.equal('Bearer ya29.token');
  });

  it('is not sent with an invalid key; the error says what was expected and nothing about the key', async () => {
    const expected = 'is not a key of a service account in JSON, with type, client_email and private_key';
    const pem = 'has a private_key that is not a PKCS #8 key of RSA in PEM';
    const other = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' });
    for (const [keys, problem] of [
      [{ type: 'authorized_user' }, expected],
      [{ client_email: undefined }, expected],
      [{ private_key: '' }, expected],
      [{ token_uri: 'file:///etc/passwd' }, expected],
      [{ private_key: 'SECRET' }, pem],
      [{ private_key: `-----BEGIN PRIVATE KEY-----\nU0VDUkVU\n-----END PRIVATE KEY-----\n` }, pem],
      [{ private_key: toPem(privateKey, 'pkcs1') }, pem],
      [{ private_key: ec.privateKey.export({ type: 'pkcs8', format: 'pem' }) }, pem],
      [{ private_key: other }, pem],
    ] as const) {
      setKey(keys);
      const error = await catchError(UpstreamError, () => post(toUpstream(cloud.url, { authentication: google })));
      expect(error.failure).to.equal('unauthorized');
      expect(error.problem).to.equal(`the environment variable GOOGLE_KEY_OF_TEST ${problem}`);
      expect(error.cause).to.equal(undefined);
    }
    process.env['GOOGLE_KEY_OF_TEST'] = 'SECRET, and no JSON';
    const error = await catchError(UpstreamError, () => post(toUpstream(cloud.url, { authentication: google })));
    expect(error.problem).to.equal(`the environment variable GOOGLE_KEY_OF_TEST ${expected}`);
    expect(cloud.requests).to.be.empty;
  });

  it('is not sent if the key is rejected', async () => {
    setKey({});
    answer = () => ({ status: 400, body: { error: 'invalid_grant', error_description: 'Invalid JWT Signature.' } });
    const error = await catchError(UpstreamError, () => post(toUpstream(cloud.url, { authentication: google })));
    expect(error).to.include({
      failure: 'unauthorized',
      problem: 'the token endpoint answered with status 400',
      quote: 'Invalid JWT Signature.',
    });
  });
});
