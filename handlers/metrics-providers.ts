/** What the engine offers the handler of metrics providers. */
import { EngineError } from '../errors/engine-error.ts';
import type { components } from '../generated/api.ts';

type Schemas = components['schemas'];

/** A run of a custom monitor, as OpenScale names it. */
export type MetricsRunRequest = Schemas['MetricsRunRequest'];

/** How far a run is. */
export type MetricsRun = Schemas['MetricsRun'];

/** Evaluates runs of custom monitors. */
export interface MetricsProviders {
  /**
   * Evaluates a run, and waits for its end, but not for long: it goes on when the caller has an answer, or has gone.
   * @param name of the provider
   * @throws {EngineError} metrics_provider_not_found, invalid_value, too_busy, stopping, interrupted, or a failure of OpenScale's
   */
  run(name: string, request: MetricsRunRequest): Promise<MetricsRun>;
}

/** The error for a name that no provider has. */
export function toNotFound(): EngineError {
  return new EngineError(
    'metrics_provider_not_found',
    'This engine has no metrics provider of this name. ENGINE_METRICS_PROVIDERS names the file with the providers.',
    { target: { type: 'parameter', name: 'name' } },
  );
}
