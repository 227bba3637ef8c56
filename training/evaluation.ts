/** The evaluation of a deployment on the rows that were held out: metrics, baseline and importances, as they are reported. */
import { score } from '../models/score-table.ts';
import type { Deployment } from '../models/deployment.ts';
import type { Scores } from '../models/model.ts';
import {
  evaluateClasses,
  evaluateRegression,
  toBaseline,
  type ClassMetrics,
  type RegressionMetrics,
} from './evaluate.ts';
import { Random, shuffle } from './forest/random.ts';
import { toRequest, type TrainingTable } from './load-table.ts';
import type { TrainingPlan } from './plan-training.ts';
import type { Split } from './split-rows.ts';

/** Rows a call: what OpenScale itself sends. */
const ROWS_A_CALL = 5000;
/** Importances are means over this many shuffles of at most so many rows. */
const SHUFFLES = 5;
const MOST_SHUFFLED_ROWS = 1000;

export type Metrics = ClassMetrics | RegressionMetrics;

/** How much worse the model gets when a feature is shuffled: in accuracy, or for a regression in R². */
export interface Importance {
  readonly feature: string;
  readonly mean: number;
  /** The standard deviation over the shuffles. */
  readonly std: number;
}

export interface Evaluation {
  readonly metrics: Metrics;
  readonly baseline: Metrics;
  /** The most important first. */
  readonly importances: readonly Importance[];
  /** The truth and the scores of the rows that were held out, for curves. */
  readonly truth: Float64Array;
  readonly scores: Scores;
}

/** Evaluates a deployment as it is served: requests of rows, through the checks that every score passes. */
export async function evaluate(
  deployment: Pick<Deployment, 'file' | 'model'>,
  table: TrainingTable,
  { training, test }: Split,
  { label }: TrainingPlan,
  seed: number,
): Promise<Evaluation> {
  const classCount = label.classes?.length ?? 0;
  const truth = Float64Array.from(test, (row) => table.target[row] as number);
  const scores = await scoreAll(deployment, table, test, classCount);
  const measure = (answer: Scores): Metrics =>
    classCount > 0 ? evaluateClasses(truth, answer, classCount) : evaluateRegression(truth, answer.predictions);
  return {
    metrics: measure(scores),
    baseline: measure(toBaseline(table.target, training, test.length, classCount)),
    importances: await toImportances(deployment, table, test, classCount, seed),
    truth,
    scores,
  };
}

async function scoreAll(
  deployment: Pick<Deployment, 'file' | 'model'>,
  table: TrainingTable,
  rows: Int32Array,
  classCount: number,
): Promise<Scores> {
  const predictions = new Float64Array(rows.length);
  const probabilities = new Float64Array(rows.length * classCount);
  for (let start = 0; start < rows.length; start += ROWS_A_CALL) {
    const part = await score(deployment, toRequest(table, rows.subarray(start, start + ROWS_A_CALL)));
    predictions.set(Array.from(part.predictions), start);
    if (part.probabilities) probabilities.set(Array.from(part.probabilities), start * classCount);
  }
  return classCount > 0 ? { predictions, probabilities } : { predictions };
}

/** Permutation importance (Breiman 2001), on rows that the model has not learned from. */
async function toImportances(
  deployment: Pick<Deployment, 'file' | 'model'>,
  table: TrainingTable,
  test: Int32Array,
  classCount: number,
  seed: number,
): Promise<Importance[]> {
  const random = new Random(seed, 1);
  const rows = shuffle(test.slice(), random).subarray(0, MOST_SHUFFLED_ROWS);
  const request = toRequest(table, rows);
  const truth = Float64Array.from(rows, (row) => table.target[row] as number);
  const measure = async () => toQuality(truth, await score(deployment, request), classCount);
  const whole = await measure();
  const importances: Importance[] = [];
  for (const [column, feature] of request.fields.entries()) {
    const cells = request.values.map((row) => row[column]);
    const losses: number[] = [];
    for (let round = 0; round < SHUFFLES; round++) {
      const order = shuffle(Int32Array.from(rows.keys()), random);
      request.values.forEach((row, at) => (row[column] = cells[order[at] as number] ?? null));
      losses.push(whole - (await measure()));
    }
    request.values.forEach((row, at) => (row[column] = cells[at] ?? null));
    const mean = losses.reduce((sum, loss) => sum + loss, 0) / SHUFFLES;
    const std = Math.sqrt(losses.reduce((sum, loss) => sum + (loss - mean) ** 2, 0) / SHUFFLES);
    importances.push({ feature, mean, std });
  }
  return importances.sort((a, b) => b.mean - a.mean);
}

function toQuality(truth: Float64Array, { predictions }: Scores, classCount: number): number {
  if (classCount === 0) return evaluateRegression(truth, predictions).r2;
  return truth.filter((label, row) => predictions[row] === label).length / truth.length;
}
