/**
 * What a model is to the rest of the engine: a thing that scores a table. Whether it is a forest in this process or an
 * endpoint across the network is its own business.
 */
import type { Table } from './table.ts';

/**
 * The scores of n rows. A regressor gives n finite numbers, in the unit of the label. A classifier of k classes gives n
 * class indices, in the order of the deployment's classes, and where it can n × k probabilities, row by row: each in 0..1,
 * each row summing to 1, and the first of its greatest the prediction.
 */
export interface Scores {
  readonly predictions: ArrayLike<number>;
  readonly probabilities?: ArrayLike<number>;
}

/** The request that a table is scored for, as a model that waits for others needs to know it. */
export interface ScoringCall {
  /** Aborted when whoever asked has gone; undefined where nobody can go. */
  readonly signal: AbortSignal | undefined;
  /** Does what mostly waits: meanwhile the call takes no place of those that work. */
  waitFor<Value>(work: () => Promise<Value>): Promise<Value>;
  /** When it began to wait for others, as performance.now() tells it: all tables of a call have one time limit together. */
  waitsSince(): number;
  /** Adds to the log line of the request. */
  note(details: { readonly target_calls: number; readonly target_ms: number }): void;
}

/** The call of a table that nobody waits for, such as an example. */
export const NO_CALL: ScoringCall = {
  signal: undefined,
  waitFor: (work) => work(),
  waitsSince: () => performance.now(),
  note: () => undefined,
};

export interface Model {
  /** Scores every row, in order. Throws when it cannot; a thrown EngineError is for the caller, all else is a failure. */
  score(table: Table, call?: ScoringCall): Scores | Promise<Scores>;
}

/** The class with the greatest probability in each of the rows; of equal ones the first. */
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
