/** Learns a random forest from a training table. */
import { calibrate, type Calibration } from '../models/calibration.ts';
import { toBalancedWeights } from './class-weights.ts';
import { toFigures } from './evaluation/figures.ts';
import { toFeature, toInputs, type LearningInput } from './date-inputs.ts';
import { binFeature } from './forest/bin-feature.ts';
import { fitCalibration } from './fit-calibration.ts';
import { toForestDefaults } from './forest/forest-defaults.ts';
import { learnForest, type LearningOptions } from './forest/learn-forest.ts';
import type { OutOfBag } from './forest/out-of-bag.ts';
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
import { measureClasses, measureRegression } from './metrics.ts';
import { encodeCategories } from './order-categories.ts';

const DEFAULTS = { trees: 100, bins: 255, calibration: true, classWeights: 'none' } as const;

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
  const { bins, classWeights, ...chosen } = {
    ...DEFAULTS,
    ...toForestDefaults(classCount, encoded.length),
    ...given,
  };
  const features = encoded.map(({ values }) => binFeature(values, bins));
  const { trees, maxDepth, minLeaf } = chosen;
  const maxFeatures = Math.min(features.length, chosen.maxFeatures);
  const target = shareTargets(lesson);
  const isBalanced = classWeights === 'balanced';
  const grown = await learnForest(
    { features, target, classCount, ...(isBalanced && { classWeights: toCountWeights(target, classCount) }) },
    { trees, maxDepth, minLeaf, maxFeatures, seed },
    options,
  );
  // Calibration would take the weights back out of the probabilities.
  const calibration = chosen.calibration && classCount > 0 && !isBalanced;
  const truth = Float64Array.from(grown.outOfBag.rows, (row) => target[row] as number);
  const fitted = calibration ? fitCalibration(grown.outOfBag.values, truth, classCount) : undefined;
  return {
    kind: 'random-forest',
    files: [{ name: 'model.json', pieces: grown.json }],
    used: new Set(encoded.filter((_, index) => grown.used[index] === 1).map(({ column }) => column.name)),
    columns: toDistinct(encoded.map(({ column }) => column)),
    settings: {
      ...(classCount > 0 && { voting: 'soft' }),
      ...(fitted && { calibration: fitted }),
      ...(encoded.some(({ feature }) => feature.codes ?? feature.date) && {
        encoding: encoded.map(({ feature }) => feature),
      }),
    },
    // Rows of the same group, or of other times, have been learned from.
    ...(!table.groups && !table.times && { outOfBag: measureOutOfBag(grown.outOfBag, truth, classCount, fitted) }),
    hyperparameters: {
      trees,
      maxDepth,
      minLeaf,
      maxFeatures,
      bins,
      ...(classCount > 0 && { calibration, classWeights }),
    },
  };
}

/** Weights at which a row of the most frequent class counts once, so that `minLeaf` means rows of that class. */
function toCountWeights(target: Float64Array, classCount: number): Float64Array {
  const weights = toBalancedWeights(target, classCount);
  const least = weights.reduce((min, weight) => (weight > 0 ? Math.min(min, weight) : min), Infinity);
  return weights.map((weight) => weight / least);
}

/** The figures of the votes as they are served, calibrated. */
function measureOutOfBag(
  { values }: OutOfBag,
  truth: Float64Array,
  classCount: number,
  calibration: Calibration | undefined,
): Readonly<Record<string, number>> {
  if (classCount === 0) return toFigures(measureRegression(truth, values));
  const probabilities = calibration ? calibrate(values, classCount, calibration) : values;
  const predictions = Float64Array.from(truth, (_, row) => findMax(probabilities, row * classCount, classCount));
  return toFigures(measureClasses(truth, { predictions, probabilities }, classCount));
}

function findMax(values: Float64Array, start: number, count: number): number {
  const part = values.subarray(start, start + count);
  return part.indexOf(part.reduce((max, value) => Math.max(max, value), -Infinity));
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
