/** What the rows that were learned from, and held out, are made of. */
import type { TrainingTable } from '../load-table.ts';
import type { Split } from '../split-rows.ts';
import { summarize, type Summary } from './statistics.ts';

export interface Profile {
  /** The number of training and held-out rows of each class; empty for a regression. */
  readonly classes: readonly { readonly training: number; readonly test: number }[];
  /** The label of a regression. */
  readonly label: { readonly training: Summary; readonly test: Summary } | undefined;
  /** The number of rows, and how many cells of each feature are missing in them. */
  readonly rows: number;
  readonly missing: ReadonlyMap<string, number>;
}

/** Counts classes and missing cells, and summarises the label of a regression. */
export function toProfile(table: TrainingTable, { training, test }: Split, classCount: number): Profile {
  const [ofTraining, ofTest] = [training, test].map((rows) =>
    Float64Array.from(rows, (row) => table.target[row] as number),
  ) as [Float64Array, Float64Array];
  const [trained, held] = [countClasses(ofTraining, classCount), countClasses(ofTest, classCount)];
  return {
    classes: Array.from(trained, (count, index) => ({ training: count, test: held[index] as number })),
    label: classCount > 0 ? undefined : { training: summarize(ofTraining), test: summarize(ofTest) },
    rows: table.rowCount,
    missing: new Map(table.columns.map(({ plan, values }) => [plan.name, countMissing(values)])),
  };
}

function countClasses(labels: Float64Array, classCount: number): Int32Array {
  const counts = new Int32Array(classCount);
  if (classCount > 0) for (const label of labels) counts[label] = (counts[label] as number) + 1;
  return counts;
}

function countMissing(values: Float64Array): number {
  let count = 0;
  for (const value of values) if (Number.isNaN(value)) count += 1;
  return count;
}
