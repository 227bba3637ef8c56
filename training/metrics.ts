/**
 * Metrics of a model on held-out rows, and of the baseline that ignores all features: the most frequent class, or the mean.
 * Formulas as in scikit-learn's metrics (https://scikit-learn.org/stable/modules/model_evaluation.html).
 */
import type { Scores } from '../models/model.ts';
import { toArea, toRocCurve } from './curves.ts';

/** Metrics of a classifier; `f1` has one value per class, and `confusion` is indexed by actual, then predicted class. */
export interface ClassMetrics {
  readonly accuracy: number;
  readonly balanced_accuracy: number;
  /** One against the rest, averaged over the classes that occur; NaN if fewer than two occur. */
  readonly roc_auc: number;
  readonly log_loss: number;
  /** The mean squared distance of the probabilities from the truth; halved for two classes, as usual. */
  readonly brier_score: number;
  /**
   * The expected calibration error: how far, on average, a probability is from the share of such rows that are of the class.
   * Of two classes it is that of the second, of more classes that of the predicted one.
   */
  readonly calibration_error: number;
  readonly f1: readonly number[];
  readonly confusion: readonly (readonly number[])[];
}

export interface RegressionMetrics {
  readonly rmse: number;
  readonly mae: number;
  readonly r2: number;
}

/** The metrics that are a single number, with their display names. */
export const METRIC_NAMES: readonly (readonly [key: keyof ClassMetrics | keyof RegressionMetrics, name: string])[] = [
  ['accuracy', 'Accuracy'],
  ['balanced_accuracy', 'Balanced accuracy'],
  ['roc_auc', 'ROC AUC'],
  ['log_loss', 'Log loss'],
  ['brier_score', 'Brier score'],
  ['calibration_error', 'Calibration error'],
  ['rmse', 'RMSE'],
  ['mae', 'MAE'],
  ['r2', 'R²'],
];

export type Metrics = ClassMetrics | RegressionMetrics;

/** As in Guo et al. 2017. */
const BINS = 15;
/** Probabilities are clipped here, so that the log loss stays finite. */
export const MIN_PROBABILITY = 1e-15;

/**
 * The metrics of a classifier.
 * @param truth one class index per row
 * @param scores for the same rows, with probabilities
 */
export function measureClasses(truth: ArrayLike<number>, scores: Scores, classCount: number): ClassMetrics {
  const probabilities = scores.probabilities as ArrayLike<number>;
  const confusion = Array.from({ length: classCount }, () => new Array<number>(classCount).fill(0));
  let brier = 0;
  for (let row = 0; row < truth.length; row++) {
    const label = truth[row] as number;
    const line = confusion[label] as number[];
    line[scores.predictions[row] as number] = (line[scores.predictions[row] as number] as number) + 1;
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
    ...measureProbabilities(truth, scores, classCount),
    brier_score: brier / truth.length / (classCount === 2 ? 2 : 1),
    f1: confusion.map((_, index) => toF1(confusion, index)),
    confusion,
  };
}

/** The metrics that calibration changes most. */
export function measureProbabilities(
  truth: ArrayLike<number>,
  scores: Scores,
  classCount: number,
): Pick<ClassMetrics, 'log_loss' | 'calibration_error'> {
  const { probabilities = [] } = scores;
  let sum = 0;
  for (let row = 0; row < truth.length; row++) {
    sum -= Math.log(Math.max(MIN_PROBABILITY, probabilities[row * classCount + (truth[row] as number)] as number));
  }
  return { log_loss: sum / truth.length, calibration_error: toCalibrationError(truth, scores, classCount) };
}

/** Of more classes than this, the confusion matrix is too large to be shown or kept. */
export const MAX_CONFUSION_CLASSES = 30;
const MAX_CONFUSIONS = 50;

/** How many rows of a class another class was predicted for. */
export interface Confusion {
  readonly actual: string | number;
  readonly predicted: string | number;
  readonly rows: number;
}

/** The pairs of different classes that were confused most often. */
export function listConfusions(
  { confusion }: Pick<ClassMetrics, 'confusion'>,
  classes: readonly (string | number)[],
): Confusion[] {
  const found = confusion.flatMap((line, actual) =>
    line.flatMap((rows, predicted) => (rows > 0 && actual !== predicted ? [{ actual, predicted, rows }] : [])),
  );
  return found
    .sort((a, b) => b.rows - a.rows)
    .slice(0, MAX_CONFUSIONS)
    .map(({ actual, predicted, rows }) => ({
      actual: classes[actual] as string | number,
      predicted: classes[predicted] as string | number,
      rows,
    }));
}

export type KeptMetrics =
  | ClassMetrics
  | (Omit<ClassMetrics, 'confusion'> & { readonly largest_confusions: readonly Confusion[] })
  | RegressionMetrics;

/** The metrics as they are kept: for many classes, the most frequent confusions stand for the whole matrix. */
export function toKeptMetrics(metrics: Metrics, classes: readonly (string | number)[] = []): KeptMetrics {
  if (!('confusion' in metrics) || classes.length <= MAX_CONFUSION_CLASSES) return metrics;
  const { confusion, ...others } = metrics;
  return { ...others, largest_confusions: listConfusions({ confusion }, classes) };
}

/** The metrics of a regression. */
export function measureRegression(truth: ArrayLike<number>, predictions: ArrayLike<number>): RegressionMetrics {
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

/** The scores of the baseline: every row gets the class shares of the training rows, or their mean. */
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

/** In BINS ranges of equal width, weighted by their rows (Naeini, Cooper, Hauskrecht 2015). */
function toCalibrationError(truth: ArrayLike<number>, scores: Scores, classCount: number): number {
  const probabilities = scores.probabilities as ArrayLike<number>;
  /** The sum of the probabilities minus the number of hits, in each range. */
  const differences = new Float64Array(BINS);
  for (let row = 0; row < truth.length; row++) {
    const index = classCount === 2 ? 1 : (scores.predictions[row] as number);
    const probability = probabilities[row * classCount + index] as number;
    // Votes are often on the bound of a range, and rounding must not move them.
    const bin = Math.min(BINS - 1, Math.floor(probability * BINS + 1e-9));
    differences[bin] = (differences[bin] as number) + probability - (truth[row] === index ? 1 : 0);
  }
  return differences.reduce((sum, difference) => sum + Math.abs(difference), 0) / truth.length;
}

function toMeanAuc(truth: ArrayLike<number>, probabilities: ArrayLike<number>, classCount: number): number {
  // For two classes, both curves have the same area.
  const classes = classCount === 2 ? [1] : Array.from({ length: classCount }, (_, index) => index);
  const areas = classes
    .map((index) => toRocCurve(truth, probabilities, classCount, index))
    .filter((curve) => curve.length > 0)
    .map(toArea);
  return areas.length === 0 ? NaN : toSum(areas) / areas.length;
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
