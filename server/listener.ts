/**
 * The listener for all requests: begins an exchange, dispatches requests of the contract and of the Open Inference Protocol, leaves
 * everything else to Express, and turns whatever is thrown into a reply.
 */
import type { Application } from './application.ts';
import { buildFindCaller, toClient } from './exchange/caller.ts';
import { checkHeaders } from './exchange/check-headers.ts';
import type { Configuration } from './configuration.ts';
import { buildShareCrossOrigin } from './exchange/cross-origin.ts';
import type { Dispatch } from './contract/dispatch.ts';
import { isOpenInferencePath } from './contract/open-inference-contract.ts';
import { Exchange, type ExchangeListener } from './exchange/exchange.ts';
import type { ExchangeObserver } from './exchange/exchange-observer.ts';
import { findSlashless, stripPrefix } from './exchange/public-url.ts';

/** What dispatches the requests of each protocol. */
export interface Dispatchers {
  readonly contract: Dispatch;
  readonly openInference: Dispatch;
}

/** Builds the listener; it answers every request. */
export function buildListener(
  { contract, openInference }: Dispatchers,
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
    const target = stripPrefix(request.url as string, publicUrl);
    const path = target.split('?', 1)[0] as string;
    const isOpenInference = isOpenInferencePath(path);
    if (isOpenInference) exchange.errorFormat = 'open-inference';
    checkHeaders(request);
    if (shareCrossOrigin(request, response)) return;
    if (path === '/v1' || path.startsWith('/v1/')) await contract(exchange, path);
    // Probes are answered under any load.
    else if (isOpenInference && !path.startsWith('/v2/health/')) await openInference(exchange, path);
    else {
      const location =
        request.method === 'GET' || request.method === 'HEAD' ? findSlashless(request, publicUrl) : undefined;
      if (location === undefined) application(exchange, target);
      else exchange.send(308, '', { 'Content-Type': 'text/plain; charset=utf-8', Location: location });
    }
  }
}
