import { EngineError } from '../errors/engine-error.ts';
import type { Exchange } from './exchange.ts';

/** @throws {EngineError} method_not_allowed, unless the request is GET or HEAD */
export function checkMethod({ request, response }: Exchange): void {
  if (request.method === 'GET' || request.method === 'HEAD') return;
  response.setHeader('Allow', 'GET, HEAD');
  throw new EngineError('method_not_allowed', 'This path supports GET and HEAD.');
}
