/** Whether a model is better than the baseline, which ignores all features. */
import type { Scores } from '../models/model.ts';
import type { ClassMetrics, Metrics, RegressionMetrics } from './metrics.ts';

/** One-sided, 5 %: a difference that chance makes in one of twenty cases. */
const CLEAR = 1.645;

export interface Verdict {
  /** Whether the model is better than the baseline, by more than chance on so few rows. */
  readonly beatsBaseline: boolean;
  /** What to say if it is not. */
  readonly warning: string | undefined;
}

/** What a model and its baseline gave for the same rows. */
export interface Comparison {
  readonly truth: Float64Array;
  readonly scores: Scores;
  readonly metrics: Metrics;
  readonly baselineScores: Scores;
  readonly baseline: Metrics;
  /** 0 for a regression. */
  readonly classCount: number;
}

/** Compares a model with its baseline on the held-out rows. */
export function judgeModel(comparison: Comparison): Verdict {
  return comparison.classCount > 0 ? judgeClasses(comparison) : judgeRegression(comparison);
}

/** By how many more rows it gets right (McNemar's test), or by how it orders them (the Mann-Whitney test of the AUC). */
function judgeClasses({ truth, scores, metrics, baselineScores, baseline, classCount }: Comparison): Verdict {
  let [better, worse] = [0, 0];
  truth.forEach((label, row) => {
    const [isRight, wasRight] = [scores.predictions[row] === label, baselineScores.predictions[row] === label];
    if (isRight && !wasRight) better += 1;
    if (!isRight && wasRight) worse += 1;
  });
  const isMoreAccurate = better - worse > CLEAR * Math.sqrt(better + worse);
  if (isMoreAccurate || ordersClasses(truth, metrics as ClassMetrics, classCount))
    return { beatsBaseline: true, warning: undefined };
  const [accuracy, other] = [(metrics as ClassMetrics).accuracy, (baseline as ClassMetrics).accuracy];
  const figures = `its accuracy is ${accuracy.toFixed(4)}, and always answering the most frequent class has ${other.toFixed(4)}`;
  return toWarning(accuracy > other, figures, truth.length);
}

function ordersClasses(truth: Float64Array, { roc_auc }: ClassMetrics, classCount: number): boolean {
  const classes = classCount === 2 ? [1] : Array.from({ length: classCount }, (_, index) => index);
  // The mean of the areas is at most as uncertain as the most uncertain one.
  const errors = classes
    .map((index) => truth.filter((label) => label === index).length)
    .filter((hits) => hits > 0 && hits < truth.length)
    .map((hits) => Math.sqrt((truth.length + 1) / (12 * hits * (truth.length - hits))));
  return errors.length > 0 && roc_auc - 0.5 > CLEAR * Math.max(...errors);
}

/** By how much smaller its squared errors are, row by row. */
function judgeRegression({ truth, scores, metrics, baselineScores, baseline }: Comparison): Verdict {
  const gains = Array.from(
    truth,
    (value, row) =>
      (value - (baselineScores.predictions[row] as number)) ** 2 - (value - (scores.predictions[row] as number)) ** 2,
  );
  const mean = gains.reduce((sum, gain) => sum + gain, 0) / gains.length;
  const variance = gains.reduce((sum, gain) => sum + (gain - mean) ** 2, 0) / Math.max(1, gains.length - 1);
  if (mean > 0 && mean > CLEAR * Math.sqrt(variance / gains.length)) return { beatsBaseline: true, warning: undefined };
  const [rmse, other] = [(metrics as RegressionMetrics).rmse, (baseline as RegressionMetrics).rmse];
  return toWarning(
    rmse < other,
    `its RMSE is ${toFigure(rmse)}, and always answering the mean has ${toFigure(other)}`,
    truth.length,
  );
}

function toWarning(isBetter: boolean, figures: string, rows: number): Verdict {
  const warning = isBetter
    ? `The model does not clearly beat its baseline: ${figures}. On ${rows} held-out rows, that may be chance.`
    : `The model does not beat its baseline: ${figures}. It learned nothing useful.`;
  return { beatsBaseline: false, warning };
}

function toFigure(value: number): string {
  return String(Number(value.toPrecision(4)));
}
