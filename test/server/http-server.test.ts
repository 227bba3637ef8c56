import { expect } from 'chai';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { listen } from '../../server/connection-source.ts';
import { Exchange } from '../../server/exchange.ts';
import { buildHttpServer, type HttpServer } from '../../server/http-server.ts';
import { RawConnection, toHead } from '../support/raw.ts';

describe('an HTTP server that closes its port', () => {
  let http: HttpServer;
  let url: string;
  let answered: number;
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
    http = buildHttpServer(
      (request, response) => {
        answered += 1;
        const exchange = new Exchange(request, response, () => undefined);
        exchange.send(200, '1');
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
