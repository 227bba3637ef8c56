/** What a deployment whose model lives elsewhere tells of it: whether it can be asked. The models of this process always can. */

/** What is known of a model that lives elsewhere. */
export interface ReadinessState {
  /** `unknown` until it was asked for the first time. */
  readonly status: 'unknown' | 'ready' | 'failing';
  /** Why it fails, as a caller would be told. */
  readonly problem?: string;
  /** Whether it answers the recorded example otherwise: it is another model by now. */
  readonly example?: 'differs';
}

/** Scores the example; whether the answer is the recorded one. Throws what scoring throws. */
export type ScoreExample = (signal: AbortSignal) => Promise<boolean>;

/** Told of a state that is not the one before; the failure is for the log. */
export type OnReadinessState = (state: ReadinessState, failure: Error | undefined) => void;

export interface Readiness {
  readonly state: ReadinessState;
  /** Begins to look, in the background. */
  start(scoreExample: ScoreExample, onState: OnReadinessState): void;
  /** Ends it, and gives up the look that is under way. */
  close(): void;
}
