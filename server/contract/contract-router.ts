/**
 * openapi-backend's router, with the work done once that openapi-backend 5.21 repeats for every request: listing the operations,
 * compiling the patterns of their paths, parsing the request. docs/performance.md says what each costs; tests compare the results
 * with those of the original.
 */
import { OpenAPIRouter, type Document, type Operation, type ParsedRequest, type Request } from 'openapi-backend';
import { ContractRequest } from './contract-request.ts';

interface Template {
  readonly path: string;
  readonly pattern: RegExp;
  /** The names of the parameters, in the order of the pattern's groups. */
  readonly names: readonly string[];
  /** By method, in lower case. */
  readonly operations: ReadonlyMap<string, Operation>;
}

/** Routes requests by an OpenAPI document whose references are resolved. */
export class ContractRouter extends OpenAPIRouter {
  readonly #operations: readonly Operation[];
  readonly #byId: ReadonlyMap<string | undefined, Operation>;
  /** Those with more literal text first. */
  readonly #templates: readonly Template[];
  readonly #byPath: ReadonlyMap<string, Template>;
  /** The names of the headers of each operation. */
  readonly #headers: ReadonlyMap<string | undefined, readonly string[]>;

  constructor(definition: Document) {
    super({ definition });
    this.#operations = super.getOperations();
    this.#byId = new Map(this.#operations.map((operation) => [operation.operationId, operation]));
    this.#headers = new Map(
      this.#operations.map(({ operationId, parameters = [] }) => [
        operationId,
        (parameters as readonly { readonly in: string; readonly name: string }[])
          .filter((parameter) => parameter.in === 'header')
          .map(({ name }) => name),
      ]),
    );
    const paths = [...new Set(this.#operations.map(({ path }) => path))];
    this.#templates = paths
      .sort((a, b) => countLiterals(b) - countLiterals(a))
      .map((path) => toTemplate(path, this.#operations));
    this.#byPath = new Map(this.#templates.map((template) => [template.path, template]));
  }

  override getOperations(): Operation[] {
    return this.#operations as Operation[];
  }

  override getOperation(operationId: string): Operation | undefined {
    return this.#byId.get(operationId);
  }

  override matchOperation(request: Request): Operation | undefined;
  override matchOperation(request: Request, strict: boolean): Operation;
  override matchOperation(request: Request, strict = false): Operation | undefined {
    const { method, path } = request instanceof ContractRequest ? request : this.normalizeRequest(request);
    const normalized = this.normalizePath(path);
    const exact = this.#byPath.get(normalized)?.operations.get(method);
    if (exact) return exact;
    let isKnown = false;
    for (const { pattern, operations } of this.#templates) {
      if (!pattern.test(normalized)) continue;
      isKnown = true;
      const operation = operations.get(method);
      if (operation) return operation;
    }
    if (!strict) return undefined;
    // handleRequest distinguishes the two by the beginning of the message.
    throw new Error(
      isKnown ? '405-methodNotAllowed: the path has other methods' : '404-notFound: there is no such path',
    );
  }

  override parseRequest(request: Request, operation?: Operation): ParsedRequest {
    if (!(request instanceof ContractRequest)) return super.parseRequest(request, operation);
    if (operation) {
      request.params = this.#parseParams(request.path, operation);
      request.declaredHeaders = this.#pickHeaders(request, operation);
    }
    return request;
  }

  /** The methods of a path, in upper case, for the `Allow` header; none if the contract has no such path. */
  listMethods(path: string): string[] {
    const normalized = this.normalizePath(path);
    const methods = this.#templates
      .filter(({ pattern }) => pattern.test(normalized))
      .flatMap(({ operations }) => [...operations.keys()])
      .flatMap((method) => (method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()]));
    return [...new Set(methods)];
  }

  #pickHeaders({ headers }: ContractRequest, { operationId }: Operation): Record<string, string> {
    const picked: Record<string, string> = {};
    for (const name of this.#headers.get(operationId) ?? []) {
      const value = headers[name.toLowerCase()];
      // Node joins repeated ones with commas.
      if (typeof value === 'string') picked[name] = value;
    }
    return picked;
  }

  #parseParams(path: string, operation: Operation): Record<string, string> {
    const { names, pattern } = this.#byPath.get(operation.path) as Template;
    const params: Record<string, string> = {};
    if (names.length === 0) return params;
    const values = pattern.exec(this.normalizePath(path));
    names.forEach((name, index) => (params[name] = decodeURIComponent(values?.[index + 1] ?? '')));
    return params;
  }
}

function toTemplate(path: string, operations: readonly Operation[]): Template {
  const names = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => name as string);
  const parts = path.split(/\{[^}]+\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const own = operations.filter((operation) => operation.path === path);
  return {
    path,
    names,
    pattern: new RegExp(`^${parts.join('([^/]+)')}$`),
    operations: new Map(own.map((operation) => [operation.method, operation])),
  };
}

function countLiterals(path: string): number {
  return path.replace(/\{[^}]+\}/g, '').length;
}
