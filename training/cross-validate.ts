/** Cross-validation: how models of one kind, or of several, do on rows that they have not learned from. */
import type { LearnedKind } from './hyperparameters.ts';

/** The mean over the folds, and the standard deviation. */
export interface Figure {
  readonly mean: number;
  readonly std: number;
}

/** A kind that was compared. */
export interface Candidate {
  readonly kind: LearnedKind;
  /** By the keys of METRIC_NAMES; empty if the kind was not measured. */
  readonly metrics: Readonly<Record<string, Figure>>;
  /** How many folds were measured: the budget can end before the last. */
  readonly folds: number;
  /** How long its folds took. */
  readonly seconds: number;
  /** Why it was not measured, or not on all folds: one sentence. */
  readonly note?: string;
}

/** The result of a cross-validation of the training rows. */
export interface CrossValidation {
  /** The key of the metric that decides: `log_loss` or `rmse`. */
  readonly metric: string;
  readonly folds: number;
  /** In the order of the kinds. */
  readonly candidates: readonly Candidate[];
  /** The kind that was learned in the end. */
  readonly chosen: LearnedKind;
}
