/**
 * Random forests in the JSON of ml-random-forest 2 (https://github.com/mljs/random-forest): a forest trained with that
 * library can be dropped in as `model.json`, and that library loads the ones that we write. Its own prediction walks
 * objects, and its `predictProbability` loses the first tree's vote; so the trees are compiled (models/forest/), and the
 * votes counted here.
 */
import { z } from 'zod';
import { DeploymentError } from '../../errors/deployment-error.ts';
import type { DeploymentFile } from '../deployment-file.ts';
import { buildEncoder, encodingSchema, type Encoder } from '../encoding.ts';
import { compileForest, type CompiledForest } from '../forest/compile-forest.ts';
import { flattenForest, forestSchema } from '../forest/flatten-forest.ts';
import { listLeaves, sumLeaves } from '../forest/score-forest.ts';
import { toPredictions, type Scores } from '../model.ts';
import { parsePart, toShareableKind } from './kind.ts';

const settingsSchema = z.strictObject({
  encoding: encodingSchema.optional(),
  /**
   * How a classifier's trees become probabilities. `hard`: the share of the trees that vote for the class, as
   * ml-random-forest predicts. `soft`: the mean of the distributions in their leaves (scikit-learn's way).
   */
  voting: z.enum(['hard', 'soft']).default('hard'),
});

type ForestData = Readonly<{
  forest: CompiledForest;
  /** What becomes of the numbers of a regression's trees. */
  selection: 'mean' | 'median';
}>;

/** The kind random-forest: `model.json` as ml-random-forest writes it. */
export const randomForest = toShareableKind<ForestData>(
  async ({ file, readJson }) => {
    const { encoder, voting } = readSettings(file);
    const json = parsePart(forestSchema, await readJson('model.json'), 'model.json');
    const classCount = file.label.classes?.length;
    if ((json.name === 'RFClassifier') !== (classCount !== undefined)) {
      const expected = classCount === undefined ? 'RFRegression' : 'RFClassifier';
      throw new DeploymentError([`model.json.name: expected "${expected}", for a ${file.problem_type} deployment`]);
    }
    const leafWidth = classCount ?? 1;
    const forest = flattenForest(json, encoder.width, leafWidth);
    const leaves = classCount !== undefined && voting === 'hard' ? toVotes(forest.leaves, classCount) : forest.leaves;
    return { forest: compileForest(forest, leaves, leafWidth), selection: json.selectionMethod ?? 'mean' };
  },
  (file, { forest, selection }) => {
    const { encoder } = readSettings(file);
    const { width } = encoder;
    if (file.label.classes) return { score: (table) => scoreClasses(forest, encoder.encode(table), width) };
    const predict = selection === 'median' ? predictMedian : predictMean;
    return { score: (table) => ({ predictions: predict(forest, encoder.encode(table), width) }) };
  },
);

function readSettings(file: DeploymentFile): { encoder: Encoder; voting: 'hard' | 'soft' } {
  const { encoding, voting } = parsePart(settingsSchema, file.settings, 'deployment.json.settings');
  return { encoder: buildEncoder(file.columns, encoding, { categories: 'codes', nan: true }), voting };
}

function scoreClasses(forest: CompiledForest, matrix: Float64Array, width: number): Scores {
  const { treeCount, leafWidth } = forest;
  const probabilities = sumLeaves(forest, matrix, width);
  for (let index = 0; index < probabilities.length; index++) {
    probabilities[index] = Math.min(1, (probabilities[index] as number) / treeCount);
  }
  return { predictions: toPredictions(probabilities, leafWidth), probabilities };
}

function predictMean(forest: CompiledForest, matrix: Float64Array, width: number): Float64Array {
  return sumLeaves(forest, matrix, width).map((sum) => sum / forest.treeCount);
}

/** The lower middle value of an even count, as median-quickselect (inside ml-random-forest) has it. */
function predictMedian(forest: CompiledForest, matrix: Float64Array, width: number): Float64Array {
  const { treeCount } = forest;
  const values = listLeaves(forest, matrix, width);
  return new Float64Array(values.length / treeCount).map((_, row) => {
    const sorted = values.subarray(row * treeCount, (row + 1) * treeCount).sort();
    return sorted[(treeCount - 1) >> 1] as number;
  });
}

/** A vote a leaf: 1 for the first of its most frequent classes, 0 for the others. */
function toVotes(distributions: Float64Array, classCount: number): Float64Array {
  const votes = new Float64Array(distributions.length);
  toPredictions(distributions, classCount).forEach((winner, leaf) => {
    votes[leaf * classCount + winner] = 1;
  });
  return votes;
}
