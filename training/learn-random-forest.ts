/** Learns a random forest from a training table. */
import { toFeature, toInputs, type LearningInput } from './date-inputs.ts';
import { binFeature } from './forest/bin-feature.ts';
import { toForestJson } from './forest/forest-json.ts';
import { learnForest, type LearningOptions } from './forest/learn-forest.ts';
import type { Hyperparameters } from './hyperparameters.ts';
import {
  isCategorical,
  shareTargets,
  toColumn,
  toDistinct,
  toJsonFile,
  type Column,
  type LearnedModel,
  type Lesson,
} from './learned-model.ts';
import { orderCategories } from './order-categories.ts';

const DEFAULTS = { trees: 100, maxDepth: 12, minLeaf: 1, bins: 255 } as const;

/** Learns a random forest. */
export async function learnRandomForest(
  lesson: Lesson,
  given: Hyperparameters,
  options: LearningOptions,
): Promise<LearnedModel> {
  const { table, classCount, seed } = lesson;
  const { trees, maxDepth, minLeaf, bins, ...others } = { ...DEFAULTS, ...given };
  const encoded = toInputs(table.columns).map((input) => encodeInput(input, lesson));
  const features = encoded.map(({ values }) => binFeature(values, bins));
  const count = features.length;
  const usual = Math.max(1, Math.floor(classCount > 0 ? Math.sqrt(count) : count / 3));
  const maxFeatures = Math.min(count, others.maxFeatures ?? usual);
  const grown = await learnForest(
    { features, target: shareTargets(lesson), classCount },
    { trees, maxDepth, minLeaf, maxFeatures, seed },
    options,
  );
  return {
    kind: 'random-forest',
    file: toJsonFile(toForestJson(grown, { featureCount: count, classCount, maxDepth, minLeaf, seed })),
    columns: toDistinct(encoded.map(({ column }) => column)),
    settings: {
      ...(classCount > 0 && { voting: 'soft' }),
      ...(encoded.some(({ feature }) => feature.codes ?? feature.date) && {
        encoding: encoded.map(({ feature }) => feature),
      }),
    },
    hyperparameters: { trees, maxDepth, minLeaf, maxFeatures, bins },
  };
}

interface EncodedInput {
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

function encodeInput(input: LearningInput, { table, rows, classCount }: Lesson): EncodedInput {
  const { column } = input;
  if (!isCategorical(input)) {
    const values = Float64Array.from(rows, (row) => input.values[row] as number);
    return { column: toColumn(column), feature: toFeature(input), values };
  }
  const { kept, codes, unknown } = orderCategories(column.values, table.target, classCount, rows);
  const byCategory = new Map(kept.map((category, index) => [category, codes[index] as number]));
  return {
    column: toColumn(column, kept),
    feature: { column: column.plan.name, codes, unknown },
    values: Float64Array.from(rows, (row) => byCategory.get(column.values[row] as number) ?? unknown),
  };
}
