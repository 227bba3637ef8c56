import { expect } from 'chai';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { listen, type ConnectionSource } from '../../../server/connections/connection-source.ts';
import { Exchange } from '../../../server/exchange/exchange.ts';
import { buildHttpServer, type HttpServer } from '../../../server/connections/http-server.ts';
import { expectBehindSlow } from '../../chaos/faults/expect-behind-slow.ts';
import { floodPipeline } from '../../chaos/faults/flood-pipeline.ts';
import { FIXTURES, startTestEngine, type TestEngine } from '../../support/engine.ts';
import { toModeTable } from '../../support/healthy.ts';
import { RawConnection, toHead, toRequest } from '../../support/raw.ts';
import { until } from '../../support/until.ts';

const LIST = '/v1/deployments';
const ONLINE = `${LIST}/misbehaving/online`;
const SLOW = JSON.stringify(toModeTable('slow'));
const WELL = JSON.stringify(toModeTable('well'));

describe('requests that are sent without waiting for replies', () => {
  let engine: TestEngine;
  before(async () => {
    engine = await startTestEngine({ ENGINE_DEPLOYMENTS: FIXTURES, ENGINE_ALLOW_MODULES: 'true' });
  });
  after(() => engine.stop());

  const open = () => RawConnection.open(engine.url);
  const countMissing = () => engine.log.filter(({ status }) => status === 404).length;

  for (const connections of [1, 8]) {
    it(`are begun one in a turn, so that another caller waits for few of thousands (connections: ${connections})`, async () => {
      const other = await open();
      const abort = new AbortController();
      const requests = 20_000 / connections;
      const flood = floodPipeline(engine, { requests, connections, signal: abort.signal });
      const from = countMissing();
      await until('the flood has begun', () => countMissing() > from);
      for (let call = 0; call < 20; call++) {
        const before = countMissing();
        expect((await other.send(toHead('GET', LIST)).receive('GET', LIST)).status).to.equal(200);
        expect(countMissing() - before, 'requests of the flood that were answered before').to.be.lessThan(200);
      }
      abort.abort();
      await flood;
      other.close();
    });
  }

  it('are all answered, in their order, whatever their bodies contain', async () => {
    const { fields, values } = toModeTable('well');
    const breaks = JSON.stringify({ fields: [...fields, 'note'], values: [[...(values[0] as unknown[]), '']] }, null, 1)
      .replace('""', '" "')
      .replaceAll('\n', '\r\n\r\n');
    const chunks = `${toHead('POST', ONLINE, { 'Content-Type': 'application/json', 'Transfer-Encoding': 'chunked' })}${[
      breaks.slice(0, 9),
      breaks.slice(9),
      '',
    ]
      .map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`)
      .join('')}`;
    const connection = await open();
    const round = [toRequest('POST', ONLINE, breaks), toHead('GET', LIST), chunks, toHead('HEAD', LIST)].join('');
    connection.send(round.repeat(50));
    for (let count = 0; count < 50; count++) {
      expect((await connection.receive('POST', ONLINE)).body.values[0]?.[1]).to.equal(0.25);
      expect((await connection.receive('GET', LIST)).body.count).to.be.above(1);
      expect((await connection.receive('POST', ONLINE)).status).to.equal(200);
      expect((await connection.receive('HEAD', LIST)).status).to.equal(200);
    }
    connection.close();
  });

  it('are answered wherever they are cut', async () => {
    const text = [toHead('GET', LIST), toRequest('POST', ONLINE, WELL), toHead('HEAD', LIST)].join('').repeat(3);
    const connection = await open();
    for (let at = 0; at < text.length; at += 7) {
      connection.send(text.slice(at, at + 7));
      await nextTurn();
    }
    for (let count = 0; count < 3; count++) {
      expect((await connection.receive('GET', LIST)).status).to.equal(200);
      expect((await connection.receive('POST', ONLINE)).status).to.equal(200);
      expect((await connection.receive('HEAD', LIST)).status).to.equal(200);
    }
    connection.close();
  });

  it('take turns with those of other callers, also behind a body in chunks or of nothing but line breaks', async () => {
    const head = toHead('POST', ONLINE, { 'Content-Type': 'application/json', 'Transfer-Encoding': 'chunked' });
    const toChunks = (body: string) => `${head}${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
    const breaks = '\r\n\r\n'.repeat(10_000);
    const connection = await open();
    const paths = Array.from({ length: 20 }, (_, index) => `/missing-${index}`);
    const round = toChunks(SLOW) + paths.map((path) => toHead('GET', path)).join('') + toChunks(breaks + WELL + breaks);
    connection.send(round.repeat(2));
    for (let count = 0; count < 2; count++) {
      expect((await connection.receive('POST', ONLINE)).status).to.equal(200);
      for (const path of paths) expect((await connection.receive('GET', path)).status).to.equal(404);
      expect((await connection.receive('POST', ONLINE)).status).to.equal(200);
    }
    connection.close();
  });

  it('are answered when their sender ends its side after them', async () => {
    const connection = await open();
    connection.send(toRequest('POST', ONLINE, SLOW) + toHead('GET', LIST)).socket.end();
    expect((await connection.receive('POST', ONLINE)).status).to.equal(200);
    await connection.ended;
  });

  it('get no "100 Continue" in the reply of another', async () => {
    const target = { url: engine.url, deployment: 'misbehaving' };
    const received = await expectBehindSlow(target, { slow: SLOW, quick: WELL, connections: 5 });
    for (const text of received) {
      const heads = text.match(/HTTP\/1\.1 \d+/g);
      expect(heads).to.deep.equal(['HTTP/1.1 200', 'HTTP/1.1 200', 'HTTP/1.1 200']);
      const bodies = text.split(/HTTP\/1\.1 200 OK\r\n[^]*?\r\n\r\n/).slice(1);
      for (const body of bodies) expect(JSON.parse(body)).to.have.property('values');
    }
  });

  it('get "100 Continue" when it is their turn, if their body has not been sent', async () => {
    const connection = await open();
    const headers = { 'Content-Type': 'application/json', 'Content-Length': WELL.length, Expect: '100-continue' };
    connection.send(toRequest('POST', ONLINE, SLOW) + toHead('POST', ONLINE, headers));
    expect((await connection.receive('POST', ONLINE)).status).to.equal(200);
    expect((await connection.receive('POST', ONLINE)).status).to.equal(100);
    expect((await connection.send(WELL).receive('POST', ONLINE)).status).to.equal(200);
    connection.close();
  });

  it('get no "100 Continue" in HTTP/1.0', async () => {
    const connection = await open();
    const headers = { 'Content-Type': 'application/json', 'Content-Length': WELL.length, Expect: '100-continue' };
    connection.send(toHead('POST', ONLINE, headers).replace('HTTP/1.1', 'HTTP/1.0'));
    // The engine, which has the same event loop, reads the headers meanwhile.
    for (let turn = 0; turn < 20; turn++) await nextTurn();
    expect((await connection.send(WELL).receive('POST', ONLINE)).status).to.equal(200);
    connection.close();
  });
});

describe('a connection whose replies are read slowly', () => {
  it('is answered to its end, whatever the sizes of the replies', async () => {
    const sizes = [2 ** 18, 10, 2 ** 16, 20_000, 17_000, 10, 2 ** 20, 16_384, 16_000];
    let count = 0;
    const http = buildHttpServer(
      (request, response) => {
        const exchange = new Exchange(request, response, () => undefined);
        const length = sizes[(count += 1) % sizes.length] as number;
        exchange.send(200, Buffer.from(JSON.stringify('x'.repeat(length))));
        return exchange;
      },
      { bodyTimeout: 60_000 },
      () => undefined,
    );
    const source = await listen(http.server, { host: '127.0.0.1', port: 0 });
    const connection = await RawConnection.open(source.url);
    const { socket } = connection;
    socket.pause();
    connection.send(toHead('GET', '/').repeat(200));
    for (let reply = 0; reply < 200; reply++) {
      const received = connection.receive('GET', '/');
      socket.resume();
      expect((await received).status).to.equal(200);
      if (reply % 3 > 0) continue;
      socket.pause();
      for (let turn = 0; turn < 3; turn++) await nextTurn();
    }
    connection.close();
    await http.close(source, () => undefined);
  });
});

describe('a connection whose first request is not answered', () => {
  let http: HttpServer;
  let source: ConnectionSource;
  let begun: Exchange[];
  let sockets: Socket[];
  beforeEach(async () => {
    [begun, sockets] = [[], []];
    http = buildHttpServer(
      (request, response) => {
        const exchange = new Exchange(request, response, () => undefined);
        request.resume();
        begun.push(exchange);
        return exchange;
      },
      { bodyTimeout: 60_000 },
      () => undefined,
    );
    http.server.on('connection', (socket: Socket) => sockets.push(socket));
    source = await listen(http.server, { host: '127.0.0.1', port: 0 });
  });
  afterEach(async () => {
    sockets[0]?.destroy();
    await http.close(source, () => undefined);
  });

  it('is read no further when some of what follows has been read', async () => {
    const connection = await RawConnection.open(source.url);
    connection.send(toHead('GET', '/').repeat(2 ** 20));
    await until('it is not read any more', async () => {
      const before = sockets[0]?.bytesRead;
      for (let turn = 0; turn < 20; turn++) await nextTurn();
      return before !== undefined && before > 0 && before === sockets[0]?.bytesRead;
    });
    expect(begun).to.have.length(1);
    expect(sockets[0]?.bytesRead).to.be.lessThan(2 ** 18);
  });

  const CHUNKED = toHead('POST', '/', { 'Transfer-Encoding': 'chunked' });
  for (const [what, first] of Object.entries({
    'no body': toHead('GET', '/'),
    'a body': `${toHead('POST', '/', { 'Content-Length': 6 })}\r\n\r\n\r\n`,
    'a body in chunks': `${CHUNKED}2\r\n{}\r\n0\r\n\r\n`,
    'chunks of line breaks': `${CHUNKED}8\r\n\r\n\r\n\r\n\r\n\r\n0\r\n\r\n`,
    'chunks and a trailer': `${CHUNKED}2\r\n{}\r\n0\r\nX-Trailer: 1\r\n\r\n`,
  })) {
    it(`does not begin the next one, wherever what arrives is cut: ${what}`, async () => {
      const second = toHead('GET', '/');
      for (let cut = 1; cut <= first.length; cut++) {
        const connection = await RawConnection.open(source.url);
        const count = begun.length;
        connection.send(first.slice(0, cut));
        for (let turn = 0; turn < 3; turn++) await nextTurn();
        connection.send(first.slice(cut) + second.repeat(3));
        await until('the first has begun', () => begun.length > count);
        for (let turn = 0; turn < 3; turn++) await nextTurn();
        expect(begun.length - count, `cut at ${cut}`).to.equal(1);
        sockets.at(-1)?.destroy();
      }
    });
  }
});
