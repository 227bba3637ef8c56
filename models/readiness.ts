/** The readiness of a remote deployment: whether its upstream answers. Local models are always ready. */

/** What is known about the upstream of a remote deployment. */
export interface ReadinessState {
  /** `unknown` until the first check. */
  readonly status: 'unknown' | 'ready' | 'failing';
  /** Why it fails, in the words that a caller would get. */
  readonly problem?: string;
  /** Set when the answer to the example differs from the recorded one: the model has been replaced. */
  readonly example?: 'differs';
}

/** Scores the example and returns whether the answer matches the recorded one. Throws what scoring throws. */
export type ScoreExample = (signal: AbortSignal) => Promise<boolean>;

/** Called when the state changes; the failure is for the log. */
export type OnReadinessState = (state: ReadinessState, failure: Error | undefined) => void;

/** What a request to an upstream came to. */
export interface RequestOutcome {
  /** The status of its reply; undefined if there was none. */
  readonly status: number | undefined;
  /** A word for why there is no good reply; undefined if there is one. */
  readonly failure: string | undefined;
  /** In milliseconds. */
  readonly time: number;
  /** Whether it repeats one that failed. */
  readonly isRetry: boolean;
}

/** Called after each request to an upstream. */
export type OnUpstreamRequest = (outcome: RequestOutcome) => void;

/** Checks in the background whether an upstream is ready. */
export interface Readiness {
  readonly state: ReadinessState;
  /** Whether calls are paused at present, because the upstream failed repeatedly. */
  readonly isCircuitOpen: boolean;
  /** Starts the checks. */
  start(scoreExample: ScoreExample, onState: OnReadinessState, onRequest?: OnUpstreamRequest): void;
  /** Stops the checks and cancels the current one. */
  close(): void;
}
