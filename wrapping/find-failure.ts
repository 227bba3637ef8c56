import { UpstreamError } from '../upstream/upstream-error.ts';

/** The failure of an upstream that an error was caused by, however deep. */
export function findFailure(error: unknown): UpstreamError | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) if (cause instanceof UpstreamError) return cause;
  return undefined;
}
