import { expect } from 'chai';
import { withDeadline } from '../../upstream/deadline.ts';
import { buildSendHttp } from '../../upstream/http.ts';
import { UpstreamError, type UpstreamFailure } from '../../upstream/upstream-error.ts';
import { toEngineError } from '../../upstream/to-engine-error.ts';
import * as behaviours from '../support/behaviours.ts';
import { makeAuthority } from '../support/certificate.ts';
import { catchError } from '../support/deployment.ts';
import { MisbehavingTarget, type Behaviour } from '../support/misbehaving-target.ts';
import { toTarget } from '../support/remote.ts';
import { until } from '../support/until.ts';

const BODY = JSON.stringify({ values: [[0.25]] });
const { fails, says, raw } = behaviours;

const COMPRESSED = 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n';

/** Each behaviour, how the call fails, and what the log says of it. */
const FAILURES: Record<string, readonly [Behaviour, UpstreamFailure, RegExp]> = {
  'says nothing': [behaviours.silent, 'late', /^no answer within 300 ms$/],
  'stops after its headers': [behaviours.stopsAfterHeaders, 'late', /^no answer within 300 ms$/],
  'trickles for ever': [behaviours.trickles, 'late', /^no answer within 300 ms$/],
  'drops the connection': [behaviours.dropsBeforeHeaders, 'dropped', /^the connection broke \(UND_ERR_SOCKET\)$/],
  'resets the connection': [behaviours.resets, 'dropped', /^the connection broke \(ECONNRESET\)$/],
  'drops the connection in its body': [behaviours.dropsInBody, 'dropped', /^the connection broke \(UND_ERR_SOCKET\)$/],
  'claims a huge body': [behaviours.claimsHuge, 'reply', /^expected a reply of at most 4096 bytes/],
  'sends a body without end': [behaviours.endless(), 'reply', /^expected a reply of at most 4096 bytes/],
  'compresses unasked': [behaviours.gzips, 'reply', /^expected a reply that is not compressed$/],
  // All of it has come when it is let go of: what then goes wrong must not be thrown where nobody catches it.
  'compresses a reply that comes at once': [
    raw(`${COMPRESSED}abc`),
    'reply',
    /^expected a reply that is not compressed$/,
  ],
  'answers 503, and breaks off': [
    raw('HTTP/1.1 503 Busy\r\nContent-Length: 30\r\n\r\nwal'),
    'busy',
    /^the status 503$/,
  ],
  'does not write UTF-8': [says(Buffer.of(0x5b, 0xff, 0x5d)), 'reply', /^expected a reply in UTF-8$/],
  'does not speak HTTP': [raw('SSH-2.0-wallaby\r\n'), 'reply', /^expected a reply in HTTP\/1\.1/],
  'has huge headers': [says('', { 'X-Long': 'wallaby'.repeat(8000) }), 'reply', /^expected a reply in HTTP\/1\.1/],
  'switches protocols': [raw('HTTP/1.1 101 Switching Protocols\r\n\r\n'), 'dropped', /^the connection broke \(\w+\)$/],
  redirects: [behaviours.redirects('/wallaby'), 'status', /^the status 307: redirects are not followed$/],
  'answers 404': [fails(404), 'status', /^the status 404$/],
  'answers 401': [fails(401), 'unauthorized', /^the status 401$/],
  'answers 503 with a body without end': [behaviours.endless(503), 'busy', /^the status 503$/],
  'answers 429 compressed': [says(Buffer.of(1, 2, 3), { 'Content-Encoding': 'gzip' }, 429), 'busy', /^the status 429$/],
  'answers 500 in another encoding': [says(Buffer.of(0xff, 0xfe), {}, 500), 'status', /^the status 500$/],
};

describe('a request to an upstream', () => {
  let double: MisbehavingTarget;
  beforeEach(async () => (double = await MisbehavingTarget.start(behaviours.good)));
  afterEach(() => double.close());

  const toSmallTarget = (url = double.url, ca?: string) => toTarget(url, { max_reply_bytes: 4096, retries: 0 }, ca);
  const post = (upstream = toSmallTarget(), signal?: AbortSignal) =>
    withDeadline(300, signal, (deadline) => upstream.post({ path: '/score', body: BODY }, deadline));

  it('posts JSON, and gives the reply', async () => {
    const reply = await post();
    expect(reply.json()).to.deep.equal([[0.75, 0.25]]);
    expect(reply.headers['content-type']).to.equal('application/json');
    expect(double.seen).to.have.length(1);
    expect(double.seen[0]).to.deep.include({ method: 'POST', path: '/score', body: BODY });
    expect(double.seen[0]?.headers).to.deep.include({ 'content-type': 'application/json', accept: 'application/json' });
  });

  it('leaves interim replies aside', async () => {
    double.behave(behaviours.hints);
    expect((await post()).json()).to.deep.equal([[0.75, 0.25]]);
  });

  for (const [what, [behaviour, failure, message]] of Object.entries(FAILURES)) {
    it(`fails when the upstream ${what}, in time, and tells nothing of it but codes`, async () => {
      double.behave(behaviour);
      const upstream = toSmallTarget();
      const error = await catchError(UpstreamError, () => post(upstream));
      expect(error.failure).to.equal(failure);
      expect(error.message).to.match(message);
      expect(toEngineError(error).message).to.not.match(/wallaby|localhost|127\.0|\/score|\d{5}/);
      await until('the upstream is let go', () => double.underWay === 0);
      double.behave(behaviours.good);
      expect((await post(upstream)).json()).to.deep.equal([[0.75, 0.25]]);
    });
  }

  it('fails when nobody listens: refused, whatever the name of the host', async () => {
    const { url, port } = double;
    await double.close();
    for (const dead of [url, `http://127.0.0.1:${port}`]) {
      const error = await catchError(UpstreamError, () => post(toSmallTarget(dead)));
      expect(error).to.deep.include({ failure: 'refused', message: 'the connection was refused (ECONNREFUSED)' });
    }
    double = await MisbehavingTarget.start(behaviours.good);
  });

  it('fails when there is no such host: refused', async () => {
    const error = await catchError(UpstreamError, () => post(toSmallTarget('http://wallaby.invalid')));
    expect(error.failure).to.equal('refused');
    expect(error.message).to.match(/^no connection \((ENOTFOUND|EAI_AGAIN)\)$/);
    expect(error.reason).to.equal('host');
  });

  it('goes nowhere else by a redirect', async () => {
    const elsewhere = await MisbehavingTarget.start(behaviours.good);
    for (const status of [301, 302, 303, 307, 308]) {
      double.behave(behaviours.redirects(`${elsewhere.url}/wallaby`, status));
      expect((await catchError(UpstreamError, () => post())).failure).to.equal('status');
    }
    expect(elsewhere.seen).to.be.empty;
    expect(double.seen).to.have.length(5);
    await elsewhere.close();
  });

  it('leaves nothing behind that fails later, where what it is given up for is no deadline', async () => {
    double.behave(raw(`${COMPRESSED}abc`));
    const options = { ca: undefined, connectTimeout: 300, timeout: 300, connections: 1, maxReplyBytes: 4096 };
    const send = buildSendHttp(options);
    const request = { method: 'POST', url: new URL(double.url), headers: {}, body: BODY } as const;
    for (let time = 0; time < 3; time++)
      expect((await catchError(UpstreamError, () => send(request, new AbortController().signal))).failure).to.equal(
        'reply',
      );
  });

  it('ends at the upstream when it is given up', async () => {
    double.behave(behaviours.silent);
    const caller = new AbortController();
    const posted = catchError(UpstreamError, () => post(toSmallTarget(), caller.signal));
    await until('the upstream has it', () => double.underWay === 1);
    caller.abort();
    expect((await posted).failure).to.equal('cancelled');
    await until('the upstream sees its end', () => double.seen[0]?.isGone === true);
  });

  describe('over TLS', () => {
    const authority = makeAuthority();
    const stranger = makeAuthority();
    let secure: MisbehavingTarget;
    afterEach(() => secure.close());
    const start = async (...[certificate]: Parameters<typeof authority.issue>) =>
      (secure = await MisbehavingTarget.start(behaviours.good, authority.issue(certificate)));

    it('believes the authority that it is given', async () => {
      await start();
      expect((await post(toSmallTarget(secure.url, authority.cert))).json()).to.deep.equal([[0.75, 0.25]]);
    });

    it('believes it of a token endpoint, too', async () => {
      secure = await MisbehavingTarget.start(says('{"access_token":"t","expires_in":60}'), authority.issue());
      const secret = { variable: 'PATH' };
      const authentication = { type: 'oauth2', token_url: secure.url, client_id: 'me', client_secret: secret };
      await post(toTarget(double.url, { authentication, timeout: 2000 }, authority.cert));
      expect(double.seen[0]?.headers.authorization).to.equal('Bearer t');
    });

    const UNTRUSTED: Record<string, readonly [() => Promise<unknown>, string | undefined, string]> = {
      'of nobody it knows': [() => start(), undefined, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
      'of another authority': [() => start(), stranger.cert, 'CERT_SIGNATURE_FAILURE'],
      'of another host': [() => start({ host: 'wallaby' }), authority.cert, 'ERR_TLS_CERT_ALTNAME_INVALID'],
      'that has expired': [() => start({ until: new Date(0) }), authority.cert, 'CERT_HAS_EXPIRED'],
    };
    for (const [what, [begin, ca, code]] of Object.entries(UNTRUSTED)) {
      it(`sends nothing where the certificate is one ${what}`, async () => {
        await begin();
        const error = await catchError(UpstreamError, () => post(toSmallTarget(secure.url, ca)));
        expect(error).to.deep.include({
          failure: 'refused',
          reason: 'certificate',
          message: `no connection (${code})`,
        });
        expect(secure.seen).to.be.empty;
      });
    }

    it('sends nothing where there is no TLS', async () => {
      await start();
      const plain = await catchError(UpstreamError, () =>
        post(toSmallTarget(double.url.replace('http:', 'https:'), authority.cert)),
      );
      expect(plain).to.deep.include({ failure: 'refused', reason: 'tls' });
      expect(double.seen).to.be.empty;
    });
  });
});
