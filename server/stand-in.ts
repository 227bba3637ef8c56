import type { Socket } from 'node:net';
import { EngineError } from '../errors/engine-error.ts';
import { Exchange, type ExchangeListener } from './exchange.ts';
import type { ExchangeObserver } from './exchange-observer.ts';
import { buildHttpServer } from './http-server.ts';

/** Max milliseconds for the rest of a request. */
const BODY_TIME = 1_000;

/**
 * Builds what answers a connection with 503 in the first process while there is no worker, and closes it.
 * @param observe is called at the end of each exchange
 */
export function buildStandIn(observe: ExchangeObserver): (socket: Socket) => void {
  const listener: ExchangeListener = (request, response) => {
    const exchange = new Exchange(request, response, observe);
    response.shouldKeepAlive = false;
    const message = 'All processes of the engine have died and are being replaced. Retry in a moment.';
    exchange.sendError(new EngineError('interrupted', message));
    return exchange;
  };
  const { server } = buildHttpServer(listener, { bodyTimeout: BODY_TIME }, observe);
  // A server that does not listen does not check the time limits of its connections by itself.
  server.emit('listening');
  return (socket) => {
    server.emit('connection', socket);
    // The first process reads nothing of the connections that it distributes.
    socket.resume();
  };
}
