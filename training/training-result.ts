import type { CrossValidation } from './cross-validate.ts';
import type { Evaluation } from './evaluate.ts';
import type { TrainedKind } from './hyperparameters.ts';
import type { LearnedModel } from './learned-model.ts';
import { toKeptMetrics } from './metrics.ts';
import type { TrainingPlan } from './plan-training.ts';
import type { Split } from './split-rows.ts';

/** The result of a training. */
export interface TrainingResult {
  /** The deployment's folder. */
  readonly folder: string;
  readonly plan: TrainingPlan;
  readonly kind: TrainedKind;
  /** Those that were in effect. */
  readonly hyperparameters: LearnedModel['hyperparameters'];
  readonly split: Split;
  /** The figures of a model that learned from the training rows alone. */
  readonly evaluation: Evaluation;
  /** How one kind, or several, did on the training rows, if that was asked for. */
  readonly crossValidation?: CrossValidation;
  /** The out-of-bag figures of a forest, by the keys of METRIC_NAMES: each row judged by the trees that did not learn from it. */
  readonly outOfBag?: Readonly<Record<string, number>>;
  /** Whether the model that is served was learned once more, from all rows. */
  readonly isRefitted: boolean;
  /** How long learning took. */
  readonly seconds: number;
}

/** The result for programs: what `train --json` prints. */
export function toTrainingSummary({ folder, plan, split, evaluation, seconds }: TrainingResult) {
  const { metrics, baseline, uncalibrated, importances, verdict } = evaluation;
  return {
    folder,
    problem_type: plan.problemType,
    rows: { training: split.training.length, test: split.test.length },
    seconds,
    metrics: toKeptMetrics(metrics, plan.label.classes),
    baseline: toKeptMetrics(baseline, plan.label.classes),
    ...(uncalibrated && { uncalibrated }),
    beats_baseline: verdict.beatsBaseline,
    importances,
    warnings: [...(verdict.warning ? [verdict.warning] : []), ...plan.warnings],
    notices: plan.notices,
  };
}
