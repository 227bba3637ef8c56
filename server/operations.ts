/**
 * The operations of the contract, resolved once, at start, from openapi-backend's own tables: its router's operations, their
 * security, and the validators that it makes. Asked for each request, openapi-backend 5.21 lists the operations and
 * compiles their patterns anew, which costs more than all the rest of a request; its answers and ours are held against each
 * other by the tests.
 */
import addFormats from 'ajv-formats';
import { OpenAPIBackend, type Document } from 'openapi-backend';
import openapi from '../generated/openapi.json' with { type: 'json' };
import type { HandlerContext } from '../handlers/contract.ts';
import { handlers } from '../handlers/handlers.ts';

/** What a handler answers. */
export interface HandlerAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** A handler, whatever its operation: contract.ts has seen to its types. */
export type AnyHandler = (
  request: {
    readonly params: unknown;
    readonly body: unknown;
    readonly source: Uint8Array | undefined;
    readonly baseUrl: string;
  },
  context: HandlerContext,
) => HandlerAnswer | Promise<HandlerAnswer>;

/** An operation as the life of a request needs it. */
export interface Operation {
  readonly id: string;
  /** In capitals. */
  readonly method: string;
  /** The path template, such as /v1/deployments/{deployment_id}. */
  readonly path: string;
  /** Alternatives, each the names of the schemes that must all let a request in (OpenAPI 3.0, Security Requirement). */
  readonly security: readonly (readonly string[])[];
  /** Whether path parameters are what the contract says. */
  readonly acceptsPath: (params: Readonly<Record<string, string>>) => boolean;
  /** The JSON Schema of `{ requestBody }`, ready to be compiled; undefined where the operation takes no body. */
  readonly bodySchema: object | undefined;
  readonly handle: AnyHandler;
}

/** The operations of the contract, each with its handler. */
export async function loadOperations(): Promise<Operation[]> {
  const backend = new OpenAPIBackend({
    // openapi-backend replaces the references in the document that it is given.
    definition: structuredClone(openapi) as unknown as Document,
    // The document was checked when it was generated and is linted by the tests: no need to do it at every start.
    quick: true,
    customizeAjv: (ajv) => {
      addFormats.default(ajv);
      return ajv;
    },
  });
  await backend.init();
  return backend.router.getOperations().map((operation) => {
    const id = operation.operationId as string;
    const handle = (handlers as Readonly<Record<string, unknown>>)[id] as AnyHandler | undefined;
    if (!handle) throw new Error(`no handler is registered for ${id}`);
    const validators = backend.validator.getRequestValidatorsForOperation(id);
    const ofBody = validators.find(({ schema }) => 'requestBody' in toProperties(schema));
    const ofPath = validators.find(({ schema }) => 'path' in toProperties(schema));
    return {
      id,
      method: operation.method.toUpperCase(),
      path: operation.path,
      security: (operation.security ?? []).map(Object.keys),
      acceptsPath: (params) => ofPath?.({ path: params, query: {}, header: {}, cookie: {} }) !== false,
      bodySchema: ofBody?.schema as object | undefined,
      handle,
    };
  });
}

function toProperties(schema: unknown): object {
  return (schema as { properties?: object }).properties ?? {};
}
