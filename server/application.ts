/**
 * The routes beside the contract, an Express application. Orchestrators get the status of the health routes without credentials; whatever
 * else a route tells is behind the guard.
 */
import express, { type NextFunction, type Request, type Response } from 'express';
import { EngineError } from '../errors/engine-error.ts';
import type { Exchange } from './exchange.ts';
import type { Guard } from './guard.ts';
import type { Health } from './health.ts';

/** Answers a request: `target` is its path and query below the engine's root. */
export type Application = (exchange: Exchange, target: string) => void;

/** Builds the application. */
export function buildApplication(health: Health, guard: Guard): Application {
  const application = express();
  application.disable('x-powered-by');
  application.set('query parser', false);
  application.enable('case sensitive routing');
  application.enable('strict routing');

  for (const [path, toReply] of [
    ['/health/live', () => health.toLive()],
    ['/health/ready', (exchange: Exchange) => health.toReady(guard.admits(exchange, '/health/ready'))],
  ] as const) {
    // Express answers HEAD like GET.
    application.get(path, (_request, response) => {
      const exchange = toExchange(response);
      const { status, body } = toReply(exchange);
      exchange.send(status, JSON.stringify(body));
    });
    application.all(path, (_request, response) => {
      response.setHeader('Allow', 'GET, HEAD');
      throw new EngineError('method_not_allowed', 'This path supports GET and HEAD.');
    });
  }
  application.use(() => {
    throw new EngineError('not_found', 'This engine has no such path. GET /v1/deployments lists the deployments.');
  });
  application.use((failure: unknown, _request: Request, response: Response, _next: NextFunction) => {
    toExchange(response).sendError(failure);
  });

  return (exchange, target) => {
    const { request, response } = exchange;
    request.url = target;
    // Express changes the prototypes of both, and keeps the locals of the response.
    Object.assign(response, { locals: { exchange } });
    application(request as Request, response as Response);
  };
}

function toExchange(response: Response): Exchange {
  return response.locals['exchange'] as Exchange;
}
