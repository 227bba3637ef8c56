import { CommandError } from '../errors/command-error.ts';
import { EngineError } from '../errors/engine-error.ts';
import { DeploymentError } from '../errors/deployment-error.ts';
import { findFailure } from './find-failure.ts';

/** Turns what went wrong while rows were scored into an error of the command; problems of the settings stay unchanged. */
export function toCommandError(error: unknown): CommandError | DeploymentError {
  if (error instanceof CommandError) return error;
  const failure = findFailure(error);
  if (failure) return new CommandError(failure.message, { cause: failure });
  const refused = error instanceof DeploymentError ? error.cause : error;
  if (refused instanceof EngineError && refused.code !== 'model_failed')
    return new CommandError(`--rows: ${refused.message.replace(/^example\./, '')}`);
  if (error instanceof DeploymentError && !(refused instanceof EngineError)) return error;
  const { message } = (refused instanceof EngineError ? refused.cause : refused) as Error;
  return new CommandError(`The rows cannot be sent: ${message}.`);
}
