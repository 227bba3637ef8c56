import type { Evaluation } from './evaluate.ts';
import type { TrainingPlan } from './plan-training.ts';
import type { Split } from './split-rows.ts';

/** What came of a training, for its report and its command. */
export interface TrainingResult {
  /** The deployment's folder. */
  readonly folder: string;
  readonly plan: TrainingPlan;
  readonly split: Split;
  readonly evaluation: Evaluation;
  /** Seconds that the learning took. */
  readonly seconds: number;
}
