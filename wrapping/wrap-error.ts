import { EngineError } from '../errors/engine-error.ts';
import { DeploymentError } from '../errors/deployment-error.ts';
import type { UpstreamError } from '../upstream/upstream-error.ts';
import { findFailure } from './find-failure.ts';

/** Why a model cannot be wrapped, in a sentence for the person who ran the command. */
export class WrapError extends Error {
  override readonly name = 'WrapError';
  /** The failure of the upstream, where it is one. */
  readonly failure: UpstreamError | undefined;

  constructor(message: string, failure?: UpstreamError) {
    super(message);
    this.failure = failure;
  }
}

/** What went wrong while an upstream was asked, for a person; problems of the settings stay what they are. */
export function toWrapError(error: unknown): WrapError | DeploymentError {
  if (error instanceof WrapError) return error;
  const failure = findFailure(error);
  if (failure) return new WrapError(failure.message, failure);
  const refused = error instanceof DeploymentError ? error.cause : error;
  if (refused instanceof EngineError && refused.code !== 'model_failed')
    return new WrapError(`--rows: ${refused.message.replace(/^example\./, '')}`);
  if (error instanceof DeploymentError && !(refused instanceof EngineError)) return error;
  const { message } = (refused instanceof EngineError ? refused.cause : refused) as Error;
  return new WrapError(`The rows cannot be sent: ${message}.`);
}
