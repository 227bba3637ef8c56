/**
 * How good a model is on rows that it has not learned from, beside a baseline that knows nothing: the commonest class, or
 * the mean. Formulas as in scikit-learn's metrics (https://scikit-learn.org/stable/modules/model_evaluation.html).
 */
import type { Scores } from '../models/model.ts';

/** Metrics of a classifier; `f1` a class in their order, `confusion[true][predicted]`. */
export interface ClassMetrics {
  readonly accuracy: number;
  readonly balanced_accuracy: number;
  /** One against the rest, the mean over the classes that occur; NaN where there are no two. */
  readonly roc_auc: number;
  readonly log_loss: number;
  /** The mean squared distance of the vector from the truth; halved for two classes, as is the custom. */
  readonly brier_score: number;
  readonly f1: readonly number[];
  readonly confusion: readonly (readonly number[])[];
}

export interface RegressionMetrics {
  readonly rmse: number;
  readonly mae: number;
  readonly r2: number;
}

/** Probabilities below this would make the log loss of one row infinite. */
const LEAST_PROBABILITY = 1e-15;

/**
 * The metrics of a classifier.
 * @param truth a class index a row
 * @param scores as many rows, with probabilities
 */
export function evaluateClasses(truth: ArrayLike<number>, scores: Scores, classCount: number): ClassMetrics {
  const probabilities = scores.probabilities as ArrayLike<number>;
  const confusion = Array.from({ length: classCount }, () => new Array<number>(classCount).fill(0));
  let logLoss = 0;
  let brier = 0;
  for (let row = 0; row < truth.length; row++) {
    const label = truth[row] as number;
    const line = confusion[label] as number[];
    line[scores.predictions[row] as number] = (line[scores.predictions[row] as number] as number) + 1;
    logLoss -= Math.log(Math.max(LEAST_PROBABILITY, probabilities[row * classCount + label] as number));
    for (let index = 0; index < classCount; index++) {
      brier += ((probabilities[row * classCount + index] as number) - (index === label ? 1 : 0)) ** 2;
    }
  }
  const occurring = confusion.filter((line) => toSum(line) > 0);
  const recalls = confusion.flatMap((line, index) => (toSum(line) > 0 ? [(line[index] as number) / toSum(line)] : []));
  return {
    accuracy: toSum(confusion.map((line, index) => line[index] as number)) / truth.length,
    balanced_accuracy: toSum(recalls) / occurring.length,
    roc_auc: toMeanAuc(truth, probabilities, classCount),
    log_loss: logLoss / truth.length,
    brier_score: brier / truth.length / (classCount === 2 ? 2 : 1),
    f1: confusion.map((_, index) => toF1(confusion, index)),
    confusion,
  };
}

/** The metrics of a regressor: predictions beside the truth. */
export function evaluateRegression(truth: ArrayLike<number>, predictions: ArrayLike<number>): RegressionMetrics {
  const values = Array.from(truth);
  const mean = toSum(values) / values.length;
  const errors = values.map((value, row) => value - (predictions[row] as number));
  const squares = toSum(errors.map((error) => error * error));
  const spread = toSum(values.map((value) => (value - mean) ** 2));
  return {
    rmse: Math.sqrt(squares / values.length),
    mae: toSum(errors.map(Math.abs)) / values.length,
    r2: 1 - squares / spread,
  };
}

/** The scores of a model that gives every row what was commonest in training: the classes' shares, or the mean. */
export function toBaseline(target: Float64Array, training: Int32Array, rows: number, classCount: number): Scores {
  const labels = Array.from(training, (row) => target[row] as number);
  if (classCount === 0) return { predictions: new Float64Array(rows).fill(toSum(labels) / labels.length) };
  const shares = Array.from(
    { length: classCount },
    (_, index) => labels.filter((label) => label === index).length / labels.length,
  );
  return {
    predictions: new Int32Array(rows).fill(shares.indexOf(Math.max(...shares))),
    probabilities: Float64Array.from({ length: rows * classCount }, (_, at) => shares[at % classCount] as number),
  };
}

/** A point of a curve. */
export type Point = readonly [x: number, y: number];

/**
 * The ROC curve of a class against the rest: false positive rate and true positive rate at every threshold, from (0, 0) to
 * (1, 1). Empty where the class, or the rest, does not occur.
 */
export function toRocCurve(
  truth: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  classCount: number,
  positive: number,
): Point[] {
  const rows = Array.from({ length: truth.length }, (_, row) => ({
    score: probabilities[row * classCount + positive] as number,
    hit: truth[row] === positive ? 1 : 0,
  })).sort((a, b) => b.score - a.score);
  const hits = toSum(rows.map(({ hit }) => hit));
  const misses = rows.length - hits;
  if (hits === 0 || misses === 0) return [];
  const curve: Point[] = [[0, 0]];
  let seen = 0;
  rows.forEach(({ score, hit }, index) => {
    seen += hit;
    if (rows[index + 1]?.score !== score) curve.push([(index + 1 - seen) / misses, seen / hits]);
  });
  return curve;
}

/**
 * How probabilities and frequencies agree: of the rows in each tenth of the probabilities of a class, the mean probability
 * and the share that is of the class. Tenths without rows are left out.
 */
export function toCalibration(
  truth: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  classCount: number,
  positive: number,
): Point[] {
  const tenths = Array.from({ length: 10 }, () => ({ rows: 0, probability: 0, hits: 0 }));
  for (let row = 0; row < truth.length; row++) {
    const probability = probabilities[row * classCount + positive] as number;
    const tenth = tenths[Math.min(9, Math.floor(probability * 10))] as {
      rows: number;
      probability: number;
      hits: number;
    };
    tenth.rows += 1;
    tenth.probability += probability;
    tenth.hits += truth[row] === positive ? 1 : 0;
  }
  return tenths.filter(({ rows }) => rows > 0).map(({ rows, probability, hits }) => [probability / rows, hits / rows]);
}

function toMeanAuc(truth: ArrayLike<number>, probabilities: ArrayLike<number>, classCount: number): number {
  // For two classes the second alone says it all.
  const classes = classCount === 2 ? [1] : Array.from({ length: classCount }, (_, index) => index);
  const areas = classes
    .map((index) => toRocCurve(truth, probabilities, classCount, index))
    .filter((curve) => curve.length > 0)
    .map(toArea);
  return areas.length === 0 ? NaN : toSum(areas) / areas.length;
}

/** The area under a curve, by trapezoids. */
function toArea(curve: readonly Point[]): number {
  return toSum(
    curve.slice(1).map(([x, y], index) => {
      const [before, height] = curve[index] as Point;
      return ((x - before) * (y + height)) / 2;
    }),
  );
}

function toF1(confusion: readonly (readonly number[])[], index: number): number {
  const hits = confusion[index]?.[index] as number;
  const actual = toSum(confusion[index] as number[]);
  const predicted = toSum(confusion.map((line) => line[index] as number));
  return actual + predicted === 0 ? 0 : (2 * hits) / (actual + predicted);
}

function toSum(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
