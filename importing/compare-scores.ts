/** Compares the engine's scores with those that the library computed. */
import type { DeploymentFile } from '../models/deployment-file.ts';
import type { ExpectedScores } from './read-scores.ts';

/** Scores as deployment.json records them. */
export type RecordedAnswer = NonNullable<DeploymentFile['example']['answer']>;

/** A row whose scores differ. */
export interface ScoreDifference {
  /** The row's number, from 1. */
  readonly row: number;
  /** `prediction`, or the class whose probability it is. */
  readonly what: string;
  readonly expected: unknown;
  readonly actual: string | number;
}

export interface ScoreComparison {
  /** Where the expected scores come from. */
  readonly source: string;
  readonly rows: number;
  readonly equal: number;
  readonly tolerance: number;
  /** The maximum difference of two numbers, relative where they exceed 1. */
  readonly maxDifference: number;
  /** The first difference of each of the first rows that differ. */
  readonly differences: readonly ScoreDifference[];
}

const MAX_DIFFERENCES = 5;

/**
 * Compares scores row by row. Numbers are equal within the tolerance, relative where they exceed 1; classes must be
 * the same, by name or by index.
 */
export function compareScores(
  answer: RecordedAnswer,
  expected: ExpectedScores,
  classes: readonly (string | number)[] | undefined,
  tolerance: number,
): ScoreComparison {
  const rows = answer.predictions.length;
  const asClass = buildToClass(expected.predictions, classes);
  const differences: ScoreDifference[] = [];
  let equal = 0;
  let maxDifference = 0;
  for (let row = 0; row < rows; row++) {
    const found: ScoreDifference[] = [];
    const compare = (what: string, wanted: unknown, actual: string | number) => {
      const number = classes && what === 'prediction' ? undefined : measure(wanted, actual as number);
      if (number !== undefined) maxDifference = Math.max(maxDifference, number);
      if (number === undefined ? String(asClass(wanted)) === String(actual) : number <= tolerance) return;
      found.push({ row: row + 1, what, expected: wanted, actual });
    };
    if (expected.predictions)
      compare('prediction', expected.predictions[row], answer.predictions[row] as string | number);
    for (const [index, column] of (expected.probabilities ?? []).entries()) {
      if (column) compare(String(classes?.[index]), column[row], answer.probabilities?.[row]?.[index] ?? NaN);
    }
    if (found.length === 0) equal += 1;
    else if (differences.length < MAX_DIFFERENCES) differences.push(found[0] as ScoreDifference);
  }
  return { source: expected.source, rows, equal, tolerance, maxDifference, differences };
}

/** How far two numbers are apart; Infinity if one is none. */
function measure(expected: unknown, actual: number): number {
  if (typeof expected !== 'number') return Infinity;
  const distance = Math.abs(expected - actual) / Math.max(1, Math.abs(expected));
  return Number.isNaN(distance) ? Infinity : distance;
}

/** What a prediction is called: libraries that do not know the names of classes predict their indices. */
function buildToClass(
  predictions: readonly unknown[] | undefined,
  classes: readonly (string | number)[] | undefined,
): (value: unknown) => unknown {
  const names = new Set(classes?.map(String));
  const isNamed = predictions?.every((value) => names.has(String(value))) ?? true;
  return (value) => (isNamed || !classes ? value : (classes[Number(value)] ?? value));
}
