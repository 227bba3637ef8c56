/** The evaluation of a deployment on the held-out rows: metrics, baseline and importances. */
import { uncalibrate, type Calibration } from '../models/calibration.ts';
import { score } from '../models/score-table.ts';
import type { Deployment } from '../models/deployment.ts';
import { bootstrapMetrics, type Intervals } from './evaluation/bootstrap.ts';
import { measureFairness, type Fairness } from './evaluation/fairness.ts';
import { toProfile, type Profile } from './evaluation/profile.ts';
import type { Scores } from '../models/model.ts';
import { judgeModel, type Verdict } from './judge-model.ts';
import { measureImportances, type Importance, type ImportanceOptions } from './importances.ts';
import {
  measureClasses,
  measureProbabilities,
  measureRegression,
  toBaseline,
  type ClassMetrics,
  type Metrics,
} from './metrics.ts';
import { toRequest, type TrainingTable } from './load-table.ts';
import type { TrainingPlan } from './plan-training.ts';
import { choosePositive } from './positive-class.ts';
import type { Split } from './split-rows.ts';

/** Rows per call, as many as OpenScale sends. */
const ROWS_PER_CALL = 5000;
export interface Evaluation {
  readonly metrics: Metrics;
  readonly baseline: Metrics;
  /** Of calibrated probabilities: what they were before. */
  readonly uncalibrated: Pick<ClassMetrics, 'log_loss' | 'calibration_error'> | undefined;
  /** The most important first. */
  readonly importances: readonly Importance[];
  /** Actual labels and scores of the held-out rows, for curves. */
  readonly truth: Float64Array;
  readonly scores: Scores;
  readonly verdict: Verdict;
  /** Undefined for very few rows. */
  readonly intervals: Intervals | undefined;
  /** The position of the positive class of a binary label. */
  readonly positive: number | undefined;
  readonly fairness: Fairness;
  readonly profile: Profile;
}

/**
 * Evaluates a deployment as it is served: through scoring requests, with every check that scores pass.
 * @throws the signal's reason if it is aborted
 */
export async function evaluate(
  deployment: Pick<Deployment, 'file' | 'model'>,
  table: TrainingTable,
  split: Split,
  { label }: TrainingPlan,
  seed: number,
  options: ImportanceOptions = {},
): Promise<Evaluation> {
  const { training, test } = split;
  const { classes } = label;
  const classCount = classes?.length ?? 0;
  const truth = Float64Array.from(test, (row) => table.target[row] as number);
  const scores = await scoreAll(deployment, table, test, classCount);
  const measure = (answer: Scores): Metrics =>
    classCount > 0 ? measureClasses(truth, answer, classCount) : measureRegression(truth, answer.predictions);
  const baselineScores = toBaseline(table.target, training, test.length, classCount);
  const [metrics, baseline] = [measure(scores), measure(baselineScores)];
  const profile = toProfile(table, split, classCount);
  return {
    metrics,
    baseline,
    uncalibrated: toUncalibrated(deployment.file.settings, truth, scores, classCount),
    verdict: judgeModel({ truth, scores, metrics, baselineScores, baseline, classCount }),
    importances: await measureImportances(deployment, table, test, classCount, seed, options),
    truth,
    scores,
    intervals: bootstrapMetrics(truth, scores, classCount, seed),
    positive: label.positive ?? choosePositive(profile.classes.map((rows) => rows.training)),
    fairness: measureFairness({ table, training, test, truth, predictions: scores.predictions, classes }),
    profile,
  };
}

function toUncalibrated(
  settings: unknown,
  truth: Float64Array,
  { predictions, probabilities = [] }: Scores,
  classCount: number,
): Evaluation['uncalibrated'] {
  const { calibration } = settings as { calibration?: Calibration };
  if (!calibration) return undefined;
  const before = { predictions, probabilities: uncalibrate(probabilities, classCount, calibration) };
  return measureProbabilities(truth, before, classCount);
}

/** Scores rows through requests, as many rows in each as OpenScale sends. */
export async function scoreAll(
  deployment: Pick<Deployment, 'file' | 'model'>,
  table: TrainingTable,
  rows: Int32Array,
  classCount: number,
): Promise<Scores> {
  const predictions = new Float64Array(rows.length);
  const probabilities = new Float64Array(rows.length * classCount);
  for (let start = 0; start < rows.length; start += ROWS_PER_CALL) {
    const part = await score(deployment, toRequest(table, rows.subarray(start, start + ROWS_PER_CALL)));
    predictions.set(Array.from(part.predictions), start);
    if (part.probabilities) probabilities.set(Array.from(part.probabilities), start * classCount);
  }
  return classCount > 0 ? { predictions, probabilities } : { predictions };
}
