/**
 * The life of a contract request, from its route to its reply, in the order of the calls: nothing is read before the
 * headers are in order, and nothing is scored before the contract has been asked.
 */
import { EngineError } from '../errors/engine-error.ts';
import type { Deployments } from '../catalogue/catalogue.ts';
import { buildAnswerBody, toJsonReply, type AnswerBody, type JsonReply } from './answer-body.ts';
import { buildAuthorize } from './authenticate.ts';
import type { Configuration } from './configuration.ts';
import type { Exchange } from './exchange.ts';
import type { Operation } from './operations.ts';
import { buildBaseUrl } from './public-url.ts';
import { readBody } from './read-body.ts';
import { buildToScoringCall, MOST_WAITING_BYTES } from './scoring-calls.ts';
import { LONG_BODY, type ScoringThreads } from './scoring-threads.ts';
import { buildRoutes, type FindRoute, type Match } from './routes.ts';

/** Answers a request of the contract: `path` is that below the engine's root, without its query. Throws what goes wrong. */
export type ContractRoute = (exchange: Exchange, path: string) => Promise<void>;

/** Builds the route; routes, security and validators are resolved once, here. */
export function buildContractRoute(
  operations: readonly Operation[],
  deployments: Deployments,
  threads: ScoringThreads | undefined,
  configuration: Configuration,
  isStopping: () => boolean,
): ContractRoute {
  const findRoute = buildRoutes(operations);
  const toBaseUrl = buildBaseUrl(configuration);
  const isAuthorized = buildAuthorize(configuration.credentials);
  const answerBodies = new Map<Operation, AnswerBody>();
  for (const operation of operations) {
    if (operation.bodySchema) answerBodies.set(operation, buildAnswerBody(operation.bodySchema, operation.handle));
  }
  let underWay = 0;
  const place = { giveBack: () => (underWay -= 1), takeAgain: () => (underWay += 1) };
  const toScoringCall = buildToScoringCall(place, MOST_WAITING_BYTES);

  return async (exchange, path) => {
    const match = route(findRoute, exchange, path);
    const { operation } = match;
    if (!isAuthorized(operation.security, exchange.request.headers)) throw unauthorized();
    exchange.note({ operation: operation.id });
    if (isStopping())
      throw new EngineError('stopping', 'The engine is stopping. Send the request again, to another one or later.');
    if (underWay >= configuration.maxConcurrency)
      throw new EngineError('too_busy', 'The engine is busy. Send the request again in a moment.');
    underWay += 1;
    try {
      const { status, json } = await answer(match, exchange);
      exchange.send(status, json);
    } finally {
      underWay -= 1;
    }
  };

  async function answer({ operation, params }: Match, exchange: Exchange): Promise<JsonReply> {
    const { request, response, note } = exchange;
    const { maxRows } = configuration;
    const answerBody = answerBodies.get(operation);
    const baseUrl = toBaseUrl(request);
    if (!answerBody)
      return toJsonReply(
        await operation.handle({ params, body: undefined, source: undefined, baseUrl }, { deployments, maxRows, note }),
      );

    const bytes = await readBody(request, response, configuration);
    if (threads && bytes.length >= LONG_BODY) {
      const deployment = deployments.get(params['deployment_id'] ?? '');
      // One that there is not is told of by a thread, too: it takes as long to parse the body.
      if (!deployment || deployment.shared)
        return threads.answer(operation, { params, bytes, baseUrl }, deployment?.shared, note);
    }
    const call = toScoringCall(exchange, bytes.length);
    return answerBody({ params, bytes, baseUrl }, { deployments, maxRows, note, call });
  }
}

function route(findRoute: FindRoute, exchange: Exchange, path: string): Match {
  checkEscapes(path);
  const found = findRoute(exchange.request.method as string, path);
  if ('allowed' in found) {
    if (found.allowed.length === 0)
      throw new EngineError('not_found', 'The contract has no such path. GET /v1/deployments lists the deployments.');
    exchange.response.setHeader('Allow', found.allowed.join(', '));
    throw new EngineError('method_not_allowed', `This path takes ${found.allowed.join(' and ')}.`);
  }
  return found;
}

function unauthorized(): EngineError {
  return new EngineError('unauthorized', 'This engine asks for a user name and a password (Basic authentication).', {
    target: { type: 'header', name: 'Authorization' },
  });
}

/** A path that cannot be decoded has no parameters to find. */
function checkEscapes(path: string): void {
  try {
    decodeURIComponent(path);
  } catch {
    throw new EngineError('malformed_request', 'The path has a percent sign that is no escape of UTF-8 (RFC 3986).');
  }
}
