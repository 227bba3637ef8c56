import { expect } from 'chai';
import { withDeadline } from '../../upstream/deadline.ts';
import { buildSendHttp } from '../../upstream/http.ts';
import { UpstreamError, type UpstreamFailure } from '../../upstream/upstream-error.ts';
import { toEngineError } from '../../upstream/to-engine-error.ts';
import * as behaviours from '../support/behaviours.ts';
import { makeAuthority } from '../support/certificate.ts';
import { catchError } from '../support/deployment.ts';
import { HttpDouble, type Behaviour } from '../support/http-double.ts';
import { toUpstream } from '../support/remote.ts';
import { until } from '../support/until.ts';

const BODY = JSON.stringify({ values: [[0.25]] });
const { fails, says, raw } = behaviours;

const COMPRESSED = 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n';

/** Each behaviour, how the call fails, and what the log says about it. */
const FAILURES: Record<string, readonly [Behaviour, UpstreamFailure, RegExp]> = {
  'sends nothing': [behaviours.silent, 'late', /^no answer within 300 ms$/],
  'stops after its headers': [behaviours.stopsAfterHeaders, 'late', /^no answer within 300 ms$/],
  'sends a byte at a time forever': [behaviours.trickles, 'late', /^no answer within 300 ms$/],
  'drops the connection': [behaviours.dropsBeforeHeaders, 'dropped', /^the connection broke \(UND_ERR_SOCKET\)$/],
  'resets the connection': [behaviours.resets, 'dropped', /^the connection broke \(ECONNRESET\)$/],
  'drops the connection in its body': [behaviours.dropsInBody, 'dropped', /^the connection broke \(UND_ERR_SOCKET\)$/],
  'claims a huge body': [behaviours.claimsHuge, 'reply', /^expected a reply of at most 4096 bytes/],
  'sends a body without end': [behaviours.endless(), 'reply', /^expected a reply of at most 4096 bytes/],
  'compresses its reply': [behaviours.gzips, 'reply', /^expected an uncompressed reply$/],
  // The whole body has arrived when it is destroyed; an error after that must not be an unhandled one.
  'compresses a reply that arrives at once': [raw(`${COMPRESSED}abc`), 'reply', /^expected an uncompressed reply$/],
  'answers 503 and breaks off': [raw('HTTP/1.1 503 Busy\r\nContent-Length: 30\r\n\r\nwal'), 'busy', /^status 503$/],
  'does not write UTF-8': [says(Buffer.of(0x5b, 0xff, 0x5d)), 'reply', /^expected a reply in UTF-8$/],
  'does not speak HTTP': [raw('SSH-2.0-wallaby\r\n'), 'reply', /^expected an HTTP\/1\.1 reply/],
  'has huge headers': [says('', { 'X-Long': 'wallaby'.repeat(8000) }), 'reply', /^expected an HTTP\/1\.1 reply/],
  'switches protocols': [raw('HTTP/1.1 101 Switching Protocols\r\n\r\n'), 'dropped', /^the connection broke \(\w+\)$/],
  redirects: [behaviours.redirects('/wallaby'), 'status', /^status 307: redirects are not followed$/],
  'answers 404': [fails(404), 'status', /^status 404$/],
  'answers 401': [fails(401), 'unauthorized', /^status 401$/],
  'answers 503 with a body without end': [behaviours.endless(503), 'busy', /^status 503$/],
  'answers 429 compressed': [says(Buffer.of(1, 2, 3), { 'Content-Encoding': 'gzip' }, 429), 'busy', /^status 429$/],
  'answers 500 in another encoding': [says(Buffer.of(0xff, 0xfe), {}, 500), 'status', /^status 500$/],
};

describe('a request to an upstream', () => {
  let double: HttpDouble;
  beforeEach(async () => (double = await HttpDouble.start(behaviours.good)));
  afterEach(() => double.close());

  const toSmallUpstream = (url = double.url, ca?: string) => toUpstream(url, { max_reply_bytes: 4096, retries: 0 }, ca);
  const post = (upstream = toSmallUpstream(), signal?: AbortSignal, timeout = 60_000) =>
    withDeadline(timeout, signal, (deadline) => upstream.post({ path: '/score', body: BODY }, deadline));

  it('posts JSON and returns the reply', async () => {
    const reply = await post();
    expect(reply.json()).to.deep.equal([[0.75, 0.25]]);
    expect(reply.headers['content-type']).to.equal('application/json');
    expect(double.requests).to.have.length(1);
    expect(double.requests[0]).to.deep.include({ method: 'POST', path: '/score', body: BODY });
    expect(double.requests[0]?.headers).to.deep.include({
      'content-type': 'application/json',
      accept: 'application/json',
    });
  });

  it('ignores interim replies', async () => {
    double.behave(behaviours.hints);
    expect((await post()).json()).to.deep.equal([[0.75, 0.25]]);
  });

  for (const [what, [behaviour, failure, message]] of Object.entries(FAILURES)) {
    it(`fails in time when the upstream ${what}, and reports the request and codes`, async () => {
      double.behave(behaviour);
      const upstream = toSmallUpstream();
      const error = await catchError(UpstreamError, () => post(upstream, undefined, failure === 'late' ? 300 : 60_000));
      expect(error.failure).to.equal(failure);
      expect(error.problem).to.match(message);
      expect(error.message).to.equal(`POST ${double.url}/score: ${error.problem}`);
      expect(toEngineError(error).message).to.not.match(/wallaby|localhost|127\.0|\/score|\d{5}/);
      await until('the request has ended at the upstream', () => double.inProgress === 0);
      double.behave(behaviours.good);
      expect((await post(upstream)).json()).to.deep.equal([[0.75, 0.25]]);
    });
  }

  it('is refused when nothing listens on the port, whatever the host name', async () => {
    const { url, port } = double;
    await double.close();
    for (const dead of [url, `http://127.0.0.1:${port}`]) {
      const error = await catchError(UpstreamError, () => post(toSmallUpstream(dead)));
      expect(error).to.deep.include({ failure: 'refused', problem: 'the connection was refused (ECONNREFUSED)' });
    }
    double = await HttpDouble.start(behaviours.good);
  });

  it('is refused when the host does not exist', async () => {
    const error = await catchError(UpstreamError, () => post(toSmallUpstream('http://wallaby.invalid')));
    expect(error.failure).to.equal('refused');
    expect(error.problem).to.match(/^no connection \((ENOTFOUND|EAI_AGAIN)\)$/);
    expect(error.reason).to.equal('host');
  });

  it('does not follow redirects', async () => {
    const elsewhere = await HttpDouble.start(behaviours.good);
    for (const status of [301, 302, 303, 307, 308]) {
      double.behave(behaviours.redirects(`${elsewhere.url}/wallaby`, status));
      expect((await catchError(UpstreamError, () => post())).failure).to.equal('status');
    }
    expect(elsewhere.requests).to.be.empty;
    expect(double.requests).to.have.length(5);
    await elsewhere.close();
  });

  it('causes no later error when it fails without its signal being aborted', async () => {
    double.behave(raw(`${COMPRESSED}abc`));
    const options = { ca: undefined, connectTimeout: 60_000, timeout: 60_000, connections: 1, maxReplyBytes: 4096 };
    const send = buildSendHttp(options);
    const request = { method: 'POST', url: new URL(double.url), headers: {}, body: BODY } as const;
    for (let time = 0; time < 3; time++)
      expect((await catchError(UpstreamError, () => send(request, new AbortController().signal))).failure).to.equal(
        'reply',
      );
  });

  it('is closed at the upstream when it is cancelled', async () => {
    double.behave(behaviours.silent);
    const caller = new AbortController();
    const posted = catchError(UpstreamError, () => post(toSmallUpstream(), caller.signal));
    await until('the upstream has it', () => double.inProgress === 1);
    caller.abort();
    expect((await posted).failure).to.equal('cancelled');
    await until('the upstream sees the request end', () => double.requests[0]?.isAborted === true);
  });

  describe('over TLS', () => {
    const authority = makeAuthority();
    const stranger = makeAuthority();
    let secure: HttpDouble;
    afterEach(() => secure.close());
    const start = async (...[certificate]: Parameters<typeof authority.issue>) =>
      (secure = await HttpDouble.start(behaviours.good, { certificate: authority.issue(certificate) }));

    it('trusts the configured authority', async () => {
      await start();
      expect((await post(toSmallUpstream(secure.url, authority.cert))).json()).to.deep.equal([[0.75, 0.25]]);
    });

    it('trusts it for token endpoints as well', async () => {
      secure = await HttpDouble.start(says('{"access_token":"t","expires_in":60}'), { certificate: authority.issue() });
      const secret = { variable: 'PATH' };
      const authentication = { type: 'oauth2', token_url: secure.url, client_id: 'me', client_secret: secret };
      await post(toUpstream(double.url, { authentication, timeout: 60_000 }, authority.cert));
      expect(double.requests[0]?.headers.authorization).to.equal('Bearer t');
    });

    const UNTRUSTED: Record<string, readonly [() => Promise<unknown>, string | undefined, string]> = {
      'from an unknown authority': [() => start(), undefined, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
      'from another authority': [() => start(), stranger.cert, 'CERT_SIGNATURE_FAILURE'],
      'for another host': [() => start({ host: 'wallaby' }), authority.cert, 'ERR_TLS_CERT_ALTNAME_INVALID'],
      'that has expired': [() => start({ until: new Date(0) }), authority.cert, 'CERT_HAS_EXPIRED'],
    };
    for (const [what, [begin, ca, code]] of Object.entries(UNTRUSTED)) {
      it(`sends nothing if the certificate is one ${what}`, async () => {
        await begin();
        const error = await catchError(UpstreamError, () => post(toSmallUpstream(secure.url, ca)));
        expect(error).to.deep.include({
          failure: 'refused',
          reason: 'certificate',
          problem: `no connection (${code})`,
        });
        expect(secure.requests).to.be.empty;
      });
    }

    it('sends nothing if the server does not use TLS', async () => {
      await start();
      const plain = await catchError(UpstreamError, () =>
        post(toSmallUpstream(double.url.replace('http:', 'https:'), authority.cert)),
      );
      expect(plain).to.deep.include({ failure: 'refused', reason: 'tls' });
      expect(double.requests).to.be.empty;
    });
  });
});
