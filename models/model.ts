/**
 * What a model is to the rest of the engine: something that scores a table, be it a forest in this process or an endpoint
 * across the network.
 */
import type { Context } from '@opentelemetry/api';
import type { Table } from './table.ts';

/**
 * The scores of n rows. A regressor returns n finite numbers, in the unit of the label. A classifier of k classes returns n
 * class indices, in the order of the deployment's classes, and optionally n × k probabilities, row by row: each in 0..1,
 * each row summing to 1, and the prediction being the first class with the highest probability.
 */
export interface Scores {
  readonly predictions: ArrayLike<number>;
  readonly probabilities?: ArrayLike<number>;
}

/** What a remote model needs to know about the request that a table is scored for. */
export interface ScoringCall {
  /** The trace that requests to other systems continue (OpenTelemetry); undefined if there is none. */
  readonly trace?: Context | undefined;
  /** Aborted when the caller has disconnected; undefined where there is no caller. */
  readonly signal: AbortSignal | undefined;
  /** Runs work that mostly waits; meanwhile the call gives its concurrency slot back. */
  waitFor<Value>(work: () => Promise<Value>): Promise<Value>;
  /** When the call started to wait, as performance.now(): all tables of a call share one time limit. */
  waitsSince(): number;
  /** Adds details to the request's log line. */
  note(details: { readonly target_calls: number; readonly target_ms: number }): void;
}

/** For a table that is scored outside a request, such as an example. */
export const NO_CALL: ScoringCall = {
  signal: undefined,
  waitFor: (work) => work(),
  waitsSince: () => performance.now(),
  note: () => undefined,
};

export interface Model {
  /** Scores every row, in order. A thrown EngineError is for the caller; any other error is reported as model_failed. */
  score(table: Table, call?: ScoringCall): Scores | Promise<Scores>;
}

/** The most probable class of each row; the first of equally probable ones. */
export function toPredictions(probabilities: ArrayLike<number>, classCount: number): Int32Array {
  const predictions = new Int32Array(probabilities.length / classCount);
  for (let row = 0, at = 0; row < predictions.length; row++, at += classCount) {
    let best = 0;
    for (let index = 1; index < classCount; index++) {
      if ((probabilities[at + index] as number) > (probabilities[at + best] as number)) best = index;
    }
    predictions[row] = best;
  }
  return predictions;
}
