/** From a training table to a model: its file, its columns as the deployment describes them, its settings. */
import type { DeploymentFile } from '../models/deployment-file.ts';
import { toFeature, toInputs, type LearningInput } from './date-inputs.ts';
import { binFeature } from './forest/bin-feature.ts';
import { toForestDefaults } from './forest/forest-defaults.ts';
import { learnForest, type LearningOptions } from './forest/learn-forest.ts';
import { buildDesignMatrix, unstandardise } from './linear/design-matrix.ts';
import { learnLinear } from './linear/learn-linear.ts';
import { learnLogistic } from './linear/learn-logistic.ts';
import type { TrainingColumn, TrainingTable } from './load-table.ts';
import { fitCalibration } from './fit-calibration.ts';
import { Random } from './forest/random.ts';
import { encodeCategories } from './order-categories.ts';

export type Column = DeploymentFile['columns'][number];

/** The model kinds that `train` can learn. */
export const LEARNED_KINDS = ['random-forest', 'logistic-regression', 'linear-regression'] as const;
export type LearnedKind = (typeof LEARNED_KINDS)[number];

/** The hyperparameters of a forest; the linear kinds have none. */
export interface Hyperparameters {
  readonly trees: number;
  /** The defaults of these three are in forest/forest-defaults.ts. */
  readonly maxDepth?: number;
  readonly minLeaf?: number;
  /** Features tried per split. */
  readonly maxFeatures?: number;
  /** The maximum number of bins per feature. */
  readonly bins: number;
  /** Whether probabilities are calibrated where that helps out of bag; true by default. */
  readonly calibration?: boolean;
}

export interface LearnedModel {
  /** The content of model.json: a value, or its JSON in parts. */
  readonly json: object | readonly Uint8Array[];
  readonly columns: Column[];
  readonly settings: object;
  /** The names of the columns that the model uses; undefined if that is not known. */
  readonly used?: ReadonlySet<string>;
}

/** What is learned: the rows of a table, and the number of classes of its target (0 for a regression). */
export interface Lesson {
  readonly table: TrainingTable;
  readonly rows: Int32Array;
  readonly classCount: number;
  readonly seed: number;
}

/** Learns a model of a kind. */
export async function learnModel(
  kind: LearnedKind,
  lesson: Lesson,
  hyperparameters: Hyperparameters,
  options: LearningOptions = {},
): Promise<LearnedModel> {
  return kind === 'random-forest' ? learnRandomForest(lesson, hyperparameters, options) : learnLinearKind(lesson);
}

async function learnRandomForest(
  { table, rows, classCount, seed }: Lesson,
  { trees, bins, calibration = true, ...chosen }: Hyperparameters,
  learning: LearningOptions,
): Promise<LearnedModel> {
  // Streams 0 to 1 + trees are those of the split, the importances and the trees.
  const encoded = toInputs(table.columns).map((input, index) =>
    encodeForForest(input, table.target, classCount, rows, new Random(seed, -1 - index)),
  );
  const features = encoded.map(({ values }) => binFeature(values, bins));
  const { maxFeatures, ...options } = { ...toForestDefaults(classCount, features.length), ...chosen };
  const target = new Float64Array(new SharedArrayBuffer(8 * rows.length));
  rows.forEach((row, at) => (target[at] = table.target[row] as number));
  const grown = await learnForest(
    { features, target, classCount },
    { ...options, trees, maxFeatures: Math.min(features.length, maxFeatures), seed },
    learning,
  );
  const votes = calibration ? grown.outOfBag : undefined;
  const fitted =
    votes &&
    fitCalibration(
      votes.probabilities,
      Float64Array.from(votes.rows, (row) => target[row] as number),
      classCount,
    );
  return {
    json: grown.json,
    used: new Set(encoded.filter((_, index) => grown.used[index] === 1).map(({ column }) => column.name)),
    columns: toDistinct(encoded.map(({ column }) => column)),
    settings: {
      ...(classCount > 0 && { voting: 'soft' }),
      ...(fitted && { calibration: fitted }),
      ...(encoded.some(({ feature }) => feature.codes ?? feature.date) && {
        encoding: encoded.map(({ feature }) => feature),
      }),
    },
  };
}

interface EncodedColumn {
  readonly column: Column;
  readonly feature: {
    readonly column: string;
    readonly codes?: readonly number[];
    readonly unknown?: number;
    readonly date?: string;
  };
  /** One number per training row; NaN if it is missing. */
  readonly values: Float64Array;
}

function encodeForForest(
  input: LearningInput,
  target: Float64Array,
  classCount: number,
  rows: Int32Array,
  random: Random,
): EncodedColumn {
  const { column } = input;
  const { name } = column.plan;
  if (input.date || !column.plan.categorical) {
    const values = Float64Array.from(rows, (row) => input.values[row] as number);
    return { column: toColumn(column), feature: toFeature(input), values };
  }
  const { kept, codes, unknown, values } = encodeCategories(column.values, target, classCount, rows, random);
  return { column: toColumn(column, kept), feature: { column: name, codes, unknown }, values };
}

function learnLinearKind({ table, rows, classCount }: Lesson): LearnedModel {
  const inputs = toInputs(table.columns);
  const matrix = buildDesignMatrix(inputs, rows);
  const target = Float64Array.from(rows, (row) => table.target[row] as number);
  const weights = classCount === 0 ? [learnLinear(matrix, target)] : learnLogistic(matrix, target, classCount);
  return {
    json: unstandardise(matrix, weights),
    columns: toDistinct(
      matrix.columns.map(({ input: { column }, kept, impute, imputedDate }) => ({
        ...toColumn(column, kept),
        // A text that is not a date counts as missing in any request.
        ...(!kept &&
          (column.plan.nullable || imputedDate !== undefined) && {
            impute: imputedDate ?? (column.plan.type === 'boolean' ? impute === 1 : impute),
          }),
      })),
    ),
    settings: inputs.some(({ date }) => date) ? { encoding: inputs.map(toFeature) } : {},
  };
}

/** Columns once each, though the parts of a date share theirs. */
function toDistinct(columns: readonly Column[]): Column[] {
  return [...new Map(columns.map((column) => [column.name, column])).values()];
}

/** A column as its deployment describes it. */
function toColumn({ plan, categories }: TrainingColumn, kept?: readonly number[]): Column {
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
