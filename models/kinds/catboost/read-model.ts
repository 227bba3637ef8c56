/** Reads a CatBoost model in JSON, as save_model(…, format="json") writes it. */
import { DeploymentError } from '../../../errors/deployment-error.ts';
import type { TreeEnsemble } from '../../forest/tree-ensemble.ts';
import { isNumbers, readPart, type Part } from '../../json/numeric-value.ts';
import { parseNumericJson } from '../../json/parse-numeric-json.ts';
import type { Transform } from '../../margins.ts';
import type { FileDescription } from '../model-file.ts';
import { readFeatures } from './read-features.ts';
import { findLoss } from './read-loss.ts';
import { readTrees } from './read-trees.ts';

/** A CatBoost model. */
export interface CatboostModel {
  readonly description: FileDescription;
  readonly ensemble: TreeEnsemble;
  readonly transform: Transform;
  /** The margins are scale · sum of leaves + bias. */
  readonly scale: number;
  readonly bias: ArrayLike<number>;
}

/** What is not needed, most of which is about training. */
const SKIPPED = new Set(['ctr_data', 'leaf_weights', 'weight', 'output_options', 'training', 'metrics']);

/**
 * Reads a model.
 * @throws {DeploymentError} that names the place
 */
export function readModel(bytes: Uint8Array, place: string): CatboostModel {
  const root = readPart(parseNumericJson(bytes, place, { skip: SKIPPED }), place);
  const { scale, bias } = readScale(root.at('scale_and_bias'));
  const outputCount = bias.length;
  const info = root.at('model_info');
  const lossName = readLossName(info);
  const loss = findLoss(lossName.text(), outputCount);
  if (!loss) return lossName.fail('a loss function that is known, with one score per row or one per class');
  const features = readFeatures(root.at('features_info'));
  const { trees, sets, leafCount } = readTrees(root, features, outputCount);
  return {
    description: {
      format: readFormat(info),
      facts: { loss_function: lossName.text(), trees: trees.length, leaves: leafCount },
      ...(loss.isClassifier ? readClasses(info, outputCount) : { problemType: 'regression' as const }),
      features: features.features,
      notices: loss.notices,
    },
    ensemble: {
      featureCount: features.features.length,
      outputCount,
      trees,
      precision: { cells: 32, thresholds: 32, sums: 64 },
      aggregation: 'sum',
      sets,
    },
    transform: loss.transform,
    scale,
    bias,
  };
}

function readFormat(info: Part): string {
  const version = info.at('catboost_version_info');
  const [, number] = /\brelease (\d+\.[\d.]*\d)/.exec(version.exists ? version.text() : '') ?? [];
  return number === undefined ? 'CatBoost, JSON' : `CatBoost ${number}, JSON`;
}

/** A scale, and the bias of each output; older versions write one bias without a list. */
function readScale(part: Part): { scale: number; bias: ArrayLike<number> } {
  const [scale, last] = isNumbers(part.value) ? part.value : part.list().map(({ value }) => value);
  const bias = typeof last === 'number' ? Float64Array.of(last) : last;
  if (typeof scale !== 'number' || !isNumbers(bias) || ![scale, ...bias].every(Number.isFinite))
    return part.fail('[scale, [bias, …]], finite numbers');
  return { scale, bias };
}

/** The name of the loss function; that of a sum of models is in a text. */
function readLossName(info: Part): Part {
  const params = info.at('params');
  if (params.exists) return params.at('loss_function').at('type');
  const text = info.at('loss_function');
  if (!text.exists) return info.at('params').fail('the parameters of the training');
  return readPart(parseNumericJson(Buffer.from(text.text()), text.place), text.place).at('type');
}

function readClasses(info: Part, outputCount: number): Pick<FileDescription, 'problemType' | 'classCount' | 'classes'> {
  const threshold = info.at('binclass_probability_threshold');
  if (threshold.exists && Number(threshold.text()) !== 0.5)
    threshold.fail('0.5: the engine predicts the most probable class; model.set_probability_threshold(None)');
  const classCount = Math.max(2, outputCount);
  const params = info.at('class_params');
  const classes = params.exists ? readNames(params) : undefined;
  if (classes && classes.length !== classCount)
    params.fail(`the names of ${classCount} classes, as many as the model has outputs; train without classes_count`);
  return { problemType: classCount === 2 ? 'binary' : 'multiclass', classCount, ...(classes && { classes }) };
}

/** The classes in the order of the outputs: their names, or the numbers that stand for them. */
function readNames(params: Part): readonly (string | number)[] {
  if (params.at('classes_count').exists && params.at('classes_count').integer(0, 2 ** 20) > 0)
    params.at('classes_count').fail('0: a class without rows has no output; train without classes_count');
  const names = params.at('class_names');
  const part =
    names.exists && (isNumbers(names.value) || names.list().length > 0) ? names : params.at('class_to_label');
  if (!isNumbers(part.value)) return part.list().map((name) => name.text());
  const numbers = Array.from(part.value);
  if (params.at('class_label_type').text() === 'Boolean')
    return numbers.map((number) => (number === 0 ? 'False' : 'True'));
  if (!numbers.every(Number.isFinite)) part.fail('finite numbers or texts');
  return numbers;
}

/** Whether a file is a CatBoost model in its binary format. */
export function isBinary(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 4)).toString('latin1') === 'CBM1';
}

/** The error of a file in the binary format. */
export function toBinaryError(place: string): DeploymentError {
  return new DeploymentError([
    `${place}: expected JSON, not CatBoost's binary format: model.save_model("model.json", format="json"), with ` +
      'pool=Pool(X, cat_features=…) if the model has categories',
  ]);
}
