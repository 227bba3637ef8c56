/**
 * The listener for all requests: begins an exchange, dispatches requests of the contract, leaves everything else to Express, and
 * turns whatever is thrown into a reply.
 */
import type { Application } from './application.ts';
import { buildFindCaller, toClient } from './caller.ts';
import { checkHeaders } from './check-headers.ts';
import type { Configuration } from './configuration.ts';
import { buildShareCrossOrigin } from './cross-origin.ts';
import type { Dispatch } from './dispatch.ts';
import { Exchange, type ExchangeListener } from './exchange.ts';
import type { ExchangeObserver } from './exchange-observer.ts';
import { stripPrefix } from './public-url.ts';

/** Builds the listener; it answers every request. */
export function buildListener(
  dispatch: Dispatch,
  application: Application,
  { publicUrl, corsOrigins, trustProxy }: Pick<Configuration, 'publicUrl' | 'corsOrigins' | 'trustProxy'>,
  observe: ExchangeObserver,
): ExchangeListener {
  const shareCrossOrigin = buildShareCrossOrigin(corsOrigins);
  const findCaller = buildFindCaller({ trustProxy });
  return (request, response) => {
    const exchange = new Exchange(request, response, observe);
    const client = toClient(findCaller(request).address);
    if (client !== undefined) exchange.note({ client });
    answer(exchange).catch((failure: unknown) => exchange.sendError(failure));
    return exchange;
  };

  async function answer(exchange: Exchange): Promise<void> {
    const { request, response } = exchange;
    checkHeaders(request);
    if (shareCrossOrigin(request, response)) return;
    const target = stripPrefix(request.url as string, publicUrl);
    const path = target.split('?', 1)[0] as string;
    if (path === '/v1' || path.startsWith('/v1/')) await dispatch(exchange, path);
    else application(exchange, target);
  }
}
