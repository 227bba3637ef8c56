import { expect } from 'chai';
import { METHODS } from 'node:http';
import { startTestEngine, type TestEngine } from '../../support/engine.ts';
import { checkHealthy, IRIS } from '../../support/healthy.ts';
import { RawConnection, sendRaw, toHead } from '../../support/raw.ts';

const DEPLOYMENTS = '/v1/deployments';
const CLOSE = { Connection: 'close' };

describe('HTTP', () => {
  let engine: TestEngine;
  before(async () => (engine = await startTestEngine()));
  after(() => engine.stop());
  afterEach(() => checkHealthy(engine));

  /** The reply to a request whose target is sent as it is; `fetch` would tidy it up. */
  const get = (target: string, headers: Record<string, string> = {}, method = 'GET') =>
    sendRaw(engine.url, toHead(method, target, headers), method, target);

  describe('the id in the path', () => {
    for (const [name, id] of [
      ['an unknown id', 'canary8675309'],
      ['dots', '..'],
      ['escaped dots and slash', '%2e%2e%2f'],
      ['an escaped path', '..%2f..%2fdeployments%2firis'],
      ['a NUL', '%00'],
      ['a known id and a NUL', 'iris%00'],
      ['a known id in capitals', 'IRIS'],
      ['__proto__', '__proto__'],
      ['constructor', 'constructor'],
      ['an id of 10 kB', 'x'.repeat(10_240)],
      ['an emoji', '%F0%9F%8C%B8'],
    ] as const) {
      it(`gets 404 as ${name}, from both operations`, async () => {
        for (const [method, path] of [
          ['GET', `${DEPLOYMENTS}/${id}`],
          ['POST', `${DEPLOYMENTS}/${id}/online`],
        ] as const) {
          const body = method === 'POST' ? '{"input_data":[{"fields":["a"],"values":[]}]}' : '';
          const head = toHead(method, path, { 'Content-Type': 'application/json', 'Content-Length': body.length });
          const { status, error } = await sendRaw(engine.url, head + body, method, path);
          expect(status).to.equal(404);
          expect(error).to.deep.equal({
            code: 'deployment_not_found',
            message: 'No deployment has this id. GET /v1/deployments lists the deployments.',
            target: { type: 'parameter', name: 'deployment_id' },
          });
        }
        expect(JSON.stringify(engine.log)).to.not.contain(id);
      });
    }

    it('gets 400 for a percent sign that does not begin an escape, and for escapes that are not UTF-8', async () => {
      for (const id of ['%ZZ', '%', 'iris%2', '%ff', '%c3%28']) {
        const { status, error } = await get(`${DEPLOYMENTS}/${id}`);
        expect(status).to.equal(400);
        expect(error?.code).to.equal('malformed_request');
        expect(error?.message).to.equal(
          'The path contains a percent sign that does not start an escape sequence in UTF-8 (RFC 3986).',
        );
      }
    });

    it('may be escaped without need', async () => {
      const { status, body } = await get(`${DEPLOYMENTS}/%69ris`);
      expect(status).to.equal(200);
      expect(body.metadata.guid).to.equal('iris');
    });
  });

  describe('the path', () => {
    it('gets 404 when there is nothing at it', async () => {
      for (const path of [
        '/v1',
        '/v3/deployments',
        '/v1/models',
        '/v10/deployments',
        '/%ZZ',
        '/v1/deployments/a/b/c',
      ]) {
        const { status, error } = await get(path);
        expect(status, path).to.equal(404);
        expect(error?.code).to.equal('not_found');
      }
    });

    it('may have a query, which is ignored, and a slash at its end', async () => {
      const { count } = (await get(DEPLOYMENTS)).body;
      expect(count).to.be.above(3);
      expect((await get(`${DEPLOYMENTS}?limit=1&offset=%ZZ`)).body.count).to.equal(count);
      expect((await get(`${DEPLOYMENTS}/`)).body.count).to.equal(count);
    });

    it('may be an absolute URL (RFC 9112, 3.2.2), whose host counts for nothing, malformed or not', async () => {
      for (const base of ['http://localhost', 'HTTP://other:1', 'http://[', 'x://a:b:c']) {
        const reply = await sendRaw(engine.url, toHead('GET', `${base}${DEPLOYMENTS}`), 'GET', DEPLOYMENTS);
        expect(reply.status).to.equal(200);
        expect(reply.body.resources[0]?.metadata.url).to.match(/^http:\/\/localhost\//);
      }
      expect((await get('http://localhost/nothing')).status).to.equal(404);
    });
  });

  describe('the method', () => {
    const ITEM = `${DEPLOYMENTS}/iris`;
    const ONLINE = `${DEPLOYMENTS}/iris/online`;

    for (const [path, allowed, others] of [
      [DEPLOYMENTS, 'GET, HEAD', ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND']],
      [ITEM, 'GET, HEAD', ['POST', 'DELETE', 'OPTIONS']],
      [ONLINE, 'POST', ['GET', 'HEAD', 'PUT', 'OPTIONS']],
      ['/health/live', 'GET, HEAD', ['POST', 'OPTIONS']],
      ['/health/ready', 'GET, HEAD', ['DELETE']],
    ] as const) {
      it(`gets 405 with Allow when ${path} does not have it`, async () => {
        for (const method of others) {
          const { status, headers, error } = await get(path, {}, method);
          expect(status, method).to.equal(405);
          expect(headers.get('allow')).to.equal(allowed);
          if (method === 'HEAD') continue;
          expect(error?.code).to.equal('method_not_allowed');
          expect(error?.message).to.equal(`This path supports ${allowed.replace(', ', ' and ')}.`);
        }
      });
    }

    it('HEAD gets what GET gets, without the body', async () => {
      for (const path of [DEPLOYMENTS, ITEM, `${DEPLOYMENTS}/unknown`, '/health/live', '/health/ready', '/unknown']) {
        const [head, { status, headers }] = await Promise.all([get(path, CLOSE, 'HEAD'), get(path, CLOSE)]);
        expect(head.status).to.equal(status);
        for (const name of ['content-type', 'content-length', 'cache-control', 'x-content-type-options'])
          expect(head.headers.get(name)).to.equal(headers.get(name));
      }
    });

    for (const target of ['/nothing', ITEM, ONLINE, '/health/ready', '*', 'localhost:80', 'http://a/health/live']) {
      it(`gets a reply, whatever it is: ${target}`, async () => {
        const statuses = METHODS.map(async (method) => {
          const connection = await RawConnection.open(engine.url);
          // CONNECT and HEAD have other replies than those of the contract.
          const { status } = await connection
            .send(toHead(method, target))
            .receive(method === 'HEAD' ? 'HEAD' : undefined);
          connection.close();
          return status;
        });
        for (const status of await Promise.all(statuses)) expect(status).to.be.within(200, 499);
      });
    }

    it('gets 400 when HTTP does not know it', async () => {
      const { status, error } = await sendRaw(engine.url, toHead('SCORE', ONLINE));
      expect(status).to.equal(400);
      expect(error?.code).to.equal('malformed_request');
    });
  });

  describe('the Host', () => {
    it('gets 400 when it is no host', async () => {
      for (const host of ['a b', 'host"quoted', '<script>', 'a/b', 'user@host', 'host:port', '[::1', 'höst']) {
        const { status, error } = await get(DEPLOYMENTS, { Host: host });
        expect(status, host).to.equal(400);
        expect(error).to.deep.equal({
          code: 'malformed_request',
          message: 'Host: expected a host name or an address.',
          target: { type: 'header', name: 'Host' },
        });
      }
    });

    it('gets 400 when it is missing or there are two', async () => {
      for (const headers of ['', 'Host: a\r\nHost: b\r\n', 'Host: a\r\nHost: a\r\n']) {
        const { status, error } = await sendRaw(engine.url, `GET ${DEPLOYMENTS} HTTP/1.1\r\n${headers}\r\n`);
        expect(status).to.equal(400);
        expect(error?.message).to.equal('Host: expected exactly one.');
        expect(error?.target).to.deep.equal({ type: 'header', name: 'Host' });
      }
    });

    it('gets 400 when there is a second one after any number of headers', async () => {
      for (const count of [1, 31, 32, 33, 1999, 2000, 2500]) {
        const others = 'a:\r\n'.repeat(count);
        const request = `GET ${DEPLOYMENTS} HTTP/1.1\r\nHost: a\r\n${others}Host: b\r\n\r\n`;
        const { status, error } = await sendRaw(engine.url, request, 'GET', DEPLOYMENTS);
        expect(status, `${count} headers between`).to.equal(400);
        expect(error?.message).to.equal('Host: expected exactly one.');
      }
    });

    it('may be missing in HTTP/1.0, where the address that was called is published', async () => {
      const request = `GET ${DEPLOYMENTS}/iris HTTP/1.0\r\n\r\n`;
      const { status, body } = await sendRaw(engine.url, request, 'GET', `${DEPLOYMENTS}/iris`);
      expect(status).to.equal(200);
      expect(body.metadata.url).to.equal(`${engine.url}${DEPLOYMENTS}/iris`);
    });
  });

  describe('a header that must be unambiguous', () => {
    const post = (headers: string, body: string, version = '1.1') =>
      sendRaw(
        engine.url,
        `POST ${DEPLOYMENTS}/iris/online HTTP/${version}\r\nHost: a\r\n${headers}\r\n${body}`,
        'POST',
        `${DEPLOYMENTS}/iris/online`,
      );
    const CHUNK = `${JSON.stringify(IRIS).length.toString(16)}\r\n${JSON.stringify(IRIS)}\r\n0\r\n\r\n`;

    for (const name of ['Authorization', 'Content-Type']) {
      it(`gets 400 when there are two: ${name}`, async () => {
        for (const [one, two] of [
          ['application/json', 'text/plain'],
          ['application/json', 'application/json'],
        ] as const) {
          const headers = `${name}: ${one}\r\nX: 1\r\n${name.toUpperCase()}: ${two}\r\nContent-Length: 2\r\n`;
          const { status, error } = await post(headers, '{}');
          expect(status).to.equal(400);
          expect(error).to.deep.equal({
            code: 'malformed_request',
            message: `${name}: expected exactly one.`,
            target: { type: 'header', name },
          });
        }
      });
    }

    it('gets 400 when it is a Transfer-Encoding other than chunked, on every path', async () => {
      for (const coding of ['gzip, chunked', 'chunked, chunked', 'deflate,chunked', 'identity, chunked']) {
        for (const headers of [
          `Transfer-Encoding: ${coding}`,
          `Transfer-Encoding: ${coding.replace(/, ?/, '\r\nTransfer-Encoding: ')}`,
        ]) {
          const { status, error } = await post(`Content-Type: application/json\r\n${headers}\r\n`, CHUNK);
          expect(status, headers).to.equal(400);
          expect(error?.code).to.equal('malformed_request');
        }
        const health = `GET /health/live HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: ${coding}\r\n\r\n0\r\n\r\n`;
        expect((await sendRaw(engine.url, health)).status, coding).to.equal(400);
      }
    });

    it('may be a Transfer-Encoding in any case, but not in HTTP/1.0, which has none', async () => {
      const headers = 'Content-Type: application/json\r\nTransfer-Encoding: Chunked\r\n';
      expect((await post(headers, CHUNK)).status).to.equal(200);
      const { status, error } = await post(headers, CHUNK, '1.0');
      expect(status).to.equal(400);
      expect(error?.message).to.equal('Transfer-Encoding: expected none in HTTP/1.0.');
    });
  });

  describe('what is not HTTP', () => {
    for (const [name, bytes] of [
      ['garbage', 'canary8675309\r\n\r\n'],
      ['the beginning of TLS', Buffer.from('16030100a5010000a1', 'hex')],
      ['zeros', Buffer.alloc(64)],
      ['another protocol', 'GET / GOPHER/1.1\r\n\r\n'],
      ['HTTP/2 that was not agreed upon', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
      ['a header without a colon', 'GET / HTTP/1.1\r\nHost localhost\r\n\r\n'],
      ['a folded header', 'GET / HTTP/1.1\r\nHost: localhost\r\nX:\r\n a\r\n b\r\n\r\n'],
      ['a header with a NUL', 'GET / HTTP/1.1\r\nHost: localhost\r\nX: \0\r\n\r\n'],
      ['a negative length', 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n'],
      ['a path that is none', 'GET v1 HTTP/1.1\r\nHost: localhost\r\n\r\n'],
    ] as const) {
      it(`gets 400, and its connection ends: ${name}`, async () => {
        const connection = await RawConnection.open(engine.url);
        const { status, headers, error, text } = await connection.send(bytes).receive();
        await connection.ended;
        expect(status).to.equal(400);
        expect(error).to.deep.equal({
          code: 'malformed_request',
          message: 'The request is not HTTP/1.1 (RFC 9112).',
        });
        expect(headers.get('x-global-transaction-id')).to.equal(headers.get('x-request-id'));
        expect(text).to.not.contain('8675309');
        expect(engine.log.at(-1)).to.include({
          status: 400,
          code: 'malformed_request',
          id: headers.get('x-request-id'),
        });
      });
    }

    it('gets 431 when its headers are too large, the path among them', async () => {
      for (const head of [
        toHead('GET', DEPLOYMENTS, { 'X-Long': 'x'.repeat(20_000) }),
        toHead('GET', `/${'x'.repeat(20_000)}`),
      ]) {
        const { status, error } = await sendRaw(engine.url, head);
        expect(status).to.equal(431);
        expect(error).to.deep.equal({
          code: 'headers_too_large',
          message: 'The headers are larger than this engine accepts.',
        });
      }
    });

    it('gets 408, and its connection ends, when the headers come a byte at a time', async () => {
      const hasty = await startTestEngine({ ENGINE_BODY_TIMEOUT: '1' });
      const connection = await RawConnection.open(hasty.url);
      const head = toHead('GET', DEPLOYMENTS);
      let at = 0;
      const timer = setInterval(() => connection.send(head.slice(at, (at += 1))), 100);
      const { status, error } = await connection.receive().finally(() => clearInterval(timer));
      await connection.ended;
      expect(status).to.equal(408);
      expect(error).to.deep.equal({ code: 'request_timeout', message: 'The request did not arrive in time.' });
      await hasty.stop();
    });
  });

  it('answers requests on one connection in their order', async () => {
    const connection = await RawConnection.open(engine.url);
    const paths = ['/health/ready', DEPLOYMENTS, '/nothing', '/health/live'];
    connection.send(paths.map((path) => toHead('GET', path)).join(''));
    const statuses = [];
    for (const path of paths) statuses.push((await connection.receive('GET', path)).status);
    connection.close();
    expect(statuses).to.deep.equal([200, 200, 404, 200]);
  });

  it('answers a request that asks for another protocol in this one', async () => {
    const headers = { Connection: 'Upgrade', Upgrade: 'h2c' };
    expect((await get('/health/live', headers)).status).to.equal(200);
  });

  it('answers what follows such a request on its connection, where Node would drop it', async () => {
    const headers = { Connection: 'Upgrade', Upgrade: 'h2c' };
    const connection = await RawConnection.open(engine.url);
    connection.send(toHead('GET', '/health/live', headers) + toHead('GET', '/health/ready'));
    for (const path of ['/health/live', '/health/ready'])
      expect((await connection.receive('GET', path)).status).to.equal(200);
    const path = `${DEPLOYMENTS}/iris/online`;
    const chunked = { ...headers, 'Content-Type': 'application/json', 'Transfer-Encoding': 'chunked' };
    connection.send(`${toHead('POST', path, chunked)}2\r\n{}\r\n0\r\n\r\n${toHead('GET', '/health/live')}`);
    expect((await connection.receive('POST', path)).status).to.equal(400);
    expect((await connection.receive('GET', '/health/live')).status).to.equal(200);
    connection.close();
  });
});
