/**
 * Metrics of a model on held-out rows, and of the baseline that ignores all features: the most frequent class, or the mean.
 * Formulas as in scikit-learn's metrics (https://scikit-learn.org/stable/modules/model_evaluation.html).
 */
import type { Scores } from '../models/model.ts';
import { countByThreshold, toArea, toRocCurve } from './curves.ts';
import { listConfusions, MAX_CONFUSION_CLASSES, type Confusion } from './evaluation/confusions.ts';
import { toCalibrationBins } from './evaluation/calibration-curve.ts';

/** Metrics of a classifier; lists have one value per class, and `confusion` is indexed by actual, then predicted class. */
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
  /** 0 for a class that is never predicted, or does not occur, as in scikit-learn. */
  readonly precision: readonly number[];
  readonly recall: readonly number[];
  readonly f1: readonly number[];
  /** The number of rows of each class. */
  readonly support: readonly number[];
  readonly confusion: readonly (readonly number[])[];
}

export interface RegressionMetrics {
  readonly rmse: number;
  readonly mae: number;
  readonly r2: number;
}

/** The metrics that are a single number, with their display names. */
export const METRIC_NAMES = [
  ['accuracy', 'Accuracy'],
  ['balanced_accuracy', 'Balanced accuracy'],
  ['roc_auc', 'ROC AUC'],
  ['log_loss', 'Log loss'],
  ['brier_score', 'Brier score'],
  ['calibration_error', 'Calibration error'],
  ['rmse', 'RMSE'],
  ['mae', 'MAE'],
  ['r2', 'R²'],
] as const satisfies readonly (readonly [key: keyof ClassMetrics | keyof RegressionMetrics, name: string])[];

export type Metrics = ClassMetrics | RegressionMetrics;
/** The key of a metric that is a single number. */
export type MetricKey = (typeof METRIC_NAMES)[number][0];

/** The ranges of the calibration error, as in Guo et al. 2017. */
export const CALIBRATION_BINS = 15;
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
    ...measureEachClass(confusion),
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

export type KeptMetrics =
  | ClassMetrics
  | (Omit<ClassMetrics, 'confusion'> & { readonly largest_confusions: readonly Confusion[] })
  | RegressionMetrics;

/** The metrics as they are kept: for many classes, the most frequent confusions stand for the whole matrix. */
export function toKeptMetrics(metrics: Metrics, classes: readonly (string | number)[] = []): KeptMetrics {
  if (!('confusion' in metrics) || classes.length <= MAX_CONFUSION_CLASSES) return metrics;
  const { confusion, ...others } = metrics;
  return { ...others, largest_confusions: listConfusions(confusion, classes) };
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

/** The mean distance of the probabilities from the shares of the class, by ranges (Naeini, Cooper, Hauskrecht 2015). */
function toCalibrationError(truth: ArrayLike<number>, scores: Scores, classCount: number): number {
  const positive = classCount === 2 ? 1 : undefined;
  const bins = toCalibrationBins(truth, scores, classCount, CALIBRATION_BINS, positive).filter(({ rows }) => rows > 0);
  return toSum(bins.map(({ rows, probability, share }) => rows * Math.abs(probability - share))) / truth.length;
}

function toMeanAuc(truth: ArrayLike<number>, probabilities: ArrayLike<number>, classCount: number): number {
  // For two classes, both curves have the same area.
  const classes = classCount === 2 ? [1] : Array.from({ length: classCount }, (_, index) => index);
  const areas = classes
    .map((index) => toRocCurve(countByThreshold(truth, probabilities, classCount, index)))
    .filter((curve) => curve.length > 0)
    .map(toArea);
  return areas.length === 0 ? NaN : toSum(areas) / areas.length;
}

function measureEachClass(
  confusion: readonly (readonly number[])[],
): Pick<ClassMetrics, 'precision' | 'recall' | 'f1' | 'support'> {
  const support = confusion.map(toSum);
  const predicted = confusion.map(() => 0);
  for (const line of confusion) line.forEach((rows, index) => (predicted[index] = (predicted[index] as number) + rows));
  const share = (toTotal: (index: number) => number, factor = 1) =>
    confusion.map((line, index) => (toTotal(index) > 0 ? (factor * (line[index] as number)) / toTotal(index) : 0));
  return {
    precision: share((index) => predicted[index] as number),
    recall: share((index) => support[index] as number),
    f1: share((index) => (support[index] as number) + (predicted[index] as number), 2),
    support,
  };
}

function toSum(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
