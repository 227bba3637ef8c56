import { expect } from 'chai';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { listen, type ConnectionSource } from '../../../server/connections/connection-source.ts';
import { Exchange } from '../../../server/exchange/exchange.ts';
import { buildHttpServer, type HttpServer } from '../../../server/connections/http-server.ts';
import { RawConnection, toHead } from '../../support/raw.ts';
import { until } from '../../support/until.ts';

describe('an HTTP server that closes its port', () => {
  let http: HttpServer;
  let url: string;
  let answered: number;
  /** Requests with this path are answered by the test. */
  const LATE = '/late';
  let late: Exchange[];
  /** Begins to close it; the port is closed when `release` is called. */
  const beginToClose = async () => {
    let release: () => void = () => undefined;
    const closing = new Promise<void>((resolve) => (release = resolve));
    const source = await listen(http.server, { host: '127.0.0.1', port: 0 });
    ({ url } = source);
    const sockets: Socket[] = [];
    http.server.on('connection', (socket: Socket) => sockets.push(socket));
    const close = () => http.close({ url, close: () => closing.then(() => source.close()) }, () => undefined);
    return { sockets, close, release };
  };
  beforeEach(() => {
    answered = 0;
    late = [];
    http = buildHttpServer(
      (request, response) => {
        answered += 1;
        const exchange = new Exchange(request, response, () => undefined);
        if (request.url === LATE) late.push(exchange);
        else exchange.send(200, '1');
        return exchange;
      },
      { bodyTimeout: 1_000 },
      () => undefined,
    );
  });

  it('answers requests when the port is closed, and not before', async () => {
    const { close, release } = await beginToClose();
    const connection = await RawConnection.open(url);
    const closed = close();
    const came = once(http.server, 'request');
    connection.send(toHead('GET', '/'));
    await came;
    expect(answered).to.equal(0);
    release();
    const { status, headers } = await connection.receive('GET', '/');
    expect(status).to.equal(200);
    expect(headers.get('connection')).to.equal('close');
    await closed;
  });

  it('answers what was sent before and has not begun, and announces the close in the last reply', async () => {
    const { close, release } = await beginToClose();
    const connection = await RawConnection.open(url);
    connection.send(toHead('GET', LATE) + toHead('GET', '/') + toHead('GET', LATE));
    await until('the first has begun', () => late.length === 1);
    const closed = close();
    release();
    // More comes when the second one has begun, which would have been the last one.
    await until('the port is closed', () => !http.server.listening);
    late[0]?.send(200, '1');
    for (const expected of ['keep-alive', 'keep-alive']) {
      expect((await connection.receive('GET', '/')).headers.get('connection')).to.equal(expected);
    }
    await until('the third has begun', () => late.length === 2);
    connection.send(toHead('GET', '/'));
    for (let turn = 0; turn < 20; turn++) await nextTurn();
    late[1]?.send(200, '1');
    expect((await connection.receive('GET', LATE)).headers.get('connection')).to.equal('keep-alive');
    expect((await connection.receive('GET', '/')).headers.get('connection')).to.equal('close');
    await connection.ended;
    await closed;
  });

  it('leaves it to a client that has asked for it, whatever follows', async () => {
    const { close, release } = await beginToClose();
    const connection = await RawConnection.open(url);
    connection.send(toHead('GET', LATE, { Connection: 'close' }));
    await until('it has begun', () => late.length === 1);
    const closed = close();
    release();
    await until('the port is closed', () => !http.server.listening);
    connection.send('more');
    for (let turn = 0; turn < 20; turn++) await nextTurn();
    late[0]?.send(200, '1');
    expect((await connection.receive('GET', LATE)).headers.get('connection')).to.equal('close');
    await connection.ended;
    await closed;
  });

  it('does not wait for a client that has hung up meanwhile', async () => {
    const { sockets, close, release } = await beginToClose();
    const connection = await RawConnection.open(url);
    const closed = close();
    const came = once(http.server, 'request');
    connection.send(toHead('GET', '/'));
    await came;
    const [socket] = sockets as [Socket];
    const gone = once(socket, 'close');
    connection.close();
    await gone;
    release();
    await closed;
    expect(answered).to.equal(0);
  });
});

describe('an HTTP server with as many connections as it may have', () => {
  let http: HttpServer;
  let source: ConnectionSource;
  let shed: number;
  const late: Exchange[] = [];
  beforeEach(async () => {
    shed = 0;
    http = buildHttpServer(
      (request, response) => {
        const exchange = new Exchange(request, response, () => undefined);
        if (request.url === '/late') late.push(exchange);
        else exchange.send(200, '1');
        return exchange;
      },
      { bodyTimeout: 1_000, maxConnections: 3, onShed: () => (shed += 1) },
      () => undefined,
    );
    source = await listen(http.server, { host: '127.0.0.1', port: 0 });
  });
  afterEach(() => http.close(source, () => undefined));

  /** A connection that waits for its reply. */
  const ask = async () => {
    const count = late.length;
    const connection = (await RawConnection.open(source.url)).send(toHead('GET', '/late'));
    await until('it has begun', () => late.length > count);
    return connection;
  };
  /** A connection that is idle after a reply. */
  const openIdle = async () => {
    const connection = (await RawConnection.open(source.url)).send(toHead('GET', '/'));
    expect((await connection.receive('GET', '/')).status).to.equal(200);
    return connection;
  };

  it('closes the oldest idle one for a new one', async () => {
    const busy = await ask();
    const idle = [await openIdle(), await openIdle()] as const;
    const next = await openIdle();
    await idle[0].ended;
    expect(idle[1].isOver).to.equal(false);
    expect(shed).to.equal(1);
    late.pop()?.send(200, '1');
    expect((await busy.receive('GET', '/late')).status).to.equal(200);
    for (const connection of [busy, idle[1], next]) connection.close();
  });

  it('closes one that has sent a part of a request, but none with a request in progress', async () => {
    const busy = [await ask(), await ask()];
    const partial = (await RawConnection.open(source.url)).send('GET / HT');
    busy.push(await ask());
    await partial.ended;
    const refused = await RawConnection.open(source.url);
    await refused.ended;
    expect(shed).to.equal(2);
    for (const exchange of late.splice(0)) exchange.send(200, '1');
    for (const connection of busy) {
      expect((await connection.receive('GET', '/late')).status).to.equal(200);
      connection.close();
    }
    await until('there is room', async () => {
      const connection = (await RawConnection.open(source.url)).send(toHead('GET', '/'));
      const status = await connection.receive('GET', '/').then(
        (reply) => reply.status,
        () => 0,
      );
      connection.close();
      return status === 200;
    });
  });

  it('closes those of the address that has most of them first', async () => {
    const { hostname, port } = new URL(source.url);
    const oldest = await openIdle();
    const others = await Promise.all(
      [1, 2].map(async () => {
        const socket = connect({ host: hostname, port: Number(port), localAddress: '127.0.0.2' });
        socket.on('error', () => undefined);
        await once(socket, 'connect');
        return socket;
      }),
    );
    const closed = Promise.race(others.map((socket) => once(socket, 'close')));
    const next = await openIdle();
    for (const socket of others) socket.resume();
    await closed;
    expect(oldest.isOver).to.equal(false);
    for (const connection of [oldest, next]) connection.close();
    for (const socket of others) socket.destroy();
  });
});
