import { expect } from 'chai';
import { buildAwsAuthenticator } from '../../../upstream/credentials/aws.ts';
import type { HttpRequest } from '../../../upstream/http.ts';
import { UpstreamError } from '../../../upstream/upstream-error.ts';
import { answers, type DoubleReply } from '../../support/behaviours.ts';
import { HttpDouble, type ReceivedRequest } from '../../support/http-double.ts';
import { until } from '../../support/until.ts';
import { setVariables } from '../../support/set-variables.ts';
import { stopClock } from '../../support/clock.ts';
import { catchError } from '../../support/deployment.ts';
import { post, toUpstream } from '../../support/remote.ts';

/** The credentials of AWS's published examples ("Signature Version 4 test suite"). */
const EXAMPLE = {
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
};

/** No other credentials that the chain might find. */
const NOTHING = {
  AWS_ACCESS_KEY_ID: undefined,
  AWS_SECRET_ACCESS_KEY: undefined,
  AWS_SESSION_TOKEN: undefined,
  AWS_PROFILE: undefined,
  AWS_CONFIG_FILE: '/nowhere',
  AWS_SHARED_CREDENTIALS_FILE: '/nowhere',
  AWS_WEB_IDENTITY_TOKEN_FILE: undefined,
  AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: undefined,
  AWS_CONTAINER_CREDENTIALS_FULL_URI: undefined,
  AWS_EC2_METADATA_DISABLED: 'true',
};

const aws = { type: 'aws', region: 'us-east-1', service: 'service' } as const;

async function signExample(request: Partial<HttpRequest>): Promise<string | undefined> {
  const now = () => new Date('2015-08-30T12:36:00Z');
  const authenticator = buildAwsAuthenticator(aws, { timeout: 60_000, now });
  const url = new URL('https://example.amazonaws.com/');
  return (await authenticator.authorize({ method: 'GET', url, headers: {}, ...request }))['authorization'];
}

const toExpected = (headers: string, signature: string) =>
  `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=${headers}, Signature=${signature}`;

describe('a request to AWS', () => {
  let reset: () => void;
  beforeEach(() => {
    reset = setVariables({ ...NOTHING, ...EXAMPLE });
  });
  afterEach(() => reset());

  it('is signed as in AWS’s published examples', async () => {
    expect(await signExample({}), 'get-vanilla').to.equal(
      toExpected('host;x-amz-date', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'),
    );
    expect(await signExample({ method: 'POST' }), 'post-vanilla').to.equal(
      toExpected('host;x-amz-date', '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'),
    );
    const url = new URL('https://example.amazonaws.com/?Param2=value2&Param1=value1');
    expect(await signExample({ url }), 'get-vanilla-query-order-key-case').to.equal(
      toExpected('host;x-amz-date', 'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500'),
    );
    const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'not/signed' };
    const form = { method: 'POST', headers, body: 'Param1=value1' } as const;
    expect(await signExample(form), 'post-x-www-form-urlencoded').to.equal(
      toExpected('content-type;host;x-amz-date', 'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a'),
    );
  });

  it('is signed for its host including the port', async () => {
    const sign = (port: string) => signExample({ url: new URL(`https://example.amazonaws.com${port}/`) });
    expect(await sign(':8443')).to.not.equal(await sign(''));
    expect(await sign(':443')).to.equal(await sign(''));
  });

  describe('in service', () => {
    let cloud: HttpDouble;
    let answer: (request: ReceivedRequest) => DoubleReply | Promise<DoubleReply>;
    beforeEach(async () => {
      answer = () => ({ body: 'fine' });
      cloud = await HttpDouble.start(answers((request) => answer(request)));
    });
    afterEach(() => cloud.close());

    const isSigned = ({ headers }: ReceivedRequest) => headers.authorization?.startsWith('AWS4-HMAC-SHA256 ');

    it('has the signature, its date, and the session token', async () => {
      process.env['AWS_SESSION_TOKEN'] = 'session-token';
      await post(toUpstream(cloud.url, { authentication: aws }));
      const [{ headers }] = cloud.requests as [ReceivedRequest];
      expect(headers.authorization).to.match(
        /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/us-east-1\/service\/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, Signature=[0-9a-f]{64}$/,
      );
      expect(headers['x-amz-date']).to.match(/^\d{8}T\d{6}Z$/);
      expect(headers['x-amz-security-token']).to.equal('session-token');
    });

    it('has the credentials of a container, fetched once', async () => {
      const keys = { AccessKeyId: 'ASIACONTAINER', SecretAccessKey: 'secret', Token: 'token' };
      answer = ({ path }) =>
        path === '/credentials' ? { body: { ...keys, Expiration: '2999-01-01T00:00:00Z' } } : { body: 'fine' };
      const from = { AWS_CONTAINER_CREDENTIALS_FULL_URI: `${cloud.url}/credentials` };
      const undo = setVariables({ ...NOTHING, ...from });
      const upstream = toUpstream(cloud.url, { authentication: aws });
      await Promise.all([post(upstream), post(upstream)]);
      undo();
      expect(cloud.requests.filter(({ path }) => path === '/credentials')).to.have.length(1);
      for (const { headers } of cloud.requests.filter(({ path }) => path === '/score')) {
        expect(headers.authorization).to.include('Credential=ASIACONTAINER/');
        expect(headers['x-amz-security-token']).to.equal('token');
      }
    });

    it('is signed with new credentials and sent once more if the old ones have expired', async () => {
      for (const outdated of [
        { headers: { 'x-amzn-errortype': 'ExpiredTokenException:http://internal.amazon.com/' } },
        { body: { __type: 'com.amazon.coral.service#ExpiredTokenException', message: 'expired' } },
        { body: { Code: 'UnrecognizedClientException' } },
      ]) {
        reset = setVariables(EXAMPLE);
        answer = ({ headers }) => {
          if (headers.authorization?.includes('AKIDSECOND')) return { body: 'fine' };
          process.env['AWS_ACCESS_KEY_ID'] = 'AKIDSECOND';
          return { status: 403, ...outdated };
        };
        expect(await post(toUpstream(cloud.url, { authentication: aws }))).to.equal('fine');
      }
      expect(cloud.requests).to.have.length(6);
    });

    it('fails without a retry if a permission is missing', async () => {
      answer = () => ({
        status: 403,
        headers: { 'x-amzn-errortype': 'AccessDeniedException' },
        body: { Message: 'no' },
      });
      const error = await catchError(UpstreamError, () => post(toUpstream(cloud.url, { authentication: aws })));
      expect(error).to.include({ failure: 'unauthorized', problem: 'status 403, AccessDeniedException' });
      expect(cloud.requests).to.have.length(1);
    });

    it('fails if credentials are still rejected; they are looked up at most once per second', async () => {
      answer = () => ({ status: 403, headers: { 'x-amzn-errortype': 'InvalidSignatureException' } });
      const upstream = toUpstream(cloud.url, { authentication: aws });
      const clock = stopClock();
      for (const [passed, sent] of [
        [0, 2],
        [0, 3],
        [999, 4],
        [1, 6],
      ] as const) {
        clock.pass(passed);
        await catchError(UpstreamError, () => post(upstream));
        expect(cloud.requests).to.have.length(sent);
      }
      clock.restore();
    });

    it('is not sent without credentials, and is as soon as there are some', async () => {
      const undo = setVariables(NOTHING);
      const upstream = toUpstream(cloud.url, { authentication: aws });
      const error = await catchError(UpstreamError, () => post(upstream));
      undo();
      expect(error).to.include({
        failure: 'unauthorized',
        problem: 'no AWS credentials were found (CredentialsProviderError)',
      });
      expect(cloud.requests).to.be.empty;
      expect(await post(upstream)).to.equal('fine');
      expect(cloud.requests.every(isSigned)).to.equal(true);
    });

    it('is late if credentials do not arrive in time, and looks them up again the next time', async () => {
      let fetched = 0;
      answer = ({ path }) => {
        if (path === '/score') return { body: 'fine' };
        fetched += 1;
        return new Promise(() => undefined);
      };
      const undo = setVariables({ ...NOTHING, AWS_CONTAINER_CREDENTIALS_FULL_URI: `${cloud.url}/credentials` });
      const upstream = toUpstream(cloud.url, { authentication: aws, timeout: 500 });
      const error = await catchError(UpstreamError, () => post(upstream));
      await until('they were asked for', () => fetched > 0);
      undo();
      expect(error).to.include({ failure: 'late', problem: 'no AWS credentials within 500 ms' });
      expect(fetched).to.equal(1);
      // On a busy machine, even those that are there may be late.
      await until('they are found', () =>
        post(upstream).then(
          (text) => text === 'fine',
          () => false,
        ),
      );
    });
  });
});
