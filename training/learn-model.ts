/** From a training table to a model: its file, its columns as the deployment describes them, its settings. */
import type { DeploymentFile } from '../models/deployment-file.ts';
import { toFeature, toInputs, type LearningInput } from './date-inputs.ts';
import { binFeature } from './forest/bin-feature.ts';
import { toForestJson } from './forest/forest-json.ts';
import { learnForest, type LearningOptions } from './forest/learn-forest.ts';
import { buildDesignMatrix, toCoefficients } from './linear/design-matrix.ts';
import { learnLinear } from './linear/learn-linear.ts';
import { learnLogistic } from './linear/learn-logistic.ts';
import type { TrainingColumn, TrainingTable } from './load-table.ts';
import { orderCategories } from './order-categories.ts';

export type Column = DeploymentFile['columns'][number];

/** The model kinds that `train` can learn. */
export const LEARNED_KINDS = ['random-forest', 'logistic-regression', 'linear-regression'] as const;
export type LearnedKind = (typeof LEARNED_KINDS)[number];

/** The hyperparameters of a forest; the linear kinds have none. */
export interface Hyperparameters {
  readonly trees: number;
  readonly maxDepth: number;
  readonly minLeaf: number;
  /** Features tried per split; the default is the square root of their number, for a regression a third of it. */
  readonly maxFeatures?: number;
  /** The maximum number of bins per feature. */
  readonly bins: number;
}

export interface LearnedModel {
  /** The content of model.json. */
  readonly json: object;
  readonly columns: Column[];
  readonly settings: object;
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
  { trees, maxDepth, minLeaf, bins, ...hyperparameters }: Hyperparameters,
  options: LearningOptions,
): Promise<LearnedModel> {
  const encoded = toInputs(table.columns).map((input) => encodeForForest(input, table.target, classCount, rows));
  const features = encoded.map(({ values }) => binFeature(values, bins));
  const count = features.length;
  const usual = Math.max(1, Math.floor(classCount > 0 ? Math.sqrt(count) : count / 3));
  const maxFeatures = Math.min(count, hyperparameters.maxFeatures ?? usual);
  const target = new Float64Array(new SharedArrayBuffer(8 * rows.length));
  rows.forEach((row, at) => (target[at] = table.target[row] as number));
  const grown = await learnForest(
    { features, target, classCount },
    { trees, maxDepth, minLeaf, maxFeatures, seed },
    options,
  );
  return {
    json: toForestJson(grown, { featureCount: count, classCount, maxDepth, minLeaf, seed }),
    columns: toDistinct(encoded.map(({ column }) => column)),
    settings: {
      ...(classCount > 0 && { voting: 'soft' }),
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
): EncodedColumn {
  const { column } = input;
  const { name } = column.plan;
  if (input.date || !column.plan.categorical) {
    const values = Float64Array.from(rows, (row) => input.values[row] as number);
    return { column: toColumn(column), feature: toFeature(input), values };
  }
  const { kept, codes, unknown } = orderCategories(column.values, target, classCount, rows);
  const byCategory = new Map(kept.map((category, index) => [category, codes[index] as number]));
  return {
    column: toColumn(column, kept),
    feature: { column: name, codes, unknown },
    values: Float64Array.from(rows, (row) => byCategory.get(column.values[row] as number) ?? unknown),
  };
}

function learnLinearKind({ table, rows, classCount }: Lesson): LearnedModel {
  const inputs = toInputs(table.columns);
  const matrix = buildDesignMatrix(inputs, rows);
  const target = Float64Array.from(rows, (row) => table.target[row] as number);
  const weights = classCount === 0 ? [learnLinear(matrix, target)] : learnLogistic(matrix, target, classCount);
  const outputs = weights.map((row) => toCoefficients(matrix, row));
  return {
    json: {
      coefficients: outputs.map(({ coefficients }) => coefficients),
      intercepts: outputs.map(({ intercept }) => intercept),
    },
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
