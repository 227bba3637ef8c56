/** The tables that a program scores, and those that it gets back: the bodies of the HTTP API. */

/** Rows to score: one cell per field in each row. */
export interface ScoringTable {
  readonly fields: readonly string[];
  readonly values: readonly (readonly unknown[])[];
  /** Attributes of the rows that the model does not know. */
  readonly meta?: { readonly fields: readonly string[]; readonly values: readonly (readonly unknown[])[] } | undefined;
}

/** Several tables that are scored together. */
export interface ScoringEnvelope {
  readonly input_data: readonly ScoringTable[];
}

/** The scored rows, in their order: the columns of the request, then the result columns. */
export interface ScoredTable {
  fields: string[];
  values: unknown[][];
  /** The classes, in the order of the probability vectors; undefined for a regression. */
  labels?: (string | number | boolean)[];
}

/** The scored tables of an envelope, in their order. */
export interface ScoredEnvelope {
  predictions: ScoredTable[];
}

export interface ScoreOptions {
  /** Gives up on a model that runs on another server. */
  readonly signal?: AbortSignal | undefined;
}
