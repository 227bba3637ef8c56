/** A metrics provider as the settings of the engine describe it, ready to compute. */
import type { CommonParameters } from './common-parameters.ts';
import type { DataSetType, MetricDefinition, MetricGroup, ProviderInput, TagDefinition } from './provider-kind.ts';

/** The parameters of a run, checked. */
export interface RunParameters {
  readonly common: CommonParameters;
  readonly own: unknown;
}

export interface MetricsProvider {
  readonly name: string;
  readonly metrics: readonly MetricDefinition[];
  readonly tags: readonly TagDefinition[];
  /** The data sets that it can use, the preferred one first. */
  readonly dataSets: readonly DataSetType[];
  /** Whether feedback without predictions is scored first. */
  readonly needsScores: boolean;
  /**
   * Checks the parameters of a monitor instance, which take precedence over those of the settings.
   * @throws {ProviderError} with every problem
   */
  readonly parse: (parameters: Readonly<Record<string, unknown>>) => RunParameters;
  /** Computes the metrics; a signal that is aborted ends it where it can be ended. */
  readonly compute: (input: ProviderInput, own: unknown, signal: AbortSignal) => Promise<readonly MetricGroup[]>;
}
