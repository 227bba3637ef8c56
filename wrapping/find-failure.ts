import { UpstreamError } from '../upstream/upstream-error.ts';

/** The upstream's failure in an error's chain of causes, if there is one. */
export function findFailure(error: unknown): UpstreamError | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) if (cause instanceof UpstreamError) return cause;
  return undefined;
}
