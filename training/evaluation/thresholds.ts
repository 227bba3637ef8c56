/** What a binary classifier does if the positive class is predicted from a given probability on. */
import type { ThresholdCounts } from '../curves.ts';

/** The figures at one threshold; precision is NaN where nothing is predicted positive. */
export interface AtThreshold {
  readonly threshold: number;
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly falseNegatives: number;
  readonly trueNegatives: number;
  readonly precision: number;
  readonly recall: number;
  readonly falsePositiveRate: number;
  readonly f1: number;
  readonly accuracy: number;
  /** Whether it is the threshold with the highest F1. */
  readonly isBest: boolean;
}

/** Closer together at the ends, where rare classes are decided. */
const SHOWN = [0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 0.99];

/** The figures at round thresholds, and at the one with the highest F1, in ascending order; empty if no row is positive. */
export function toThresholdTable(counts: ThresholdCounts): AtThreshold[] {
  const { thresholds, hits, rows } = counts;
  const positives = hits.at(-1) ?? 0;
  if (positives === 0) return [];
  const scores = Array.from(hits, (found, at) => (2 * found) / ((rows[at] as number) + positives));
  const highest = scores.reduce((one, other) => Math.max(one, other), 0);
  const best = thresholds[scores.indexOf(highest)] as number;
  const shown = [...new Set([...SHOWN, best])].sort((a, b) => a - b);
  return shown.map((threshold) => ({ ...measureAt(counts, threshold), isBest: threshold === best }));
}

function measureAt({ thresholds, rows, hits }: ThresholdCounts, threshold: number): Omit<AtThreshold, 'isBest'> {
  // The thresholds descend: those up to the last that is high enough are predicted.
  const above = thresholds.findIndex((score) => score < threshold);
  const last = (above < 0 ? thresholds.length : above) - 1;
  const [total, positives] = [rows.at(-1) ?? 0, hits.at(-1) ?? 0];
  const [predicted, truePositives] = [rows[last] ?? 0, hits[last] ?? 0];
  const falsePositives = predicted - truePositives;
  const falseNegatives = positives - truePositives;
  const trueNegatives = total - predicted - falseNegatives;
  return {
    threshold,
    truePositives,
    falsePositives,
    falseNegatives,
    trueNegatives,
    precision: truePositives / predicted,
    recall: truePositives / positives,
    falsePositiveRate: falsePositives / (total - positives),
    f1: (2 * truePositives) / (predicted + positives),
    accuracy: (truePositives + trueNegatives) / total,
  };
}
