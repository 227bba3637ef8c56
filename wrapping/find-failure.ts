import { TargetError } from '../upstream/upstream-error.ts';

/** The failure of a target that an error was caused by, however deep. */
export function findFailure(error: unknown): TargetError | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) if (cause instanceof TargetError) return cause;
  return undefined;
}
