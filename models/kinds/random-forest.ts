/**
 * Random forests in the JSON of ml-random-forest 2 (https://github.com/mljs/random-forest): a forest trained with that
 * library can be dropped in as `model.json`, and that library loads the ones that we write. Its own prediction walks
 * objects, and its `predictProbability` loses the first tree's vote; so the trees are laid out in typed arrays here, and
 * the votes counted.
 */
import { z } from 'zod';
import { SUM_TOLERANCE } from '../check-scores.ts';
import { DeploymentError } from '../deployment-error.ts';
import { encodingSchema, planEncoding, type Encoder } from '../encoding.ts';
import { toPredictions, type Scores } from '../model.ts';
import { parsePart, type ModelKind } from './kind.ts';

const settingsSchema = z.strictObject({
  encoding: encodingSchema.optional(),
  /**
   * How a classifier's trees become probabilities. `hard`: the share of the trees that vote for the class, as
   * ml-random-forest predicts. `soft`: the mean of the distributions in their leaves (scikit-learn's way).
   */
  voting: z.enum(['hard', 'soft']).default('hard'),
});

const forestSchema = z.object({
  name: z.enum(['RFClassifier', 'RFRegression']),
  selectionMethod: z.enum(['mean', 'median']).optional(),
  baseModel: z.object({
    indexes: z.array(z.array(z.int().nonnegative())).min(1),
    estimators: z.array(z.object({ root: z.unknown() })).min(1),
  }),
});
type ForestJson = z.infer<typeof forestSchema>;

/**
 * All trees of a forest, one node after the other. Node i is a leaf where feature[i] is -1, and child[i] is then the number
 * of its leaf; else its children are the nodes child[i] (taken where the feature is less than threshold[i]) and
 * child[i] + 1 (taken otherwise, and for NaN).
 */
interface Forest {
  readonly roots: Int32Array;
  readonly feature: Int32Array;
  readonly threshold: Float64Array;
  readonly child: Int32Array;
  /** What the leaves hold: a number each for a regression, else a distribution over the classes each. */
  readonly leaves: Float64Array;
}

/** Loads a forest: `model.json` as ml-random-forest writes it. */
export const randomForest: ModelKind = async ({ file, readJson }) => {
  const { encoding, voting } = parsePart(settingsSchema, file.settings, 'deployment.json.settings');
  const planned = planEncoding(file.columns, encoding, { categories: 'codes', nan: true });
  if ('problems' in planned) throw new DeploymentError(planned.problems);
  const { encoder } = planned;

  const json = parsePart(forestSchema, await readJson('model.json'), 'model.json');
  const classCount = file.label.classes?.length;
  if ((json.name === 'RFClassifier') !== (classCount !== undefined)) {
    const expected = classCount === undefined ? 'RFRegression' : 'RFClassifier';
    throw new DeploymentError([`model.json.name: expected "${expected}", for a ${file.problem_type} deployment`]);
  }
  const forest = flattenForest(json, encoder.width, classCount ?? 1);
  if (classCount === undefined)
    return { score: (table) => scoreRegression(forest, json, encoder, encoder.encode(table)) };
  const leafScores = voting === 'hard' ? toVotes(forest.leaves, classCount) : forest.leaves;
  return { score: (table) => scoreClasses(forest, leafScores, classCount, encoder, encoder.encode(table)) };
};

function scoreClasses(
  forest: Forest,
  leafScores: Float64Array,
  classCount: number,
  { width }: Encoder,
  matrix: Float64Array,
): Scores {
  const rowCount = matrix.length / width;
  const treeCount = forest.roots.length;
  const probabilities = new Float64Array(rowCount * classCount);
  for (let row = 0; row < rowCount; row++) {
    const at = row * classCount;
    for (let tree = 0; tree < treeCount; tree++) {
      const leaf = findLeaf(forest, tree, matrix, row * width) * classCount;
      for (let index = 0; index < classCount; index++) {
        probabilities[at + index] = (probabilities[at + index] as number) + (leafScores[leaf + index] as number);
      }
    }
    for (let index = 0; index < classCount; index++) {
      probabilities[at + index] = Math.min(1, (probabilities[at + index] as number) / treeCount);
    }
  }
  return { predictions: toPredictions(probabilities, classCount), probabilities };
}

function scoreRegression(forest: Forest, json: ForestJson, { width }: Encoder, matrix: Float64Array): Scores {
  const rowCount = matrix.length / width;
  const treeCount = forest.roots.length;
  const predictions = new Float64Array(rowCount);
  const values = new Float64Array(treeCount);
  for (let row = 0; row < rowCount; row++) {
    for (let tree = 0; tree < treeCount; tree++) {
      values[tree] = forest.leaves[findLeaf(forest, tree, matrix, row * width)] as number;
    }
    predictions[row] = json.selectionMethod === 'median' ? toMedian(values) : toMean(values);
  }
  return { predictions };
}

function findLeaf(
  { roots, feature, threshold, child }: Forest,
  tree: number,
  matrix: Float64Array,
  at: number,
): number {
  let node = roots[tree] as number;
  for (let column = feature[node] as number; column >= 0; column = feature[node] as number) {
    node = (child[node] as number) + ((matrix[at + column] as number) < (threshold[node] as number) ? 0 : 1);
  }
  return child[node] as number;
}

function toMean(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

/** The lower middle value of an even count, as median-quickselect (inside ml-random-forest) has it. */
function toMedian(values: Float64Array): number {
  return values.slice().sort()[(values.length - 1) >> 1] as number;
}

/** A vote a leaf: 1 for the first of its most frequent classes, 0 for the others. */
function toVotes(distributions: Float64Array, classCount: number): Float64Array {
  const votes = new Float64Array(distributions.length);
  toPredictions(distributions, classCount).forEach((winner, leaf) => {
    votes[leaf * classCount + winner] = 1;
  });
  return votes;
}

/**
 * Lays a forest out in typed arrays.
 * @param width how many numbers a row has
 * @param leafWidth how many numbers a leaf holds: the classes, or 1
 */
function flattenForest({ baseModel }: ForestJson, width: number, leafWidth: number): Forest {
  const { estimators, indexes } = baseModel;
  if (indexes.length !== estimators.length) {
    throw new DeploymentError([`model.json.baseModel.indexes: expected ${estimators.length} arrays, one an estimator`]);
  }
  const roots: number[] = [];
  const feature: number[] = [];
  const threshold: number[] = [];
  const child: number[] = [];
  const leaves: number[] = [];
  const addNode = () => {
    threshold.push(0);
    child.push(0);
    return feature.push(-1) - 1;
  };

  for (const [tree, { root }] of estimators.entries()) {
    roots.push(addNode());
    const fail = (expected: string, path: string): never => {
      throw new DeploymentError([`model.json.baseModel.estimators[${tree}].root${path}: expected ${expected}`]);
    };
    const pending: { json: unknown; node: number; path: string }[] = [
      { json: root, node: roots[tree] as number, path: '' },
    ];
    for (let next = pending.pop(); next; next = pending.pop()) {
      const { node, path } = next;
      if (typeof next.json !== 'object' || next.json === null) fail('a node', path);
      const json = next.json as Readonly<Record<string, unknown>>;
      if (json['distribution'] !== undefined) {
        child[node] = leaves.length / leafWidth;
        for (const value of parseLeaf(json['distribution'], leafWidth) ??
          fail(toLeafName(leafWidth), `${path}.distribution`)) {
          leaves.push(value);
        }
        continue;
      }
      // A key such as "length" is no column, though an array has it.
      const column = Number.isInteger(json['splitColumn']) ? indexes[tree]?.[json['splitColumn'] as number] : undefined;
      if (column === undefined || column >= width)
        fail(`a column of the tree, and of the ${width} features`, `${path}.splitColumn`);
      if (!Number.isFinite(json['splitValue'])) fail('a number', `${path}.splitValue`);
      feature[node] = column as number;
      threshold[node] = json['splitValue'] as number;
      const left = (child[node] = addNode());
      pending.push({ json: json['right'], node: addNode(), path: `${path}.right` });
      pending.push({ json: json['left'], node: left, path: `${path}.left` });
    }
  }
  return {
    roots: Int32Array.from(roots),
    feature: Int32Array.from(feature),
    threshold: Float64Array.from(threshold),
    child: Int32Array.from(child),
    leaves: Float64Array.from(leaves),
  };
}

/** A leaf's numbers, filled with 0 to its width (ml-cart leaves out the classes after the last that a leaf has). */
function parseLeaf(distribution: unknown, leafWidth: number): number[] | undefined {
  if (leafWidth === 1 && typeof distribution === 'number')
    return Number.isFinite(distribution) ? [distribution] : undefined;
  const numbers: unknown = Array.isArray(distribution) ? distribution[0] : undefined;
  if (!Array.isArray(numbers) || leafWidth === 1 || numbers.length > leafWidth) return undefined;
  if (!numbers.every((value) => typeof value === 'number' && value >= 0)) return undefined;
  const sum = (numbers as number[]).reduce((total, value) => total + value, 0);
  if (Math.abs(sum - 1) > SUM_TOLERANCE) return undefined;
  return [...(numbers as number[]), ...new Array<number>(leafWidth - numbers.length).fill(0)];
}

function toLeafName(leafWidth: number): string {
  return leafWidth === 1 ? 'a number' : `[[p0, p1, …]], at most ${leafWidth} numbers that sum to 1, none below 0`;
}
