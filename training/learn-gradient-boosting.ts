/** Learns boosted trees from a training table. */
import { CommandError } from '../errors/command-error.ts';
import type { Scalar } from '../models/deployment-file.ts';
import type { BoostingData, BoostingOptions } from './boosting/boosting-data.ts';
import { learnBoosting } from './boosting/learn-boosting.ts';
import { toLightgbmText, type NamedFeature } from './boosting/lightgbm-text.ts';
import { binCategories, binNumbers } from './boosting/bin-boosting-feature.ts';
import { toBalancedWeights } from './class-weights.ts';
import { toFeature, toInputs, type LearningInput } from './date-inputs.ts';
import type { LearningOptions } from './forest/learn-forest.ts';
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
import { holdOut, listUnlearned, type Split } from './split-rows.ts';

/** LightGBM's defaults, but for the number of iterations, which is found, and a small penalty. */
const DEFAULTS = {
  trees: 1000,
  maxDepth: 64,
  minLeaf: 20,
  bins: 255,
  learningRate: 0.1,
  leaves: 31,
  l2: 1,
  featureFraction: 1,
  rowFraction: 1,
  objective: 'squared-error',
  classWeights: 'none',
} as const;

/** The share of the rows that decides how many iterations there are. */
const HELD_OUT = 0.15;
/** With fewer rows, it would decide by chance. */
const MIN_HELD_OUT = 20;
/** Learning stops after so many iterations at a learning rate of 1 that did not help. */
const PATIENCE = 5;

/**
 * Learns boosted trees: first without some of the rows, to find the number of iterations at which their loss is smallest, and
 * then that many with all rows. The model is a file of LightGBM.
 */
export async function learnGradientBoosting(
  lesson: Lesson,
  given: Hyperparameters,
  learning: LearningOptions,
): Promise<LearnedModel> {
  const chosen = { ...DEFAULTS, ...given };
  const encoded = toInputs(lesson.table.columns).map((input) => encodeInput(input, lesson, chosen.bins));
  const features = encoded.map(({ feature }) => feature);
  const target = shareTargets(lesson);
  const data: BoostingData = {
    // A thread needs no names.
    features: features.map(({ bins, binCount, hasMissing, upperBounds }) => ({
      bins,
      binCount,
      hasMissing,
      upperBounds,
    })),
    target,
    weights: chosen.classWeights === 'balanced' ? toRowWeights(target, lesson.classCount) : undefined,
    classCount: lesson.classCount,
  };
  const options = toOptions(chosen, lesson, target);
  const iterations = await findIterations(data, options, chooseHeldOut(lesson), learning);
  const model = await learnBoosting(
    data,
    { ...options, iterations },
    { rows: Int32Array.from(target.keys()) },
    { ...learning, onProgress: (done) => learning.onProgress?.(done, iterations) },
  );
  return {
    kind: 'lightgbm',
    file: { name: 'model.txt', pieces: toLightgbmText(model, features, { ...options, iterations }) },
    columns: toDistinct(encoded.map(({ column }) => column)),
    settings: encoded.some(({ input }) => input.date) ? { encoding: encoded.map(({ input }) => toFeature(input)) } : {},
    hyperparameters: { ...chosen, trees: iterations, objective: options.objective },
  };
}

interface EncodedInput {
  readonly input: LearningInput;
  readonly column: Column;
  readonly feature: NamedFeature;
}

function encodeInput(input: LearningInput, { rows }: Lesson, bins: number): EncodedInput {
  const { column, date } = input;
  const name = date ? `${column.plan.name}_${date.date}` : column.plan.name;
  if (isCategorical(input)) {
    const { feature, kept } = binCategories(column.values, rows);
    const categories = kept.map((category) => column.categories[category] as Scalar);
    return { input, column: toColumn(column, kept), feature: { ...feature, name, categories, range: undefined } };
  }
  const values = Float64Array.from(rows, (row) => input.values[row] as number);
  const feature = { ...binNumbers(values, bins), name, categories: undefined, range: toRange(values) };
  return { input, column: toColumn(column), feature };
}

function toRange(values: Float64Array): [number, number] {
  let range: [number, number] = [Infinity, -Infinity];
  for (const value of values) if (!Number.isNaN(value)) range = [Math.min(range[0], value), Math.max(range[1], value)];
  return range;
}

/** The weights of rows, in shared memory. */
function toRowWeights(target: Float64Array, classCount: number): Float64Array {
  const balanced = toBalancedWeights(target, classCount);
  const weights = new Float64Array(new SharedArrayBuffer(8 * target.length));
  target.forEach((index, row) => (weights[row] = balanced[index] as number));
  return weights;
}

function toOptions(
  chosen: Required<Pick<Hyperparameters, keyof typeof DEFAULTS>>,
  { classCount, seed }: Lesson,
  target: Float64Array,
): BoostingOptions {
  const { trees, objective, classWeights: _classWeights, ...others } = chosen;
  if (classCount > 0 && objective === 'poisson')
    throw new CommandError(
      '--objective poisson is for counts, and the label has classes; leave the option out, or choose --problem-type regression.',
    );
  if (objective === 'poisson' && (target.some((value) => value < 0) || target.every((value) => value === 0)))
    throw new CommandError(
      '--objective poisson needs a label of 0 and above, and not 0 in every row; leave the option out.',
    );
  const name = classCount === 0 ? objective : classCount === 2 ? 'binary' : 'multiclass';
  return { ...others, iterations: trees, objective: name, seed };
}

/** The rows that decide: as honest as those that the model will be judged by, unless a class would be left out. */
function chooseHeldOut(lesson: Lesson): Split {
  const split = holdOut(lesson, HELD_OUT);
  if (split.test.length > 0 && listUnlearned(lesson, split).length === 0) return split;
  const { rowCount, columns, target } = lesson.table;
  return holdOut({ ...lesson, table: { rowCount, columns, target } }, HELD_OUT);
}

/** The number of iterations at which the loss of rows that are set aside is smallest. */
async function findIterations(
  data: BoostingData,
  options: BoostingOptions,
  { training, test }: Split,
  learning: LearningOptions,
): Promise<number> {
  if (test.length < MIN_HELD_OUT) return options.iterations;
  const task = { rows: training, heldOut: test, patience: Math.ceil(PATIENCE / options.learningRate) };
  const { iterations } = await learnBoosting(data, options, task, {
    ...learning,
    onProgress: (done) => learning.onProgress?.(done, options.iterations),
  });
  return Math.max(1, iterations);
}
