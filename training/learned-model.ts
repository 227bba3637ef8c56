/** What every learner takes and returns. */
import type { DeploymentFile } from '../models/deployment-file.ts';
import type { LearningInput } from './date-inputs.ts';
import type { TrainingColumn, TrainingTable } from './load-table.ts';

export type Column = DeploymentFile['columns'][number];

/** What is learned: the rows of a table, and the number of classes of its target (0 for a regression). */
export interface Lesson {
  readonly table: TrainingTable;
  readonly rows: Int32Array;
  readonly classCount: number;
  readonly seed: number;
}

/** A file of a model, piece by piece. */
export interface ModelFile {
  readonly name: string;
  readonly pieces: Iterable<string | Uint8Array>;
}

/** A learned model, as its deployment describes it. */
export interface LearnedModel {
  /** The kind of the deployment that serves it. */
  readonly kind: string;
  readonly files: readonly ModelFile[];
  readonly columns: Column[];
  readonly settings: object;
  /** The names of the columns that the model uses; undefined if that is not known. */
  readonly used?: ReadonlySet<string>;
  /** The out-of-bag figures of a forest, by the keys of METRIC_NAMES. */
  readonly outOfBag?: Readonly<Record<string, number>>;
  /** The hyperparameters that were in effect, for the record. */
  readonly hyperparameters: Readonly<Record<string, number | string | boolean>>;
}

/** The file of a model that is one JSON value. */
export function toJsonFile(value: object): ModelFile {
  return { name: 'model.json', pieces: [`${JSON.stringify(value)}\n`] };
}

/** A column as its deployment describes it. */
export function toColumn({ plan, categories }: TrainingColumn, kept?: readonly number[]): Column {
  const { name, type, nullable, survey } = plan;
  const isNumber = type !== 'string' && type !== 'boolean';
  return {
    name,
    type,
    nullable,
    ...(kept && { categories: kept.map((category) => categories[category] as string | number | boolean) }),
    ...(isNumber && !kept && { range: [survey.range[0], survey.range[1]] }),
  };
}

/** Columns once each, though the parts of a date share theirs. */
export function toDistinct(columns: readonly Column[]): Column[] {
  return [...new Map(columns.map((column) => [column.name, column])).values()];
}

/** Whether an input is learned as categories. */
export function isCategorical({ column, date }: LearningInput): boolean {
  return !date && column.plan.categorical;
}

/** The targets of rows, in shared memory. */
export function shareTargets({ table, rows }: Pick<Lesson, 'table' | 'rows'>): Float64Array {
  const target = new Float64Array(new SharedArrayBuffer(8 * rows.length));
  rows.forEach((row, at) => (target[at] = table.target[row] as number));
  return target;
}
