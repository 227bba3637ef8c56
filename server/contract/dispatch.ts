/**
 * Dispatches the requests of the contract with openapi-backend's handleRequest, and implements its hooks. In their order: routing
 * (404, 405), authentication (401), the body (400, 408, 413, 415), admission (503), validation (400), the operation's handler. So
 * no body is read before authentication, and no handler is called before validation.
 */
import type { MessagePort } from 'node:worker_threads';
import type { Context as TraceContext } from '@opentelemetry/api';
import type { Context } from 'openapi-backend';
import type { Deployments } from '../../catalogue/catalogue.ts';
import { EngineError } from '../../errors/engine-error.ts';
import { handlers as contractHandlers } from '../../handlers/handlers.ts';
import { countRows } from '../../models/request-tables.ts';
import type { Admission } from '../admission.ts';
import { buildBodies, type Bodies } from '../bodies/bodies.ts';
import type { BodyShare } from '../bodies/body-memory.ts';
import { buildFindCaller } from '../exchange/caller.ts';
import type { Configuration } from '../configuration.ts';
import { ContractRequest } from './contract-request.ts';
import type { Contract } from './contract.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { Guard } from '../access/guard.ts';
import { ExchangeCall } from '../exchange/exchange-call.ts';
import { toJsonReply, type AnyHandler, type JsonReply } from '../exchange/json-reply.ts';
import { parseJson } from '../bodies/parse-json.ts';
import { buildBaseUrl } from '../exchange/public-url.ts';
import { readBody } from '../bodies/read-body.ts';
import { toLogging, type PayloadLog } from '../payload-log/payload-log.ts';
import type { EngineThreads } from '../threads/engine-threads.ts';
import type { MetricsProviders } from '../../handlers/metrics-providers.ts';
import { serveRelay } from '../threads/relay.ts';
import { addSpan, inSpan } from '../exchange/request-trace.ts';
import { LONG_BODY, LONG_WORK } from '../threads/scoring-threads.ts';
import { toValidationError } from './validation-error.ts';

/** Answers a request of the contract; `path` is relative to the engine's root, without the query. Failures are thrown. */
export type Dispatch = (exchange: Exchange, path: string) => Promise<void>;

export interface DispatchOptions {
  /** By operation id; by default, those of OpenScale's contract. */
  readonly handlers?: Readonly<Record<string, unknown>>;
  /** What a caller of an unknown path is told. */
  readonly notFound?: string;
  readonly deployments: Deployments;
  readonly admission: Admission;
  readonly guard: Guard;
  /** Threads for long requests; without them, the event loop handles these too. */
  readonly threads: EngineThreads | undefined;
  readonly configuration: Configuration;
  /** The bodies in memory, and those that are arriving; by default, of this dispatcher alone. */
  readonly bodies?: Bodies;
  /** Where records are appended; undefined if no deployment is logged. */
  readonly payloadLog?: PayloadLog | undefined;
  /** Evaluates runs of custom monitors, if it is configured. */
  readonly metricsProviders?: MetricsProviders | undefined;
}

/** Registers the hooks and the handlers with an initialized contract. To be called once per contract. */
export function buildDispatch(contract: Contract, options: DispatchOptions): Dispatch {
  const { admission, guard, payloadLog, handlers = contractHandlers } = options;
  const { notFound = 'The contract has no such path. GET /v1/deployments lists the deployments.' } = options;
  const admit = buildAdmit(options);
  const answer = buildAnswer(options);

  // The guard knows all schemes of the contract, of which one suffices; openapi-backend would ask for each.
  contract.registerSecurityHandler('BasicAuth', ({ request }) => guard.admits(toRequest(request).exchange));
  for (const [id, handle] of Object.entries(handlers)) {
    contract.register(id, ({ request }: Context) => answer(id, handle as AnyHandler, toRequest(request)));
  }
  contract.register({
    notFound: () => {
      throw new EngineError('not_found', notFound);
    },
    methodNotAllowed: ({ request }) => {
      const methods = contract.router.listMethods(request.path);
      toRequest(request).exchange.response.setHeader('Allow', methods.join(', '));
      throw new EngineError('method_not_allowed', `This path supports ${methods.join(' and ')}.`);
    },
    // openapi-backend calls this hook for every request, and the next one, for unauthorized requests, after it.
    postSecurityHandler: ({ request, operation, security }) => {
      const isAuthorized = security['authorized'] === true || operation.security?.length === 0;
      return isAuthorized ? admit(toRequest(request), operation) : undefined;
    },
    unauthorizedHandler: ({ request }) => {
      throw guard.refuse(toRequest(request).exchange);
    },
    validationFail: ({ request, validation }) => {
      throw toValidationError(validation.errors ?? [], request.requestBody);
    },
  });

  return async (exchange, path) => {
    checkEscapes(path);
    const request = new ContractRequest(exchange, path);
    try {
      const { status, json, headers, lines } = (await contract.handleRequest(request)) as JsonReply;
      if (lines) await (payloadLog as PayloadLog).append(lines);
      exchange.send(status, json, headers);
    } finally {
      if (request.slot) admission.leave(request.slot);
      if (request.share) releaseWhenRead(exchange, request.share);
    }
  };
}

/** Builds the hook after authentication: reads the body, which is parsed unless a thread will handle it, and takes a slot. */
function buildAdmit({ deployments, admission, threads, configuration, bodies }: DispatchOptions) {
  const findCaller = buildFindCaller(configuration);
  const toBaseUrl = buildBaseUrl(configuration, findCaller);
  const { memory, arriving } = bodies ?? buildBodies(configuration);
  return async (request: ContractRequest, { operationId, path, requestBody }: Context['operation']): Promise<void> => {
    const { exchange, params } = request;
    exchange.note({ operation: operationId as string, route: path });
    // What could not be processed now is not read. A body takes no slot while it arrives.
    admission.check(requestBody ? 'scoring' : 'discovery');
    request.baseUrl = toBaseUrl(exchange.request);
    if (!requestBody) {
      admission.enter('discovery');
      request.slot = 'discovery';
      return;
    }
    const share = (request.share = memory.openShare());
    const arrive = (giveWay: (error: EngineError) => void) =>
      arriving.enter(findCaller(exchange.request).address, giveWay);
    // What is not about a deployment has no rows: it is short, and no thread is made for it.
    const isLimited = params['deployment_id'] === undefined;
    const limits = isLimited
      ? { ...configuration, maxBody: Math.min(configuration.maxBody, LONG_BODY - 1) }
      : configuration;
    const bytes = await inSpan(exchange.trace, 'read body', () =>
      readBody(exchange.request, exchange.response, limits, share, arrive),
    );
    admission.enter('scoring');
    request.slot = 'scoring';
    exchange.requestBytes = bytes.length;
    const deployment = deployments.get(params['deployment_id'] ?? '');
    const { shared, relayed } = deployment ?? {};
    // Without a deployment, a long body still has to be parsed and validated before the 404.
    const isLong = bytes.length >= LONG_BODY && (!deployment || (shared ?? relayed) !== undefined);
    if (threads && (isLong || relayed?.isSlow)) {
      request.longBody = { bytes, deployment };
      return;
    }
    const body = parseJson(bytes);
    // A few rows take long, too, with thousands of trees.
    if (threads && shared && countRows(body) * shared.work >= LONG_WORK) request.longBody = { bytes, deployment };
    else request.requestBody = body;
  };
}

/** Builds the call of an operation's handler with a validated request, here or in a thread. */
function buildAnswer({ deployments, admission, threads, configuration, metricsProviders }: DispatchOptions) {
  const { maxRows } = configuration;
  const logging = toLogging(configuration);
  return async (operation: string, handle: AnyHandler, request: ContractRequest): Promise<JsonReply> => {
    const { trace } = request.exchange;
    // Discovery scores nothing.
    return request.share
      ? inSpan(trace, 'score', (context) => answer(operation, handle, request, context))
      : answer(operation, handle, request, trace?.context);
  };

  async function answer(
    operation: string,
    handle: AnyHandler,
    request: ContractRequest,
    context: TraceContext | undefined,
  ): Promise<JsonReply> {
    const { exchange, params, declaredHeaders: headers, baseUrl, longBody, requestBody: body } = request;
    const { note, requestBytes } = exchange;
    const call = new ExchangeCall(exchange, admission, requestBytes, context);
    if (threads && longBody) {
      const { bytes, deployment: { shared, relayed } = {} } = longBody;
      const long = { operation, params, headers, baseUrl, bytes };
      try {
        if (!relayed) return await threads.scoring.answer({ ...long, shared }, note);
        const relay = (port: MessagePort) => serveRelay(port, relayed.scoreParts, call);
        return await threads.preparing.answer({ ...long, shared: relayed.shared, relay }, note);
      } finally {
        const { thread } = exchange.details;
        if (thread && exchange.trace?.span)
          addSpan(context, 'scoring thread', thread, { 'custom_ml_engine.pool': relayed ? 'preparing' : 'scoring' });
      }
    }
    const surroundings = { deployments, maxRows, logging, metricsProviders, note, call };
    return toJsonReply(await handle({ params, body, headers, baseUrl }, surroundings));
  }
}

/** A reply takes memory in place of its body until the client has read it. */
function releaseWhenRead({ response, replyBytes, hasEnded }: Exchange, share: BodyShare): void {
  if (hasEnded || response.writableFinished || !response.writableEnded) return share.release();
  share.replace(replyBytes);
  response.once('close', () => share.release());
}

/** The request that a hook receives, which is the one that the dispatcher made. */
function toRequest(request: Context['request']): ContractRequest {
  if (!(request instanceof ContractRequest)) throw new TypeError('expected a ContractRequest');
  return request;
}

/** Rejects a path that cannot be decoded, whose parameters would make the router throw. */
function checkEscapes(path: string): void {
  if (!path.includes('%')) return;
  try {
    decodeURIComponent(path);
  } catch {
    throw new EngineError(
      'malformed_request',
      'The path contains a percent sign that does not start an escape sequence in UTF-8 (RFC 3986).',
    );
  }
}
