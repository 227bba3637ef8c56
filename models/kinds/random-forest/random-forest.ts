/**
 * Random forests in the JSON of ml-random-forest 2 (https://github.com/mljs/random-forest): a forest trained with that
 * library can be dropped in as `model.json`, and that library loads the ones that we write. Its own prediction walks objects,
 * and its `predictProbability` loses the vote of the first tree, so the forest is read into an ensemble for the kernel
 * (models/forest/).
 */
import { z } from 'zod';
import { DeploymentError } from '../../../errors/deployment-error.ts';
import { calibrate, calibrationSchema, type Calibration } from '../../calibration.ts';
import type { DeploymentFile } from '../../deployment-file.ts';
import { buildEncoder, encodingSchema, type Encoder } from '../../encoding.ts';
import { compileNodes, layOutForest, type CompiledForest } from '../../forest/compile-forest.ts';
import { listLeaves, scoreForest } from '../../forest/score-forest.ts';
import { toPredictions, type Scores } from '../../model.ts';
import { parsePart, toShareableKind } from '../kind.ts';
import { forestSchema, readForest } from './read-forest.ts';
import { splitForest } from './split-forest.ts';

const settingsSchema = z.strictObject({
  encoding: encodingSchema.optional(),
  /**
   * How a classifier's trees become probabilities. `hard`: the share of the trees that vote for the class, as
   * ml-random-forest predicts. `soft`: the mean of the distributions in their leaves (scikit-learn's way).
   */
  voting: z.enum(['hard', 'soft']).default('hard'),
  calibration: calibrationSchema.optional(),
});
type Settings = z.infer<typeof settingsSchema>;

type ForestData = Readonly<{
  forest: CompiledForest;
  /** How the trees of a regression are combined. */
  selection: 'mean' | 'median';
}>;

/** The kind random-forest: `model.json` as ml-random-forest writes it. */
export const randomForest = toShareableKind<ForestData>(
  async ({ file, readJson, readPieces }) => {
    const { encoder, voting } = readSettings(file);
    const split = await splitForest(() => readPieces('model.json'));
    const json = parsePart(forestSchema, split?.json ?? (await readJson('model.json')), 'model.json');
    const classCount = file.label.classes?.length;
    if ((json.name === 'RFClassifier') !== (classCount !== undefined)) {
      const expected = classCount === undefined ? 'RFRegression' : 'RFClassifier';
      throw new DeploymentError([`model.json.name: expected "${expected}", for a ${file.problem_type} deployment`]);
    }
    const aggregation = classCount !== undefined && voting === 'hard' ? 'vote' : 'mean';
    const estimators = split?.parseEstimators();
    // No variable holds the trees: while they are compiled, they are not needed any more.
    const nodes = layOutForest(
      await readForest(json, encoder.width, classCount ?? 1, aggregation, estimators),
      'model.json',
    );
    return { forest: compileNodes(nodes), selection: json.selectionMethod ?? 'mean' };
  },
  (file, { forest, selection }) => {
    const { encoder, calibration } = readSettings(file);
    if (file.label.classes) return { score: (table) => scoreClasses(forest, encoder.encode(table), calibration) };
    const predict = selection === 'median' ? predictMedian : scoreForest;
    return { score: (table) => ({ predictions: predict(forest, encoder.encode(table)) }) };
  },
);

function readSettings(file: DeploymentFile): { encoder: Encoder } & Pick<Settings, 'voting' | 'calibration'> {
  const { encoding, voting, calibration } = parsePart(settingsSchema, file.settings, 'deployment.json.settings');
  if (calibration && !file.label.classes)
    throw new DeploymentError(['deployment.json.settings.calibration: expected none, for a regression']);
  const defaults = { categories: 'codes', nan: true, unknown: file.unknown_categories } as const;
  return { encoder: buildEncoder(file.columns, encoding, defaults), voting, calibration };
}

function scoreClasses(forest: CompiledForest, matrix: Float64Array, calibration: Calibration | undefined): Scores {
  const probabilities = scoreForest(forest, matrix);
  // Shares in a leaf that were rounded upwards may sum to more than 1.
  for (let index = 0; index < probabilities.length; index++) {
    probabilities[index] = Math.min(1, probabilities[index] as number);
  }
  if (calibration) calibrate(probabilities, forest.outputCount, calibration);
  return { predictions: toPredictions(probabilities, forest.outputCount), probabilities };
}

/** For an even count the lower of the two middle values, like median-quickselect, which ml-random-forest uses. */
function predictMedian(forest: CompiledForest, matrix: Float64Array): Float64Array {
  const { treeCount } = forest;
  const values = listLeaves(forest, matrix);
  return new Float64Array(values.length / treeCount).map((_, row) => {
    const sorted = values.subarray(row * treeCount, (row + 1) * treeCount).sort();
    return sorted[(treeCount - 1) >> 1] as number;
  });
}
