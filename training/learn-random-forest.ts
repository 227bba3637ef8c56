/** Learns a random forest from a training table. */
import type { Calibration } from '../models/calibration.ts';
import { toFeature, toInputs, type LearningInput } from './date-inputs.ts';
import { binFeature } from './forest/bin-feature.ts';
import { fitCalibration } from './fit-calibration.ts';
import { toForestDefaults } from './forest/forest-defaults.ts';
import { learnForest, type LearnedForest, type LearningOptions } from './forest/learn-forest.ts';
import { Random } from './forest/random.ts';
import type { Hyperparameters } from './hyperparameters.ts';
import {
  isCategorical,
  shareTargets,
  toColumn,
  toDistinct,
  type Column,
  type LearnedModel,
  type Lesson,
} from './learned-model.ts';
import { encodeCategories } from './order-categories.ts';

const DEFAULTS = { trees: 100, bins: 255, calibration: true } as const;

/** Learns a random forest. */
export async function learnRandomForest(
  lesson: Lesson,
  given: Hyperparameters,
  options: LearningOptions,
): Promise<LearnedModel> {
  const { table, classCount, seed } = lesson;
  // The split, the importances and the trees have the other streams.
  const encoded = toInputs(table.columns).map((input, index) =>
    encodeInput(input, lesson, new Random(seed, -1 - index)),
  );
  const { bins, calibration, ...chosen } = {
    ...DEFAULTS,
    ...toForestDefaults(classCount, encoded.length),
    ...given,
  };
  const features = encoded.map(({ values }) => binFeature(values, bins));
  const { trees, maxDepth, minLeaf } = chosen;
  const maxFeatures = Math.min(features.length, chosen.maxFeatures);
  const target = shareTargets(lesson);
  const grown = await learnForest(
    { features, target, classCount },
    { trees, maxDepth, minLeaf, maxFeatures, seed },
    options,
  );
  const fitted = calibration ? calibrateForest(grown, target, classCount) : undefined;
  return {
    kind: 'random-forest',
    file: { name: 'model.json', pieces: grown.json },
    used: new Set(encoded.filter((_, index) => grown.used[index] === 1).map(({ column }) => column.name)),
    columns: toDistinct(encoded.map(({ column }) => column)),
    settings: {
      ...(classCount > 0 && { voting: 'soft' }),
      ...(fitted && { calibration: fitted }),
      ...(encoded.some(({ feature }) => feature.codes ?? feature.date) && {
        encoding: encoded.map(({ feature }) => feature),
      }),
    },
    hyperparameters: { trees, maxDepth, minLeaf, maxFeatures, bins, ...(classCount > 0 && { calibration }) },
  };
}

function calibrateForest(
  { outOfBag }: LearnedForest,
  target: Float64Array,
  classCount: number,
): Calibration | undefined {
  if (!outOfBag) return undefined;
  const truth = Float64Array.from(outOfBag.rows, (row) => target[row] as number);
  return fitCalibration(outOfBag.probabilities, truth, classCount);
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

function encodeInput(input: LearningInput, { table, rows, classCount }: Lesson, random: Random): EncodedInput {
  const { column } = input;
  if (!isCategorical(input)) {
    const values = Float64Array.from(rows, (row) => input.values[row] as number);
    return { column: toColumn(column), feature: toFeature(input), values };
  }
  const { kept, codes, unknown, values } = encodeCategories(column.values, table.target, classCount, rows, random);
  return { column: toColumn(column, kept), feature: { column: column.plan.name, codes, unknown }, values };
}
