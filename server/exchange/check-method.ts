import { EngineError } from '../../errors/engine-error.ts';
import type { Exchange } from './exchange.ts';

/** The methods that only read. */
const SAFE: readonly string[] = ['GET', 'HEAD'];

/** @throws {EngineError} method_not_allowed, unless the method of the request is one of these: GET and HEAD, if nothing else is said */
export function checkMethod({ request, response }: Exchange, methods = SAFE): void {
  if (methods.includes(request.method ?? '')) return;
  response.setHeader('Allow', methods.join(', '));
  throw new EngineError('method_not_allowed', `This path supports ${methods.join(' and ')}.`);
}
