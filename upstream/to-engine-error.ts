/** A failed call of an upstream as the caller of the engine is told of it. */
import { EngineError } from '../errors/engine-error.ts';
import type { UpstreamError } from './upstream-error.ts';

/** How long a caller is asked to wait where the upstream does not say, in seconds. */
const PATIENCE = 1;

/** A failed call as the caller of the engine is told of it; the failure itself is the cause, for the log. */
export function toEngineError(error: UpstreamError): EngineError {
  const { failure, status } = error;
  const system = 'The system that serves this deployment';
  const unavailable = (sentence: string) =>
    new EngineError('target_unavailable', sentence, { cause: error, retryAfter: error.retryAfter ?? PATIENCE });
  const failed = (sentence: string) => new EngineError('target_failed', sentence, { cause: error });
  switch (failure) {
    case 'refused':
      return unavailable(`${system} cannot be reached. Send the request again later.`);
    case 'broken':
      return unavailable(`${system} has failed again and again, and is left alone for a moment.`);
    case 'busy':
      return unavailable(`${system} is busy. Send the request again in a moment.`);
    case 'late':
      return new EngineError('target_timeout', `${system} did not answer in time.`, { cause: error });
    case 'cancelled':
      return failed('The request was given up.');
    case 'dropped':
      return failed(`${system} broke off the connection.`);
    case 'unauthorized':
      return failed(`${system} does not let the engine in.`);
    case 'status':
      return failed(`${system} answered with the status ${status}.`);
    case 'reply':
      return failed(`${system} gave an answer that cannot be used.`);
  }
}
