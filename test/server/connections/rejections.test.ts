import { once } from 'node:events';
import { connect } from 'node:net';
import { expect } from 'chai';
import { Exchange } from '../../../server/exchange/exchange.ts';
import { listen } from '../../../server/connections/connection-source.ts';
import { buildHttpServer } from '../../../server/connections/http-server.ts';
import { makeHastyFolder, startTestEngine, type TestEngine } from '../../support/engine.ts';
import { toModeTable } from '../../support/healthy.ts';
import { RawConnection, toHead, toRequest } from '../../support/raw.ts';
import { until } from '../../support/until.ts';

const LIST = '/v1/deployments';
const ONLINE = `${LIST}/misbehaving/online`;
const toScore = (mode: string, path = ONLINE) =>
  ['POST', path, toRequest('POST', path, JSON.stringify(toModeTable(mode)))] as const;
const GET = ['GET', LIST, toHead('GET', LIST)] as const;
const HEAD = ['HEAD', LIST, toHead('HEAD', LIST)] as const;
const MISSING = ['GET', '/v1/nothing', toHead('GET', '/v1/nothing')] as const;

/** Requests that are answered, each with its reply's status. */
const GOOD = {
  'one request': [[...GET, 200]],
  'several requests': [GET, GET, GET].map((request) => [...request, 200] as const),
  'a slow request': [[...toScore('slow'), 200]],
  'a slow request between others': [
    [...GET, 200],
    [...toScore('slow'), 200],
    [...HEAD, 200],
    [...MISSING, 404],
    [...toScore('none'), 200],
    [...HEAD, 200],
  ],
  'a slow failure': [
    [...toScore('never', `${LIST}/hasty/online`), 500],
    [...GET, 200],
  ],
} as const;

const CHUNKED = toHead('POST', ONLINE, { 'Content-Type': 'application/json', 'Transfer-Encoding': 'chunked' });
/** What is rejected, with the status and whether it is answered as a request of the contract. */
const BROKEN: Record<string, readonly [bytes: string, status: number, method?: string, path?: string]> = {
  'an invalid method': ['G@T / HTTP/1.1\r\nHost: localhost\r\n\r\n', 400],
  'an invalid header': ['GET / HTTP/1.1\r\nHo st: localhost\r\n\r\n', 400],
  'headers that are too large': [toHead('GET', LIST, { 'X-Long': 'x'.repeat(20_000) }), 431],
  'an invalid chunk': [`${CHUNKED}zz\r\n{}\r\n`, 400, 'POST', ONLINE],
  'an invalid second chunk': [`${CHUNKED}1\r\n{\r\n-1\r\n`, 400, 'POST', ONLINE],
  'a length and chunks': [
    toHead('POST', ONLINE, { 'Content-Length': 3, 'Transfer-Encoding': 'chunked' }) + '0\r\n\r\n',
    400,
  ],
  'the beginning of TLS': [Buffer.from('16030100a5010000a1', 'hex').toString('latin1'), 400],
  'a request for a proxy': ['CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n', 400],
};

describe('a connection with an invalid request after valid ones', () => {
  let engine: TestEngine;
  let remove: () => Promise<void>;
  before(async () => {
    const deployments = await makeHastyFolder();
    ({ remove } = deployments);
    engine = await startTestEngine({ ENGINE_DEPLOYMENTS: deployments.folder, ENGINE_ALLOW_MODULES: 'true' });
  });
  after(async () => {
    await engine.stop();
    await remove();
  });

  for (const [name, requests] of Object.entries(GOOD)) {
    for (const [fault, [bytes, status, method, path]] of Object.entries(BROKEN)) {
      it(`gets the replies in order: ${name}, then ${fault}`, async () => {
        const connection = await RawConnection.open(engine.url);
        connection.send(Buffer.from(requests.map(([, , text]) => text).join('') + bytes, 'latin1'));
        for (const [method, path, , expected] of requests)
          expect((await connection.receive(method, path)).status, `${method} ${path}`).to.equal(expected);
        const last = await connection.receive(method, path);
        expect(last.status).to.equal(status);
        expect(last.headers.get('connection')).to.equal('close');
        await connection.ended;
      });
    }

    it(`gets the replies in order: ${name}, then the beginning of one and the end of the connection`, async () => {
      for (const [rest, ...answered] of [
        ['GET /v1/dep'],
        [`${toHead('POST', ONLINE, { 'Content-Type': 'application/json', 'Content-Length': 9 })}{"a"`, 'POST', ONLINE],
      ] as const) {
        const { hostname, port } = new URL(engine.url);
        const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
        let text = '';
        socket.on('data', (chunk) => (text += String(chunk)));
        socket.end(requests.map(([, , request]) => request).join('') + rest);
        await once(socket, 'end');
        socket.destroy();
        const statuses = [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status));
        expect(statuses, answered[1] ?? 'a head').to.deep.equal([...requests.map(([, , , status]) => status), 400]);
      }
    });
  }

  it('gets one rejection, however much follows', async () => {
    const connection = await RawConnection.open(engine.url);
    connection.send(toScore('slow')[2]);
    for (let count = 0; count < 5; count += 1) {
      connection.send('G@T / HTTP/1.1\r\n\r\n');
      await new Promise(setImmediate);
    }
    expect((await connection.receive('POST', ONLINE)).status).to.equal(200);
    expect((await connection.receive()).status).to.equal(400);
    await connection.ended;
    expect(connection.rest).to.equal('');
  });

  it('gets nothing after the reply that it asked to be the last', async () => {
    const connection = await RawConnection.open(engine.url);
    connection.send(toHead('GET', LIST, { Connection: 'close' }) + 'garbage\r\n\r\n');
    expect((await connection.receive('GET', LIST)).status).to.equal(200);
    await connection.ended;
    expect(connection.rest).to.equal('');
  });

  it('has one line in the log for a request whose body is invalid, with its id', async () => {
    const connection = await RawConnection.open(engine.url);
    const from = engine.log.length;
    connection.send(`${CHUNKED.replace('\r\n', '\r\nX-Request-Id: mine\r\n')}zz\r\n`);
    const { error, headers } = await connection.receive('POST', ONLINE);
    await connection.ended;
    expect(error?.code).to.equal('malformed_request');
    expect(headers.get('x-request-id')).to.equal('mine');
    const lines = engine.log.slice(from).filter(({ msg }) => msg === 'request');
    expect(lines).to.have.length(1);
    expect(lines[0]).to.include({ id: 'mine', status: 400, code: 'malformed_request' });
  });
});

describe('a connection that was rejected', () => {
  it('is closed even if the client leaves it open', async () => {
    const http = buildHttpServer(
      (request, response) => new Exchange(request, response, () => undefined),
      { bodyTimeout: 1_000 },
      () => undefined,
    );
    const source = await listen(http.server, { host: '127.0.0.1', port: 0 });
    const { hostname, port } = new URL(source.url);
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    socket.on('error', () => undefined).resume();
    socket.write('garbage\r\n\r\n');
    await once(socket, 'end');
    await until('the engine closes it', async () => (await countConnections()) === 0);
    socket.destroy();
    await http.close(source, () => undefined);

    function countConnections(): Promise<number> {
      return new Promise((resolve) => http.server.getConnections((_error, count) => resolve(count)));
    }
  });
});
