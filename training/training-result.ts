import type { CrossValidation } from './cross-validate.ts';
import type { Evaluation } from './evaluate.ts';
import type { FairnessComparison } from './evaluation/fairness.ts';
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
export function toTrainingSummary(result: TrainingResult) {
  const { folder, plan, kind, hyperparameters, split, evaluation, seconds } = result;
  const { metrics, baseline, uncalibrated, importances, verdict, intervals, positive, fairness } = evaluation;
  const { classes } = plan.label;
  return {
    folder,
    problem_type: plan.problemType,
    kind,
    hyperparameters,
    rows: { training: split.training.length, test: split.test.length },
    seconds,
    refitted: result.isRefitted,
    ...(positive !== undefined && { positive_class: classes?.[positive] as string | number }),
    metrics: toKeptMetrics(metrics, classes),
    ...(intervals && { intervals: { confidence: 0.95, samples: intervals.samples, ...intervals.metrics } }),
    baseline: toKeptMetrics(baseline, classes),
    ...(uncalibrated && { uncalibrated }),
    ...(result.outOfBag && { out_of_bag: result.outOfBag }),
    ...(result.crossValidation && { cross_validation: result.crossValidation }),
    beats_baseline: verdict.beatsBaseline,
    importances,
    low_disparate_impacts: fairness.comparisons.filter(({ isBelow }) => isBelow).map(toLowImpact),
    warnings: [...(verdict.warning ? [verdict.warning] : []), ...plan.warnings],
    notices: plan.notices,
  };
}

function toLowImpact({ attribute, group, outcome, rows, impact, otherImpact, mayBeChance }: FairnessComparison) {
  return {
    attribute,
    group,
    favourable: outcome,
    rows,
    // JSON has no NaN: there is no ratio to a group without favourable outcomes.
    on_group: Number.isNaN(impact) ? null : impact,
    on_others: Number.isNaN(otherImpact) ? null : otherImpact,
    may_be_chance: mayBeChance,
  };
}
