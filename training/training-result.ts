import type { Evaluation } from './evaluate.ts';
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
