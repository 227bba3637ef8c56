/**
 * The life of a contract request, from its route to its reply. openapi-backend finds the operation, asks for security and
 * validates, in this order; each of its fallbacks is registered, because without them an invalid or unauthorised request
 * would reach the handler. The body is read between security and validation.
 */
import addFormats from 'ajv-formats';
import { OpenAPIBackend, type Context, type Document, type Request as BackendRequest } from 'openapi-backend';
import { EngineError } from '../errors/engine-error.ts';
import openapi from '../generated/openapi.json' with { type: 'json' };
import type { HandlerContext } from '../handlers/contract.ts';
import { handlers } from '../handlers/handlers.ts';
import type { Deployments } from '../models/catalogue.ts';
import { buildAuthenticate } from './authenticate.ts';
import type { Configuration } from './configuration.ts';
import type { Exchange } from './exchange.ts';
import { toBaseUrl } from './public-url.ts';
import { readBody } from './read-body.ts';
import { toValidationError } from './validation-error.ts';

/** Answers a request of the contract: `target` is its path and query below the engine's root. Throws what goes wrong. */
export type ContractRoute = (exchange: Exchange, target: string) => Promise<void>;

interface Reply {
  readonly status: number;
  readonly body: unknown;
}

/** What the steps of one request share. */
interface Visit {
  readonly exchange: Exchange;
  readonly request: Mutable<BackendRequest>;
  /** Whether the visit counts as one of the requests under way. */
  counted: boolean;
}
type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

type AnyHandler = (request: unknown, context: HandlerContext) => Reply | Promise<Reply>;

/** Builds the route; the document, its validators and its security are compiled once, here. */
export async function buildContractRoute(
  deployments: Deployments,
  configuration: Configuration,
  isStopping: () => boolean,
): Promise<ContractRoute> {
  const authenticate = buildAuthenticate(configuration.credentials);
  let underWay = 0;

  const backend = new OpenAPIBackend({
    // openapi-backend replaces the references in the document that it is given.
    definition: structuredClone(openapi) as unknown as Document,
    strict: true,
    // The document was checked when it was generated and is linted by the tests: no need to do it at every start. What
    // validates requests is compiled below; only tests validate replies.
    quick: true,
    // Every value of a bad table would become an error of its own, and a hundred thousand overflow the stack.
    ajvOpts: { allErrors: false },
    customizeAjv: (ajv) => {
      addFormats.default(ajv);
      return ajv;
    },
    securityHandlers: {
      BasicAuth: (_context: Context, { exchange }: Visit) => authenticate(exchange.request.headers.authorization),
    },
    handlers: {
      unauthorizedHandler: () => {
        throw new EngineError(
          'unauthorized',
          'This engine asks for a user name and a password (Basic authentication).',
          {
            target: { type: 'header', name: 'Authorization' },
          },
        );
      },
      postSecurityHandler: async ({ operation, security }: Context, visit: Visit) => {
        if (security['authorized'] !== true) return;
        visit.exchange.note({ operation: operation.operationId as string });
        if (isStopping())
          throw new EngineError('stopping', 'The engine is stopping. Send the request again, to another one or later.');
        if (underWay >= configuration.maxConcurrency) {
          throw new EngineError('too_busy', 'The engine is busy. Send the request again in a moment.');
        }
        underWay += 1;
        visit.counted = true;
        if (operation.requestBody) {
          const body = await readBody(visit.exchange.request, visit.exchange.response, configuration);
          // openapi-backend 5.21.2 parses a text once more, and would let JSON within JSON through to the handler.
          if (typeof body === 'string') throw toValidationError([], body);
          visit.request.body = body;
        }
      },
      validationFail: ({ validation }: Context, { request }: Visit) => {
        throw toValidationError(validation.errors ?? [], request.body);
      },
      notFound: () => {
        throw new EngineError('not_found', 'The contract has no such path. GET /v1/deployments lists the deployments.');
      },
      methodNotAllowed: (_context: Context, { exchange, request }: Visit) => {
        const allowed = findMethods(backend, request);
        exchange.response.setHeader('Allow', allowed.join(', '));
        throw new EngineError('method_not_allowed', `This path takes ${allowed.join(' and ')}.`);
      },
      notImplemented: ({ operation }: Context) => {
        throw new Error(`no handler is registered for ${operation.operationId}`);
      },
      ...Object.fromEntries(
        Object.entries(handlers).map(([id, handler]) => [id, toBackendHandler(handler as AnyHandler)]),
      ),
    },
  });

  function toBackendHandler(handler: AnyHandler) {
    return (context: Context, { exchange, request }: Visit): Reply | Promise<Reply> =>
      handler(
        {
          params: context.request.params as unknown,
          body: request.body as unknown,
          baseUrl: toBaseUrl(exchange.request, configuration.publicUrl),
        },
        { deployments, maxRows: configuration.maxRows, note: (details) => exchange.note(details) },
      );
  }

  await backend.init();
  backend.validator.preCompileRequestValidators();
  return async (exchange, target) => {
    const { method, headers } = exchange.request;
    const path = target.split('?', 1)[0] as string;
    checkEscapes(path);
    const visit: Visit = {
      exchange,
      // RFC 9110, 9.3.2: HEAD is GET without the body, which node leaves out.
      request: {
        method: method === 'HEAD' ? 'GET' : method,
        path,
        headers: headers as BackendRequest['headers'],
        query: {},
      },
      counted: false,
    };
    try {
      const { status, body } = (await backend.handleRequest(visit.request, visit)) as Reply;
      exchange.send(status, body);
    } finally {
      if (visit.counted) underWay -= 1;
    }
  };
}

/** A path that cannot be decoded has no parameters to find. */
function checkEscapes(path: string): void {
  try {
    decodeURIComponent(path);
  } catch {
    throw new EngineError('malformed_request', 'The path has a percent sign that is no escape of UTF-8 (RFC 3986).');
  }
}

/** The methods that the path of a request takes. */
function findMethods(backend: OpenAPIBackend, request: BackendRequest): string[] {
  const methods = new Set(backend.router.getOperations().map(({ method }) => method));
  return [...methods]
    .filter((method) => backend.matchOperation({ ...request, method }) !== undefined)
    .flatMap((method) => (method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()]));
}
