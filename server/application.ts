/**
 * The Express application: the contract under /v1, health beside it, and one place where every failure becomes a reply.
 */
import express, { type Express, type Request, type Response } from 'express';
import { EngineError } from '../errors/engine-error.ts';
import type { Configuration } from './configuration.ts';
import type { ContractRoute } from './contract-route.ts';
import { Exchange } from './exchange.ts';
import type { Health } from './health.ts';
import type { Log } from './log.ts';
import { checkHost, stripPrefix } from './public-url.ts';

/** Builds the application around a contract route; it answers whatever comes. */
export function buildApplication(
  contract: ContractRoute,
  health: Health,
  configuration: Configuration,
  log: Log,
): Express {
  const application = express();
  application.disable('x-powered-by');
  application.set('query parser', false);
  if (configuration.trustProxy !== undefined) application.set('trust proxy', configuration.trustProxy);

  application.use(async (request: Request, response: Response) => {
    const exchange = new Exchange(request, response, log);
    try {
      checkHost(request);
      await answer(exchange, stripPrefix(request.url, configuration.publicUrl));
    } catch (failure) {
      exchange.sendError(failure);
    }
  });
  return application;

  async function answer(exchange: Exchange, target: string): Promise<void> {
    const path = target.split('?', 1)[0];
    if (path === '/v1' || path?.startsWith('/v1/')) await contract(exchange, target);
    else if (path === '/health/live') sendHealth(exchange, health.toLive());
    else if (path === '/health/ready') sendHealth(exchange, health.toReady());
    else throw new EngineError('not_found', 'This engine has no such path. GET /v1/deployments lists the deployments.');
  }
}

function sendHealth(exchange: Exchange, { status, body }: { status: number; body: unknown }): void {
  if (!['GET', 'HEAD'].includes(exchange.request.method)) {
    exchange.response.setHeader('Allow', 'GET, HEAD');
    throw new EngineError('method_not_allowed', 'This path takes GET and HEAD.');
  }
  exchange.send(status, body);
}
