/**
 * Confidence intervals of the metrics by the bootstrap (Efron 1979; percentile method: Efron, Tibshirani 1993, chapter 13):
 * the held-out rows are drawn anew, with replacement, and measured as often as the work allows.
 */
import type { Scores } from '../../models/model.ts';
import { rankRows } from '../curves.ts';
import { Random } from '../forest/random.ts';
import { CALIBRATION_BINS, MIN_PROBABILITY, type MetricKey } from '../metrics.ts';
import { findBin } from './calibration-curve.ts';
import { measureSpread, toQuantile } from './statistics.ts';

/** The bounds of an interval that has the metric with a confidence of 95 %. */
export type Interval = readonly [low: number, high: number];

export interface Intervals {
  /** How often the rows were drawn. */
  readonly samples: number;
  /** By the keys of METRIC_NAMES; one that took too much work, or was mostly undefined, is left out. */
  readonly metrics: Readonly<Partial<Record<MetricKey, Interval>>>;
}

const [MIN_SAMPLES, MAX_SAMPLES] = [200, 1000];
/** The work that is allowed, in rows: about a second. */
const MAX_WORK = 2e7;
/** The same for areas under curves, in rows and classes; with fewer samples than this, there is no interval. */
const MAX_AREA_WORK = 1e8;
const MIN_AREA_SAMPLES = 100;
/** Intervals of fewer rows would be far too narrow. */
const MIN_ROWS = 10;
const TAILS = [0.025, 0.975] as const;

/** A metric of rows that count as often as their weights say; NaN where it is undefined. */
export type WeightedMetrics = (weights: Int32Array, withArea: boolean) => Partial<Record<MetricKey, number>>;

/**
 * The intervals of all metrics; undefined for very few rows.
 * @param truth one class index per row, or the numbers of a regression
 * @param classCount 0 for a regression
 */
export function bootstrapMetrics(
  truth: ArrayLike<number>,
  scores: Scores,
  classCount: number,
  seed: number,
): Intervals | undefined {
  const rows = truth.length;
  if (rows < MIN_ROWS) return undefined;
  const samples = Math.min(MAX_SAMPLES, Math.max(MIN_SAMPLES, Math.floor(MAX_WORK / rows)));
  const areas = Math.min(samples, Math.floor(MAX_AREA_WORK / (rows * Math.max(1, classCount))));
  const measure =
    classCount > 0
      ? weighClasses(truth, scores, classCount, areas >= MIN_AREA_SAMPLES)
      : weighRegression(truth, scores.predictions);
  const random = new Random(seed, 2);
  const weights = new Int32Array(rows);
  const values = new Map<MetricKey, number[]>();
  for (let sample = 0; sample < samples; sample++) {
    weights.fill(0);
    for (let draw = 0; draw < rows; draw++) {
      const row = random.below(rows);
      weights[row] = (weights[row] as number) + 1;
    }
    const metrics = measure(weights, areas >= MIN_AREA_SAMPLES && sample < areas);
    for (const [key, value] of Object.entries(metrics) as [MetricKey, number][]) {
      const all = values.get(key) ?? [];
      values.set(key, all);
      // A sample without a class has no area under its curve.
      if (Number.isFinite(value)) all.push(value);
    }
  }
  const intervals = [...values]
    .filter(([, all]) => all.length >= MIN_AREA_SAMPLES)
    .map(([key, all]) => [key, toInterval(all)] as const);
  return { samples, metrics: Object.fromEntries(intervals) };
}

function toInterval(values: readonly number[]): Interval {
  const sorted = Float64Array.from(values).sort();
  return [toQuantile(sorted, TAILS[0]), toQuantile(sorted, TAILS[1])];
}

/** What each row contributes is computed once. */
export function weighClasses(
  truth: ArrayLike<number>,
  { predictions, probabilities = [] }: Scores,
  classCount: number,
  hasAreas: boolean,
): WeightedMetrics {
  const rows = truth.length;
  const losses = new Float64Array(rows);
  const distances = new Float64Array(rows);
  const hits = new Float64Array(rows);
  const errors = new Float64Array(rows);
  const bins = new Int32Array(rows);
  for (let row = 0; row < rows; row++) {
    const label = truth[row] as number;
    const at = (index: number) => probabilities[row * classCount + index] as number;
    losses[row] = -Math.log(Math.max(MIN_PROBABILITY, at(label)));
    let distance = 0;
    for (let index = 0; index < classCount; index++) distance += (at(index) - (index === label ? 1 : 0)) ** 2;
    distances[row] = distance / (classCount === 2 ? 2 : 1);
    hits[row] = predictions[row] === label ? 1 : 0;
    const judged = classCount === 2 ? 1 : (predictions[row] as number);
    bins[row] = findBin(at(judged), CALIBRATION_BINS);
    errors[row] = at(judged) - (label === judged ? 1 : 0);
  }
  const measureArea = hasAreas ? weighArea(truth, probabilities, classCount) : undefined;
  return (weights, withArea) => {
    const [total, found] = [new Float64Array(classCount), new Float64Array(classCount)];
    const gaps = new Float64Array(CALIBRATION_BINS);
    let [count, accuracy, log_loss, brier_score] = [0, 0, 0, 0];
    for (let row = 0; row < rows; row++) {
      const weight = weights[row] as number;
      if (weight === 0) continue;
      const [label, hit, bin] = [truth[row] as number, weight * (hits[row] as number), bins[row] as number];
      count += weight;
      accuracy += hit;
      log_loss += weight * (losses[row] as number);
      brier_score += weight * (distances[row] as number);
      gaps[bin] = (gaps[bin] as number) + weight * (errors[row] as number);
      total[label] = (total[label] as number) + weight;
      found[label] = (found[label] as number) + hit;
    }
    const recalls = found.map((hit, index) => hit / (total[index] as number)).filter((recall) => !Number.isNaN(recall));
    return {
      accuracy: accuracy / count,
      balanced_accuracy: measureSpread(recalls).mean,
      ...(measureArea && withArea && { roc_auc: measureArea(weights) }),
      log_loss: log_loss / count,
      brier_score: brier_score / count,
      calibration_error: gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / count,
    };
  };
}

/** The mean area under the ROC curves, by the Mann-Whitney statistic: the rows are ranked once. */
function weighArea(truth: ArrayLike<number>, probabilities: ArrayLike<number>, classCount: number) {
  const shown = classCount === 2 ? [1] : Array.from({ length: classCount }, (_, index) => index);
  const curves = shown.map((index) => {
    const scores = Float64Array.from({ length: truth.length }, (_, row) => {
      return probabilities[row * classCount + index] as number;
    });
    const order = rankRows(scores);
    const isHit = Uint8Array.from(order, (row) => (truth[row] === index ? 1 : 0));
    /** Whether a row is the last one with its score. */
    const isLast = Uint8Array.from(order, (row, at) => (scores[order[at + 1] ?? -1] === scores[row] ? 0 : 1));
    return { order, isHit, isLast };
  });
  return (weights: Int32Array): number => {
    let [sum, defined] = [0, 0];
    for (const { order, isHit, isLast } of curves) {
      let [pairs, hits, misses, tiedHits, tiedMisses] = [0, 0, 0, 0, 0];
      for (let at = 0; at < order.length; at++) {
        const weight = weights[order[at] as number] as number;
        if (isHit[at] === 1) tiedHits += weight;
        else tiedMisses += weight;
        if (isLast[at] === 0) continue;
        pairs += tiedMisses * (hits + tiedHits / 2);
        hits += tiedHits;
        misses += tiedMisses;
        tiedHits = tiedMisses = 0;
      }
      if (hits === 0 || misses === 0) continue;
      sum += pairs / (hits * misses);
      defined += 1;
    }
    return sum / defined;
  };
}

/** The metrics of a regression. */
export function weighRegression(truth: ArrayLike<number>, predictions: ArrayLike<number>): WeightedMetrics {
  // Centred, so that squares of large numbers do not lose the digits of their differences.
  const { mean } = measureSpread(Float64Array.from(truth));
  const values = Float64Array.from(truth, (value) => value - mean);
  const errors = values.map((value, row) => value + mean - (predictions[row] as number));
  return (weights) => {
    let [count, sum, squares, squaredErrors, errorSizes] = [0, 0, 0, 0, 0];
    for (let row = 0; row < weights.length; row++) {
      const weight = weights[row] as number;
      const [value, error] = [values[row] as number, errors[row] as number];
      count += weight;
      sum += weight * value;
      squares += weight * value * value;
      squaredErrors += weight * error * error;
      errorSizes += weight * Math.abs(error);
    }
    return {
      rmse: Math.sqrt(squaredErrors / count),
      mae: errorSizes / count,
      r2: 1 - squaredErrors / (squares - sum ** 2 / count),
    };
  };
}
