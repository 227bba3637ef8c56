/** Training for programs. */
import { basename, resolve } from 'node:path';
import { HYPERPARAMETERS, type Hyperparameters } from '../training/hyperparameters.ts';
import { trainInThread } from '../training/train-in-thread.ts';
import type { TrainingProgress } from '../training/training-thread.ts';
import { checkTrainingNumbers, toDeploymentId, TRAINING_DEFAULTS } from '../training/training-defaults.ts';

/** Run from source, there is only training-thread.ts. */
const THREAD = new URL(`../training/training-thread${import.meta.url.slice(-3)}`, import.meta.url);

/** What is learned, and how; the meanings and defaults are those of the options of `train` (docs/training.md). */
export interface TrainOptions {
  /** The column to predict. */
  readonly label: string;
  /** By default, those that suit the label are compared, and the best is learned. */
  readonly kind?:
    'auto' | 'random-forest' | 'gradient-boosting' | 'logistic-regression' | 'linear-regression' | undefined;
  /** Inferred from the label by default. */
  readonly problemType?: 'binary' | 'multiclass' | 'regression' | undefined;
  /** The positive class of a binary label; the rarer one by default. */
  readonly positive?: string | undefined;
  /** The columns to learn from; all by default. */
  readonly features?: readonly string[] | undefined;
  readonly drop?: readonly string[] | undefined;
  /** Columns to treat as categories, or as numbers. */
  readonly categorical?: readonly string[] | undefined;
  readonly numeric?: readonly string[] | undefined;
  /** The texts that mean a missing value. */
  readonly missing?: readonly string[] | undefined;
  readonly decimal?: '.' | ',' | undefined;
  readonly dates?: boolean | undefined;
  readonly dateOrder?: 'dmy' | 'mdy' | undefined;
  readonly safeNames?: boolean | undefined;
  readonly delimiter?: string | undefined;
  readonly encoding?: string | undefined;
  /** The share of the rows held out for evaluation; 0.2 by default. */
  readonly testFraction?: number | undefined;
  /** The column of groups, whose rows are held out together; or of times, of which the latest are held out. */
  readonly group?: string | undefined;
  readonly time?: string | undefined;
  /** Whether the model that is served learns from all rows, once it has been evaluated; true by default. */
  readonly refit?: boolean | undefined;
  /** The number of folds of a cross-validation; if kinds are compared, by default 5, or 10 with few rows; otherwise none. */
  readonly folds?: number | undefined;
  /** Whether a weighted mean of several kinds may be served, where it does better than each; true by default. */
  readonly blend?: boolean | undefined;
  /** How long comparing kinds may take, in seconds; 60 by default. */
  readonly budget?: number | undefined;
  readonly seed?: number | undefined;
  readonly trees?: number | undefined;
  readonly maxDepth?: number | undefined;
  readonly minLeaf?: number | undefined;
  readonly maxFeatures?: number | undefined;
  readonly bins?: number | undefined;
  /** Whether the probabilities of a forest are calibrated where that helps; true by default. */
  readonly calibration?: boolean | undefined;
  readonly learningRate?: number | undefined;
  readonly leaves?: number | undefined;
  readonly l2?: number | undefined;
  readonly featureFraction?: number | undefined;
  readonly rowFraction?: number | undefined;
  readonly objective?: 'squared-error' | 'poisson' | undefined;
  readonly classWeights?: 'none' | 'balanced' | undefined;
  readonly threads?: number | undefined;
  /** The id of the deployment; by default from the name of the file. */
  readonly id?: string | undefined;
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  /** Whether answers repeat the columns of the request; true by default. */
  readonly echo?: boolean | undefined;
  /** The folder of the deployments; ./deployments by default. */
  readonly out?: string | undefined;
  /** Whether an existing deployment with this id is replaced; false by default. */
  readonly force?: boolean | undefined;
  /** How many of the versions that have been replaced are kept; 5 by default. */
  readonly keep?: number | undefined;
  /** Stops the training; nothing is written then. */
  readonly signal?: AbortSignal | undefined;
  /** Called after each tree of a forest and each iteration of boosting, with the number so far and their total. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** Metrics on the held-out rows: of a classifier, or of a regression. */
export type Metrics =
  | {
      readonly accuracy: number;
      readonly balanced_accuracy: number;
      readonly roc_auc: number;
      readonly log_loss: number;
      readonly brier_score: number;
      /** The expected calibration error, over 15 ranges of probabilities. */
      readonly calibration_error: number;
      /** One value per class; 0 where there is nothing to divide by. */
      readonly precision: readonly number[];
      readonly recall: readonly number[];
      readonly f1: readonly number[];
      /** The number of held-out rows of each class. */
      readonly support: readonly number[];
      /** Numbers of rows by actual, then predicted class, of at most 30 classes. */
      readonly confusion?: readonly (readonly number[])[];
      /** Of more classes, those that were confused most often. */
      readonly largest_confusions?: readonly {
        readonly actual: string | number;
        readonly predicted: string | number;
        readonly rows: number;
      }[];
    }
  | { readonly rmse: number; readonly mae: number; readonly r2: number };

/** The bounds that have a metric with the given confidence. */
export type Interval = readonly [low: number, high: number];

/** How a kind did in cross-validation; metrics by their names, as means over the folds, with standard deviations of several. */
export interface Candidate {
  readonly kind: string;
  /** Of a blend: the weights of its members. */
  readonly weights?: Readonly<Record<string, number>>;
  readonly metrics: Readonly<Record<string, { readonly mean: number; readonly std?: number }>>;
  readonly folds: number;
  readonly seconds: number;
  readonly note?: string;
}

/** The result of a training, as `train --json` prints it. */
export interface TrainResult {
  /** The folder of the deployment. */
  readonly folder: string;
  readonly problem_type: 'binary' | 'multiclass' | 'regression';
  /** The kind that was learned, and the hyperparameters that were in effect. */
  readonly kind: 'random-forest' | 'gradient-boosting' | 'logistic-regression' | 'linear-regression' | 'blend';
  readonly hyperparameters: Readonly<Record<string, number | string | boolean>>;
  readonly rows: { readonly training: number; readonly test: number };
  /** How long learning took. */
  readonly seconds: number;
  /** Whether the model that is served was learned once more, from all rows; the figures are of the one before. */
  readonly refitted: boolean;
  /** The positive class of a binary label. */
  readonly positive_class?: string | number;
  readonly metrics: Metrics;
  /** Confidence intervals by bootstrap, of those metrics that are one number. */
  readonly intervals?: {
    readonly confidence: number;
    readonly samples: number;
    readonly accuracy?: Interval;
    readonly balanced_accuracy?: Interval;
    readonly roc_auc?: Interval;
    readonly log_loss?: Interval;
    readonly brier_score?: Interval;
    readonly calibration_error?: Interval;
    readonly rmse?: Interval;
    readonly mae?: Interval;
    readonly r2?: Interval;
  };
  /** The metrics of the most frequent class, or of the mean. */
  readonly baseline: Metrics;
  /** Whether the model is better than the baseline, by more than chance. */
  readonly beats_baseline: boolean;
  /** The metrics before calibration, if the probabilities are calibrated. */
  readonly uncalibrated?: { readonly log_loss: number; readonly calibration_error: number };
  /** The out-of-bag metrics of a forest. */
  readonly out_of_bag?: Readonly<Record<string, number>>;
  readonly cross_validation?: {
    readonly metric: string;
    readonly folds: number;
    /** How many of the training rows the folds had in all. */
    readonly rows: number;
    readonly candidates: readonly Candidate[];
    readonly chosen: string;
  };
  /** The groups with a disparate impact below 0.8, on the group or on all others. */
  readonly low_disparate_impacts: readonly {
    readonly attribute: string;
    readonly group: string;
    readonly favourable: string;
    readonly rows: number;
    readonly on_group: number | null;
    readonly on_others: number | null;
    readonly may_be_chance: boolean;
  }[];
  /** The rise of the log loss, or of the mean squared error, when a feature is shuffled; the most important feature first. */
  readonly importances: readonly { readonly feature: string; readonly mean: number; readonly std: number }[];
  readonly warnings: readonly string[];
  readonly notices: readonly string[];
}

/**
 * Trains a model on a CSV file, evaluates it, and writes a deployment.
 * @throws {CommandError} when the file or the options are wrong; messages name options as the command line does
 */
export async function train(file: string, options: TrainOptions): Promise<TrainResult> {
  checkTrainingNumbers(options);
  const { delimiter, encoding, threads, signal, onProgress, ...others } = withoutUndefined(options);
  const { kind = TRAINING_DEFAULTS.kind, folds, blend, budget, ...given } = others;
  const { testFraction, seed, out, refit, ...rest } = {
    testFraction: TRAINING_DEFAULTS.testFraction,
    seed: TRAINING_DEFAULTS.seed,
    out: TRAINING_DEFAULTS.out,
    refit: TRAINING_DEFAULTS.refit,
    ...given,
  };
  const { id = toDeploymentId(file), name = id, description = `Predicts ${options.label}.`, ...more } = rest;
  const { echo = true, force = false, keep, ...choosing } = more;
  const [hyperparameters, choices] = splitHyperparameters(choosing);
  const task = {
    file,
    format: withoutUndefined({ delimiter, encoding }),
    choices,
    kind,
    hyperparameters,
    testFraction,
    refit,
    seed,
    deployment: { id, name, description, echo },
    out,
    force,
    command: toCommand(file, options),
    ...withoutUndefined({ threads, folds, blend, budget, keep }),
  };
  return trainInThread<TrainingProgress, TrainResult>(THREAD, task, {
    ...withoutUndefined({ signal }),
    onNews: ({ done, total }) => onProgress?.(done, total),
  });
}

/** The call as the deployment records it: without the folders of this machine. */
function toCommand(file: string, { signal: _, onProgress: __, out, ...options }: TrainOptions): string {
  const shown = { ...options, ...(out !== undefined && { out: basename(resolve(out)) }) };
  return `train(${JSON.stringify(basename(file))}, ${JSON.stringify(shown)})`;
}

/** The hyperparameters of some options, and what is left of them. */
function splitHyperparameters<Options extends Hyperparameters>(
  options: Options,
): [Hyperparameters, Omit<Options, keyof Hyperparameters>] {
  const isHyperparameter = ([key]: readonly [string, unknown]) => Object.hasOwn(HYPERPARAMETERS, key);
  const entries = Object.entries(options);
  return [
    Object.fromEntries(entries.filter(isHyperparameter)),
    Object.fromEntries(entries.filter((entry) => !isHyperparameter(entry))) as Omit<Options, keyof Hyperparameters>,
  ];
}

type Defined<Value> = { [Key in keyof Value]: Exclude<Value[Key], undefined> };

/** An object without the keys that are undefined. */
function withoutUndefined<Value extends object>(value: Value): Partial<Defined<Value>> & Defined<RequiredOf<Value>> {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as never;
}

/** The keys of a type that are always there. */
type RequiredOf<Value> = { [Key in keyof Value as undefined extends Value[Key] ? never : Key]: Value[Key] };
