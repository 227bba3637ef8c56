import type { Socket } from 'node:net';
import { EngineError } from '../../errors/engine-error.ts';
import { Exchange, type ExchangeListener } from '../exchange/exchange.ts';
import type { ExchangeObserver } from '../exchange/exchange-observer.ts';
import { buildHttpServer } from '../connections/http-server.ts';
import { TlsCertificate } from '../tls/tls-certificate.ts';
import type { TlsFiles } from '../tls/tls-files.ts';

/** Max milliseconds for the rest of a request. */
const BODY_TIME = 1_000;

/**
 * Builds what answers a connection with 503 in the first process while there is no worker, and closes it.
 * @param observe is called at the end of each exchange
 * @param files with which connections are encrypted; undefined if they are not
 */
export function buildStandIn(observe: ExchangeObserver, files: TlsFiles | undefined): (socket: Socket) => void {
  const listener: ExchangeListener = (request, response) => {
    const exchange = new Exchange(request, response, observe);
    response.shouldKeepAlive = false;
    const message = 'All processes of the engine have died and are being replaced. Retry in a moment.';
    exchange.sendError(new EngineError('interrupted', message));
    return exchange;
  };
  const tls = files && { certificate: new TlsCertificate(files, undefined), onFailed: () => undefined };
  const { server, entrance } = buildHttpServer(listener, { bodyTimeout: BODY_TIME, tls }, observe);
  // A server that does not listen does not check the time limits of its connections by itself.
  server.emit('listening');
  return (socket) => {
    entrance.emit('connection', socket);
    // The first process reads nothing of the connections that it distributes.
    if (!tls) socket.resume();
  };
}
