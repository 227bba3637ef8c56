/** A failure of a request in a form that can be posted to another thread. */
import { describeCause } from '../../errors/describe-cause.ts';
import { EngineError, type ErrorCode, type ErrorTarget } from '../../errors/engine-error.ts';
import { toEngineError } from '../exchange/error-reply.ts';

export interface ThreadFailure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly target: ErrorTarget | undefined;
  /** The cause, described for the log. */
  readonly cause: string | undefined;
}

/** The failure that whatever was thrown is for the caller. */
export function toThreadFailure(thrown: unknown): ThreadFailure {
  const error = toEngineError(thrown);
  const { code, message, target } = error;
  const cause = 'cause' in error ? describeCause(error.cause) : undefined;
  return { code, message, target, cause };
}

/** The error that was posted. */
export function fromThreadFailure({ code, message, target, cause: stack }: ThreadFailure): EngineError {
  if (stack === undefined) return new EngineError(code, message, target ? { target } : {});
  const cause = new Error();
  cause.stack = stack;
  return new EngineError(code, message, { ...(target && { target }), cause });
}
