/** Learns boosted trees from a training table. */
import { CommandError } from '../errors/command-error.ts';
import type { Scalar } from '../models/deployment-file.ts';
import type { BoostingData, BoostingOptions } from './boosting/boosting-data.ts';
import { toBoostingDefaults, type BoostingDefaults } from './boosting/boosting-defaults.ts';
import { learnBoosting } from './boosting/learn-boosting.ts';
import { toLightgbmText, type NamedFeature } from './boosting/lightgbm-text.ts';
import { binCategories, binNumbers } from './boosting/bin-boosting-feature.ts';
import { toBalancedWeights } from './class-weights.ts';
import { toFeature, toInputs, type LearningInput } from './date-inputs.ts';
import type { LearningOptions } from './forest/learn-forest.ts';
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
import { encodeCategories, keepFrequent } from './order-categories.ts';
import { holdOut, listUnlearned, toFolds, type Split } from './split-rows.ts';

/** The defaults that are the same for all tables. */
const DEFAULTS = {
  trees: 1000,
  maxDepth: 64,
  bins: 255,
  l2: 1,
  rowFraction: 0.8,
  objective: 'squared-error',
  classWeights: 'none',
} as const;

/** The share of the rows that decides how many iterations there are. */
const HELD_OUT = 0.15;
/** With fewer rows × trees per iteration, it would decide by chance; then each of so many folds is set aside in turn. */
const MIN_SIZE = 3000;
const FOLDS = 5;
/** Learning stops after so many iterations at a learning rate of 1 that did not help. */
const PATIENCE = 5;

/** A set of categories is found by their gradients; of more, that is mostly chance, and they are learned as one number each. */
const MAX_SET = 100;

/**
 * Learns boosted trees: first without some of the rows, to find the number of iterations at which their loss is smallest, and
 * then that many with all rows. The model is a file of LightGBM.
 */
export async function learnGradientBoosting(
  lesson: Lesson,
  given: Hyperparameters,
  learning: LearningOptions,
): Promise<LearnedModel> {
  const inputs = toInputs(lesson.table.columns);
  const chosen = { ...DEFAULTS, ...toBoostingDefaults(lesson.rows.length, inputs.length), ...given };
  // The split, the importances and the trees have the other streams.
  const encoded = inputs.map((input, index) =>
    encodeInput(input, lesson, chosen.bins, new Random(lesson.seed, -1 - index)),
  );
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
  const iterations = learning.iterations ?? (await findIterations(data, options, chooseSplits(lesson), learning));
  const model = await learnBoosting(
    data,
    { ...options, iterations },
    { rows: Int32Array.from(target.keys()) },
    { ...learning, onProgress: (done) => learning.onProgress?.(done, iterations) },
  );
  return {
    kind: 'lightgbm',
    files: [{ name: 'model.txt', pieces: toLightgbmText(model, features, { ...options, iterations }) }],
    columns: toDistinct(encoded.map(({ column }) => column)),
    settings: encoded.some(({ entry }) => entry.codes ?? entry.date)
      ? { encoding: encoded.map(({ entry }) => entry) }
      : {},
    hyperparameters: { ...chosen, trees: iterations, objective: options.objective },
  };
}

interface EncodedInput {
  readonly column: Column;
  readonly feature: NamedFeature;
  /** The input in the setting `encoding`. */
  readonly entry: {
    readonly column: string;
    readonly codes?: readonly number[];
    readonly unknown?: number;
    readonly date?: string;
  };
}

function encodeInput(input: LearningInput, lesson: Lesson, bins: number, random: Random): EncodedInput {
  const { column, date } = input;
  const { rows, table, classCount } = lesson;
  const name = date ? `${column.plan.name}_${date.date}` : column.plan.name;
  const toNumber = (values: Float64Array) => ({
    ...binNumbers(values, bins),
    name,
    categories: undefined,
    range: toRange(values),
  });
  const entry = toFeature(input);
  if (!isCategorical(input)) {
    return {
      column: toColumn(column),
      feature: toNumber(Float64Array.from(rows, (row) => input.values[row] as number)),
      entry,
    };
  }
  if (keepFrequent(column.values, rows).length > MAX_SET) {
    const { kept, codes, unknown, values } = encodeCategories(column.values, table.target, classCount, rows, random);
    return { column: toColumn(column, kept), feature: toNumber(values), entry: { ...entry, codes, unknown } };
  }
  const { feature, kept } = binCategories(column.values, rows);
  const categories = kept.map((category) => column.categories[category] as Scalar);
  return { column: toColumn(column, kept), feature: { ...feature, name, categories, range: undefined }, entry };
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
  chosen: Required<Pick<Hyperparameters, keyof typeof DEFAULTS | keyof BoostingDefaults>>,
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

/** The rows that decide, in turn: as honest as those that the model will be judged by, unless a class would be left out. */
function chooseSplits(lesson: Lesson): Split[] {
  const divide = (all: Lesson) => {
    if (all.rows.length * (all.classCount > 2 ? all.classCount : 1) < MIN_SIZE) return toFolds(all, FOLDS);
    const split = holdOut(all, HELD_OUT);
    return split.test.length > 0 && listUnlearned(all, split).length === 0 ? [split] : [];
  };
  const splits = divide(lesson);
  if (splits.length > 0) return splits;
  const { rowCount, columns, target } = lesson.table;
  return divide({ ...lesson, table: { rowCount, columns, target } });
}

/** The number of iterations at which the loss of rows that are set aside is smallest; the mean of several splits. */
async function findIterations(
  data: BoostingData,
  options: BoostingOptions,
  splits: readonly Split[],
  learning: LearningOptions,
): Promise<number> {
  const patience = Math.ceil(PATIENCE / options.learningRate);
  // Nothing can be said: not many.
  if (splits.length === 0) return Math.min(options.iterations, patience);
  let sum = 0;
  for (const { training, test } of splits) {
    const task = { rows: training, heldOut: test, patience };
    const { iterations } = await learnBoosting(data, options, task, {
      ...learning,
      onProgress: (done) => learning.onProgress?.(done, options.iterations),
    });
    sum += iterations;
  }
  return Math.max(1, Math.round(sum / splits.length));
}
