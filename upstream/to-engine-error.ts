/** Maps a failed call of an upstream to what the engine answers its caller. */
import { EngineError } from '../errors/engine-error.ts';
import type { UpstreamError } from './upstream-error.ts';

/** The `Retry-After` that callers get if the upstream names none, in seconds. */
const DEFAULT_RETRY_AFTER = 1;

/** The error that the engine answers for a failed call; the failure itself is its cause, for the log. */
export function toEngineError(error: UpstreamError): EngineError {
  const { failure, status } = error;
  const system = 'The system that serves this deployment';
  const unavailable = (sentence: string) =>
    new EngineError('target_unavailable', sentence, {
      cause: error,
      retryAfter: error.retryAfter ?? DEFAULT_RETRY_AFTER,
    });
  const failed = (sentence: string) => new EngineError('target_failed', sentence, { cause: error });
  switch (failure) {
    case 'refused':
      return unavailable(`${system} cannot be reached. Retry later.`);
    case 'circuit_open':
      return unavailable(`${system} has failed repeatedly; calls are paused. Retry later.`);
    case 'busy':
      return unavailable(`${system} is busy. Retry in a moment.`);
    case 'late':
      return new EngineError('target_timeout', `${system} did not answer in time.`, { cause: error });
    case 'cancelled':
      return failed('The request was cancelled.');
    case 'dropped':
      return failed(`${system} closed the connection before it answered.`);
    case 'unauthorized':
      return failed(`${system} rejected the engine's credentials.`);
    case 'status':
      return failed(`${system} answered with status ${status}.`);
    case 'reply':
      return failed(`${system} sent an invalid reply.`);
  }
}
