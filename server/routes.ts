/**
 * Which operation a request is for. The rules are openapi-backend's: a slash at the end counts for nothing, a parameter is
 * one segment, and of two templates that fit the one with more literal text goes first.
 */
import { EngineError } from '../errors/engine-error.ts';
import type { Operation } from './operations.ts';

/** An operation and the parameters of its path, decoded. */
export interface Match {
  readonly operation: Operation;
  readonly params: Readonly<Record<string, string>>;
}

/** What a path leads to: a match, or the methods that it takes; none where the contract has no such path. */
export type Route = Match | { readonly allowed: readonly string[] };

/**
 * Finds the route of a method and a path without its query; the path's escapes must be those of UTF-8. Throws an
 * EngineError, malformed_request, when the parameters are not what the contract says.
 */
export type FindRoute = (method: string, path: string) => Route;

interface Template {
  readonly pattern: RegExp;
  readonly names: readonly string[];
  readonly methods: ReadonlyMap<string, Operation>;
}

/** Compiles the paths of the operations. */
export function buildRoutes(operations: readonly Operation[]): FindRoute {
  const paths = [...new Set(operations.map(({ path }) => path))].sort((a, b) => literals(b) - literals(a));
  const templates = paths.map((path): Template => {
    const own = operations.filter((operation) => operation.path === path);
    return { ...compile(path), methods: new Map(own.map((operation) => [operation.method, operation])) };
  });
  return (method, path) => {
    const trimmed = trimSlashes(path);
    const allowed: string[] = [];
    for (const { pattern, names, methods } of templates) {
      const values = pattern.exec(trimmed);
      if (!values) continue;
      // RFC 9110, 9.3.2: HEAD is GET without the body, which node leaves out.
      const operation = methods.get(method === 'HEAD' ? 'GET' : method);
      if (operation) return toMatch(operation, toParams(names, values));
      for (const name of methods.keys()) allowed.push(...(name === 'GET' ? ['GET', 'HEAD'] : [name]));
    }
    return { allowed };
  };
}

function toMatch(operation: Operation, params: Match['params']): Match {
  if (operation.acceptsPath(params)) return { operation, params };
  throw new EngineError('malformed_request', 'The path: expected what the contract says of its parameters.');
}

function compile(path: string): Pick<Template, 'pattern' | 'names'> {
  const names = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => name as string);
  const parts = path.split(/\{[^}]+\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return { pattern: new RegExp(`^${parts.join('([^/]+)')}$`), names };
}

/** Not by a pattern: one that may begin anywhere takes quadratic time on a path of slashes. */
function trimSlashes(path: string): string {
  let end = path.length;
  while (end > 1 && path.charCodeAt(end - 1) === SLASH) end -= 1;
  return path.slice(0, end);
}

const SLASH = 47;

function literals(path: string): number {
  return path.replace(/\{[^}]+\}/g, '').length;
}

function toParams(names: readonly string[], values: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name, index) => [name, decodeURIComponent(values[index + 1] as string)]));
}
