/** Everything that decides what `train` learns, how, and where to. */
import type { CsvFormat } from '../csv/read-csv.ts';
import type { Survey } from '../csv/survey-columns.ts';
import type { DeploymentDescription } from '../models/deployment-file.ts';
import type { LearningOptions } from './forest/learn-forest.ts';
import type { Hyperparameters, KindChoice } from './hyperparameters.ts';
import type { LearnedModel, Lesson } from './learned-model.ts';
import type { TrainingPlan } from './plan-training.ts';
import type { TrainingChoices } from './training-choices.ts';

export interface TrainingOptions extends LearningOptions {
  /** The CSV file. */
  readonly file: string;
  readonly format?: CsvFormat;
  readonly choices: TrainingChoices;
  readonly kind: KindChoice;
  readonly hyperparameters: Hyperparameters;
  /** Another learner of the same kind; `hyperparameters` do not apply to it. */
  readonly learn?: (lesson: Lesson) => LearnedModel;
  readonly testFraction: number;
  /** The number of folds of a cross-validation; undefined for none, or for the default where kinds are compared. */
  readonly folds?: number;
  /** Whether a comparison of kinds may choose a weighted mean of several; true by default. */
  readonly blend?: boolean;
  /** How long comparing kinds may take, in seconds. */
  readonly budget?: number;
  /** Whether the model that is served learns from all rows, once it has been evaluated without those held out. */
  readonly refit: boolean;
  readonly seed: number;
  readonly deployment: DeploymentDescription;
  /** The folder of the deployments. */
  readonly out: string;
  /** Whether an existing deployment with this id is replaced. */
  readonly force: boolean;
  /** How many of the versions that have been replaced are kept. */
  readonly keep?: number;
  /** The command line, which the deployment records. */
  readonly command: string;
  /** The time of creation; now by default. */
  readonly date?: Date;
  /** Called with what was inferred, before anything is learned. */
  readonly onPlan?: (plan: TrainingPlan, survey: Survey) => void;
  /** Called after each model that is cross-validated, with the number so far, and of all. */
  readonly onComparison?: (models: number, total: number) => void;
  /** Called after each feature whose importance has been measured, with the number so far, and of all. */
  readonly onImportance?: (features: number, total: number) => void;
}
