import type { Evaluation } from './evaluate.ts';
import { toKeptMetrics } from './metrics.ts';
import type { TrainingPlan } from './plan-training.ts';
import type { Split } from './split-rows.ts';

/** The result of a training. */
export interface TrainingResult {
  /** The deployment's folder. */
  readonly folder: string;
  readonly plan: TrainingPlan;
  readonly split: Split;
  readonly evaluation: Evaluation;
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
