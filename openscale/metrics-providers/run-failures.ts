/** What OpenScale, the caller and the log are told of a run that failed: in words that have no URL and nothing that OpenScale sent. */
import { describeCause } from '../../errors/describe-cause.ts';
import { EngineError } from '../../errors/engine-error.ts';
import { toEngineError } from '../../upstream/to-engine-error.ts';
import { UpstreamError } from '../../upstream/upstream-error.ts';
import { ProviderError } from './provider-kind.ts';
import type { EndedRun } from './run-request.ts';

/** Names the step in which OpenScale failed. */
export async function nameStep<Value>(what: string, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    throw new ProviderError(`${what}: ${describeUpstream(error)}`, 'openscale_failed', { cause: error });
  }
}

/** A failure of OpenScale's in words that have no URL and nothing that it sent. */
function describeUpstream({ failure, status }: UpstreamError): string {
  switch (failure) {
    case 'refused':
    case 'dropped':
      return 'OpenScale cannot be reached.';
    case 'circuit_open':
    case 'busy':
      return 'OpenScale is busy or fails repeatedly.';
    case 'late':
      return 'OpenScale did not answer in time.';
    case 'unauthorized':
      return "OpenScale rejects the engine's credentials.";
    case 'status':
      return `OpenScale answered with status ${status}.`;
    case 'reply':
      return 'OpenScale sent a reply that was not expected.';
    case 'cancelled':
      return 'the request was cancelled.';
  }
}

/** Whether a repetition can succeed. */
export function isTemporary(error: unknown): boolean {
  if (!(error instanceof UpstreamError)) return false;
  const { failure, status = 500 } = error;
  return (
    failure !== 'cancelled' && failure !== 'unauthorized' && (failure !== 'status' || status >= 500 || status === 429)
  );
}

/** What the caller is told where OpenScale disagrees with a part of the request. */
export function toMismatch(name: string, expected: string): EngineError {
  const target = { type: 'field', name: `input_data[0].values.${name}` } as const;
  return new EngineError('invalid_value', `${target.name}: expected ${expected}.`, { target });
}

/** What the caller is told where the run itself cannot say it. */
export function toCallError(error: unknown, what: string): unknown {
  if (!(error instanceof UpstreamError)) return error;
  const { code, retryAfter } = toEngineError(error);
  return new EngineError(code, `${what}: ${describeUpstream(error)}`, {
    cause: error,
    ...(retryAfter !== undefined && { retryAfter }),
  });
}

/** How a run ends that failed. */
export function toFailedRun(error: unknown): EndedRun & { readonly code: string } {
  if (error instanceof ProviderError) {
    const { message, code, cause } = error;
    return { state: 'error', message, code, ...(cause !== undefined && { cause: describeCause(cause) }) };
  }
  if (error instanceof EngineError)
    return { state: 'error', message: error.message, code: error.code, cause: describeCause(error) };
  return {
    state: 'error',
    message: 'The engine failed to evaluate this run. Its log has the cause.',
    code: 'internal_error',
    cause: describeCause(error),
  };
}
