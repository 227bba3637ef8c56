/**
 * The routes beside the contract, an Express application. Orchestrators get the status of the health routes without credentials; whatever
 * else a route tells is behind the guard. None of them is subject to the limits on requests, so they are answered under any load.
 */
import express, { type NextFunction, type Request, type Response } from 'express';
import { EngineError } from '../errors/engine-error.ts';
import { checkMethod } from './exchange/check-method.ts';
import type { Exchange } from './exchange/exchange.ts';
import type { Guard } from './access/guard.ts';
import type { Health } from './health.ts';
import type { Format } from './metrics/render.ts';
import type { Scrape } from './metrics/scrape.ts';
import type { AnswerConsole } from './console/console-routes.ts';
import type { Pages } from './pages/page-files.ts';
import type { WebApps } from './static/web-apps.ts';

/** Answers a request: `target` is its path and query below the engine's root. */
export type Application = (exchange: Exchange, target: string) => void;

/** What answers the requests of each kind of route. */
export interface ApplicationParts {
  readonly health: Health;
  readonly guard: Guard;
  readonly pages: Pages;
  readonly answerConsole: AnswerConsole;
  readonly webApps: WebApps;
  /** Without it, `/metrics` is not found. */
  readonly scrape?: Scrape | undefined;
}

/** Builds the application. */
export function buildApplication(parts: ApplicationParts): Application {
  const { health, guard, pages, answerConsole, webApps, scrape } = parts;
  const application = express();
  application.disable('x-powered-by');
  application.set('query parser', false);
  application.enable('case sensitive routing');
  application.enable('strict routing');

  for (const [path, toReply] of [
    ['/health/live', () => health.toLive()],
    // Of the Open Inference Protocol, which has no details.
    ['/v2/health/live', () => ({ status: 200, body: { live: true } })],
    ['/v2/health/ready', () => toOpenInference(health.toReady(false))],
    ['/health/ready', (exchange: Exchange) => health.toReady(guard.admits(exchange, '/health/ready'))],
  ] as const) {
    // Express answers HEAD like GET.
    application.get(path, (_request, response) => {
      const exchange = toExchange(response);
      exchange.note({ route: path });
      const { status, body } = toReply(exchange);
      exchange.send(status, JSON.stringify(body));
    });
    application.all(path, rejectOtherMethods);
  }
  if (scrape) {
    application.get('/metrics', async (request, response) => {
      const exchange = toExchange(response);
      guard.check(exchange, '/metrics');
      exchange.note({ route: '/metrics' });
      const { contentType, text } = await scrape(toFormat(request));
      exchange.send(200, text, { 'Content-Type': contentType });
    });
    application.all('/metrics', rejectOtherMethods);
  }
  application.use('/apps', async (request, response) => {
    // Express adds a slash in front of a query.
    await webApps(toExchange(response), request.originalUrl.slice('/apps'.length));
  });
  application.use(async (_request, response, next) => {
    const [exchange, target] = [toExchange(response), response.locals['target'] as string];
    if (!(await answerConsole(exchange, target)) && !(await pages(exchange, target))) next();
  });
  application.use(() => {
    throw new EngineError('not_found', 'This engine has no such path. GET /v1/deployments lists the deployments.');
  });
  application.use((failure: unknown, _request: Request, response: Response, _next: NextFunction) => {
    toExchange(response).sendError(failure);
  });

  return (exchange, target) => {
    const { request, response } = exchange;
    Object.assign(request, { url: target, originalUrl: target });
    // Express changes the prototypes of both, and keeps the locals of the response.
    Object.assign(response, { locals: { exchange, target } });
    application(request as Request, response as Response);
  };
}

function toOpenInference({ status }: { readonly status: number }) {
  return { status, body: { ready: status === 200 } };
}

/** Of a path whose GET and HEAD are answered already. */
function rejectOtherMethods(_request: Request, response: Response): void {
  checkMethod(toExchange(response));
}

/** The types of a reply with metrics; the first is for clients that accept anything. */
const METRICS_TYPES = ['text/plain', 'text/plain;version=0.0.4', 'application/openmetrics-text;version=1.0.0'];

/** The format that a client prefers; Prometheus' own for one that accepts neither. */
function toFormat(request: Request): Format {
  const type = request.accepts(METRICS_TYPES);
  return type !== false && type.startsWith('application/') ? 'openmetrics' : 'prometheus';
}

function toExchange(response: Response): Exchange {
  return response.locals['exchange'] as Exchange;
}
