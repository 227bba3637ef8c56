/** Reads what a file of XGBoost says about its model, all but the trees, and checks that it can be served exactly. */
import type { Scalar } from '../../deployment-file.ts';
import { isNumbers, readPart, type Part } from '../../json/numeric-value.ts';
import { parseNumericJson } from '../../json/parse-numeric-json.ts';
import type { FileFeature } from '../model-file.ts';
import { checkKeys } from './check-keys.ts';
import { isClassifier, OBJECTIVES, toMargin, toVersionNumber, type Objective } from './objectives.ts';

/** Beyond these, a file has been made to exhaust the memory. */
const MAX_FEATURES = 2 ** 20;
const MAX_OUTPUTS = 2 ** 16;
const MAX_TREES = 2 ** 25;

/** A model, before its trees are read. */
export interface BoosterModel {
  /** The version of the XGBoost that has written it: major, minor, patch. */
  readonly version: readonly number[];
  readonly objectiveName: string;
  readonly objective: Objective;
  readonly boosterName: 'gbtree' | 'dart' | 'gblinear';
  readonly outputCount: number;
  /** Undefined for a regression. */
  readonly classCount: number | undefined;
  /** Where the file has classes that are not 0, 1, …. */
  readonly classes: readonly (string | number)[] | undefined;
  readonly features: readonly FileFeature[];
  /** The initial margins. */
  readonly base: Float64Array;
  /** Whether they are added after the trees, not before the first one, which makes a difference in the last bits. */
  readonly isBaseLast: boolean;
  /** The part `model` of the booster: trees, or weights. */
  readonly model: Part;
  /** The weights of the trees, if dropout was used. */
  readonly treeWeights: ArrayLike<number> | undefined;
  /** The number of all trees; 0 for gblinear. */
  readonly treeCount: number;
  /** What early stopping has found, if it is not the last iteration. */
  readonly best: BestIteration | undefined;
}

export interface BestIteration {
  /** Counted from 0. */
  readonly iteration: number;
  /** The number of trees up to and including it; undefined if the file does not say how many an iteration has. */
  readonly treeCount: number | undefined;
}

/**
 * Reads a model.
 * @throws {DeploymentError} with the place in the file, what was expected, and the way out
 */
export function readModel(root: Part): BoosterModel {
  const version = readVersion(root.at('version'));
  const learner = root.at('learner');
  const parameters = learner.at('learner_model_param');
  const booster = learner.at('gradient_booster');
  const name: Part = booster.at('name');
  const boosterName = name.text();
  if (boosterName !== 'gbtree' && boosterName !== 'dart' && boosterName !== 'gblinear')
    name.fail('gbtree, dart or gblinear');
  const model = (boosterName === 'dart' ? booster.at('gbtree') : booster).at('model');
  if (!model.exists)
    model.fail('the model; the file holds the configuration only: save the model with save_model("model.json")');

  checkKeys(booster, 'booster');
  checkKeys(model, 'model');
  checkKeys(parameters, 'learnerParameters');
  const objectivePart: Part = learner.at('objective').at('name');
  const objectiveName = objectivePart.text();
  const objective = OBJECTIVES.get(objectiveName);
  if (!objective) objectivePart.fail(`one of ${[...OBJECTIVES.keys()].join(', ')}; no other objective is supported`);
  const isMulticlass = objective.output === 'softprob' || objective.output === 'softmax';
  const outputCount = isMulticlass
    ? parameters.at('num_class').integer(2, MAX_OUTPUTS)
    : Math.max(1, parameters.at('num_class').integer(0, 1));
  checkTargets(parameters, learner.at('objective'));
  const classCount = isClassifier(objective) ? Math.max(2, outputCount) : undefined;
  const featureCount = parameters.at('num_feature').integer(1, MAX_FEATURES);
  const trees = boosterName === 'gblinear' ? undefined : readTreeList(model, outputCount);
  // Beside the booster dart until 3.3; since 3.4, its trees are those of gbtree with weights.
  const weights = [booster.at('weight_drop'), model.at('weight_drop')].find(({ exists }) => exists);
  if (boosterName === 'dart' && !weights) booster.at('weight_drop').fail('the weights of the trees');
  if (weights && weights.numbers().length !== trees?.count) weights.fail('one weight per tree');
  return {
    version,
    objectiveName,
    objective,
    boosterName,
    outputCount,
    classCount,
    classes: readClasses(learner.at('attributes'), classCount),
    features: readFeatures(learner, model, featureCount, toVersionNumber(version)),
    base: readBase(parameters.at('base_score'), outputCount, (score) =>
      toMargin(score, objectiveName, toVersionNumber(version)),
    ),
    isBaseLast: boosterName !== 'gblinear' && toVersionNumber(version) < 1_003_000,
    model,
    treeWeights: weights?.numbers(),
    treeCount: trees?.count ?? 0,
    best: trees && readBestIteration(learner.at('attributes'), trees, outputCount),
  };
}

function readVersion(part: Part): readonly number[] {
  const numbers = Array.from(part.numbers());
  const [major = 0] = numbers;
  if (numbers.length !== 3 || !numbers.every((number) => Number.isInteger(number) && number >= 0 && number < 1000))
    part.fail('three numbers');
  return major >= 1 && major <= 3 ? numbers : part.fail('a version of XGBoost from 1 to 3');
}

/** Models with several targets have several numbers per row, and a deployment has one. */
function checkTargets(parameters: Part, objective: Part): void {
  const target = parameters.at('num_target');
  const way = 'the model has several targets: train one model per target, and serve each';
  if (target.exists && target.integer(0, MAX_OUTPUTS) > 1) target.fail(`1; ${way}`);
  if (!objective.at('quantile_loss_param').exists) return;
  const quantiles = objective.at('quantile_loss_param').at('quantile_alpha');
  if (quantiles.text().includes(',')) quantiles.fail('one quantile; train one model per quantile, and serve each');
}

/** The trees of a file, as far as they are counted. */
interface TreeList {
  readonly count: number;
  /** Where the trees of each iteration begin, and the last ones end; undefined if the file does not say. */
  readonly iterations: ArrayLike<number> | undefined;
}

function readTreeList(model: Part, outputCount: number): TreeList {
  const parameters = model.at('gbtree_model_param');
  checkKeys(parameters, 'modelParameters');
  const count = parameters.at('num_trees').integer(1, MAX_TREES);
  const outputs = model.at('tree_info');
  if (model.at('trees').list().length !== count) model.at('trees').fail(`${count} trees, as num_trees says`);
  if (outputs.numbers().length !== count) outputs.fail(`${count} numbers, one per tree`);
  for (const part of [
    parameters,
    ...model
      .at('trees')
      .list()
      .map((tree) => tree.at('tree_param')),
  ]) {
    const size = part.at('size_leaf_vector');
    if (size.exists && size.integer(0, MAX_OUTPUTS) > 1)
      size.fail('1; leaves with several values are not supported: train with multi_strategy="one_output_per_tree"');
  }
  const starts = model.at('iteration_indptr');
  if (starts.exists) {
    const iterations = starts.numbers();
    const isAscending = iterations.every((start, index) => start >= (iterations[index - 1] ?? 0));
    if (iterations[0] !== 0 || iterations.at(-1) !== count || !isAscending)
      starts.fail(`ascending numbers from 0 to ${count}`);
    return { count, iterations };
  }
  const parallel = parameters.at('num_parallel_tree');
  if (!parallel.exists) return { count, iterations: undefined };
  const step = parallel.integer(1, MAX_TREES) * outputCount;
  if (count % step !== 0) parallel.fail(`a divisor of the number of trees per output, ${count / outputCount}`);
  return { count, iterations: Float64Array.from({ length: count / step + 1 }, (_, index) => index * step) };
}

function readBestIteration(
  attributes: Part,
  { count, iterations }: TreeList,
  outputCount: number,
): BestIteration | undefined {
  if (!attributes.exists || !attributes.at('best_iteration').exists) return undefined;
  const part = attributes.at('best_iteration');
  const iteration = part.integer(0, count - 1);
  const treeCount = iterations ? iterations[iteration + 1] : readTreeLimit(attributes, outputCount);
  if (iterations && treeCount === undefined) part.fail(`one of ${iterations.length - 1} iterations, counted from 0`);
  if (treeCount !== undefined && treeCount > count) part.fail(`an iteration whose trees are among the ${count}`);
  return treeCount === count ? undefined : { iteration, treeCount };
}

/** XGBoost 1.0 to 1.5 did not store the trees per iteration, but XGBClassifier and XGBRegressor how many trees are the best. */
function readTreeLimit(attributes: Part, outputCount: number): number | undefined {
  const own = attributes.at('best_ntree_limit');
  const limit = own.exists ? own : readWrapper(attributes)?.at('best_ntree_limit');
  return limit?.exists ? limit.integer(1, MAX_TREES) * outputCount : undefined;
}

/** What the scikit-learn interface has stored about itself: JSON in a string. */
function readWrapper(attributes: Part): Part | undefined {
  const part = attributes.exists ? attributes.at('scikit_learn') : attributes;
  if (!part.exists) return undefined;
  const wrapper = readPart(parseNumericJson(Buffer.from(part.text()), part.place), part.place);
  return wrapper.value instanceof Map ? wrapper : undefined;
}

function readBase(part: Part, outputCount: number, toBase: (score: number) => number): Float64Array {
  // A number until 3.0, a list since 3.1.
  const texts = part
    .text()
    .replace(/^\[(.*)\]$/, '$1')
    .split(',');
  if (texts.length !== 1 && texts.length !== outputCount) part.fail(`one number, or ${outputCount}`);
  const base = Float64Array.from({ length: outputCount }, (_, output) => {
    const text = texts.length === 1 ? texts[0] : texts[output];
    return toBase(text?.trim() === '' ? NaN : Number(text));
  });
  if (!base.every(Number.isFinite)) part.fail(`finite numbers in the range of the objective`);
  return base;
}

/** XGBClassifier kept the classes until 1.5; since then they are always 0, 1, …, whatever the user had before. */
function readClasses(attributes: Part, classCount: number | undefined): readonly (string | number)[] | undefined {
  const classes = readWrapper(attributes)?.at('classes_').value;
  if (isNumbers(classes)) {
    const list = Array.from(classes);
    return list.length === classCount && list.some((value, index) => value !== index) ? list : undefined;
  }
  if (!Array.isArray(classes) || classes.length !== classCount) return undefined;
  return classes.every((name) => typeof name === 'string') ? classes : undefined;
}

function readFeatures(learner: Part, model: Part, count: number, version: number): readonly FileFeature[] {
  const [names, types] = ['feature_names', 'feature_types'].map((key) => {
    const part = learner.at(key);
    const texts = part.exists ? part.list().map((name) => name.text()) : [];
    return texts.length === 0 || texts.length === count ? texts : part.fail(`${count} names, one per feature`);
  }) as [string[], string[]];
  const cats = model.value instanceof Map && model.at('cats').exists ? model.at('cats').at('enc').list() : [];
  if (cats.length > 0 && cats.length !== count) model.at('cats').at('enc').fail(`${count} entries, one per feature`);
  return Array.from({ length: count }, (_, index): FileFeature => {
    const name = names[index];
    const type = types[index];
    const isCategorical = type === 'c';
    const categories = isCategorical && cats[index] ? readCategories(cats[index], version) : undefined;
    return {
      ...(name !== undefined && { name }),
      ...(!isCategorical && type !== undefined && toColumnType(type)),
      isCategorical,
      ...(categories && { categories }),
      nullable: true,
    };
  });
}

/** "i" is a boolean of pandas, or numbers that the user says are an indicator. */
function toColumnType(type: string): Pick<FileFeature, 'type'> {
  if (type === 'int') return { type: 'integer' };
  return type === 'float' || type === 'q' ? { type: 'double' } : {};
}

/**
 * The categories of a column of pandas, in the order of their codes: numbers, or the bytes of texts and where each begins.
 * Undefined if one has other characters than those of ASCII and an XGBoost before 3.4 wrote it: 3.1 and 3.2 count characters where
 * they store bytes, so such texts are cut off, and those after them begin too early.
 */
function readCategories(part: Part, version: number): readonly Scalar[] | undefined {
  const values = part.at('values').numbers();
  if (!part.at('offsets').exists) {
    if (!values.every(Number.isFinite)) part.at('values').fail('finite numbers');
    return values.length === 0 ? undefined : Array.from(values);
  }
  const offsets = part.at('offsets').numbers();
  if (version < 3_004_000 && !values.every((byte) => byte >= 0 && byte < 128)) return undefined;
  // Where bytes are signed, those beyond ASCII are negative.
  const bytes = Buffer.from(values);
  const texts = Array.from(offsets.subarray(1), (end, index) => {
    const start = offsets[index] as number;
    const isRange = Number.isInteger(start) && Number.isInteger(end) && start >= 0 && start <= end;
    if (!isRange || end > bytes.length) return part.at('offsets').fail('ascending positions');
    const text = bytes.toString('utf8', start, end);
    return text.includes('\uFFFD') ? part.at('values').fail('texts in UTF-8') : text;
  });
  return texts.length === 0 ? undefined : texts;
}
