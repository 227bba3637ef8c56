import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { expect } from 'chai';
import { UpstreamError } from '../../../upstream/upstream-error.ts';
import { setVariables, startCloud, type Cloud, type CloudReply, type CloudRequest } from '../../support/cloud.ts';
import { catchError } from '../../support/deployment.ts';
import { buildTarget, post } from '../../support/upstream.ts';

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const toPem = (key: typeof privateKey, type: 'pkcs8' | 'pkcs1' = 'pkcs8') =>
  type === 'pkcs8' ? key.export({ type, format: 'pem' }) : key.export({ type, format: 'pem' });

const google = { type: 'google', key: { variable: 'GOOGLE_KEY_OF_TEST' } };

/** The header and the claims of an assertion whose signature is good. */
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
  let cloud: Cloud;
  let reset: () => void;
  let answer: (request: CloudRequest) => CloudReply;
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
    cloud = await startCloud((request) => answer(request));
    reset = setVariables({ GOOGLE_KEY_OF_TEST: '', GCE_METADATA_HOST: new URL(cloud.url).host });
  });
  afterEach(async () => {
    reset();
    await cloud.stop();
  });

  it('has the token that an assertion of the service account is exchanged for', async () => {
    setKey({});
    const before = Math.floor(Date.now() / 1000);
    await post(buildTarget(cloud.url, google));
    const [token, score] = cloud.requests as [CloudRequest, CloudRequest];
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
    expect(iat).to.be.within(before, before + 20);
    expect(exp - iat).to.equal(3600);
  });

  it('has a token of the scope that the settings name, and of a key without an id', async () => {
    setKey({ private_key_id: undefined });
    await post(buildTarget(cloud.url, { ...google, scope: 'one two' }));
    const { header, claims } = readAssertion(cloud.requests[0]?.body ?? '');
    expect(header).to.deep.equal({ alg: 'RS256', typ: 'JWT' });
    expect(claims).to.have.property('scope', 'one two');
  });

  it('has the token of the machine where there is no key', async () => {
    await post(buildTarget(cloud.url, { type: 'google' }));
    const [token, score] = cloud.requests as [CloudRequest, CloudRequest];
    expect(token.method).to.equal('GET');
    expect(token.path).to.equal(
      '/computeMetadata/v1/instance/service-accounts/default/token' +
        '?scopes=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fcloud-platform',
    );
    expect(token.headers).to.include({ 'metadata-flavor': 'Google' });
    expect(score.headers.authorization).to.equal('Bearer ya29.token');
  });

  it('is not sent where the key is none, and tells what was expected and nothing of the key', async () => {
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
      const error = await catchError(UpstreamError, () => post(buildTarget(cloud.url, google)));
      expect(error.failure).to.equal('unauthorized');
      expect(error.message).to.equal(`the environment variable GOOGLE_KEY_OF_TEST ${problem}`);
      expect(error.cause).to.equal(undefined);
    }
    process.env['GOOGLE_KEY_OF_TEST'] = 'SECRET, and no JSON';
    const error = await catchError(UpstreamError, () => post(buildTarget(cloud.url, google)));
    expect(error.message).to.equal(`the environment variable GOOGLE_KEY_OF_TEST ${expected}`);
    expect(cloud.requests).to.be.empty;
  });

  it('is not sent where the key is refused', async () => {
    setKey({});
    answer = () => ({ status: 400, body: { error: 'invalid_grant', error_description: 'Invalid JWT Signature.' } });
    const error = await catchError(UpstreamError, () => post(buildTarget(cloud.url, google)));
    expect(error).to.include({
      failure: 'unauthorized',
      message: 'the token endpoint answered the status 400',
      said: 'Invalid JWT Signature.',
    });
  });
});
