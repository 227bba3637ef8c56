/** Reads a LightGBM model file, versions v2 (LightGBM 2.1) to v4: what it says of itself, and its trees. */
import { DeploymentError } from '../../../errors/deployment-error.ts';
import type { TreeEnsemble } from '../../forest/tree-ensemble.ts';
import type { FileDescription } from '../model-file.ts';
import { readModelLines, toLineError, toText, type Block, type LineValue, type ModelLines } from './model-lines.ts';
import { parseIntegers } from './parse-numbers.ts';
import { readFeatures } from './read-features.ts';
import { readObjective, type Objective } from './read-objective.ts';
import { readTree, type ReadTree, type TreeContext } from './read-tree.ts';

/** A LightGBM model. */
export interface LightgbmModel {
  readonly description: FileDescription;
  readonly objective: Objective;
  readonly ensemble: TreeEnsemble;
  readonly trees: readonly ReadTree[];
}

const VERSIONS = ['v2', 'v3', 'v4'];
/** More trees need more memory than their text says. */
const MAX_TREES = 2 ** 20;

/**
 * Reads a model.
 * @throws {DeploymentError} that names the line
 */
export function readModel(bytes: Uint8Array, place: string): LightgbmModel {
  const trees: ReadTree[] = [];
  let counts: HeaderCounts | undefined;
  const lines = readModelLines(bytes, place, {
    onHeader: (header) => (counts = readCounts(header, place)),
    onTree: (tree, line) => {
      if (trees.length === MAX_TREES) throw toLineError(place, line, `expected at most ${MAX_TREES} trees`);
      const { outputCount, context } = counts as HeaderCounts;
      trees.push(readTree(tree, line, trees.length % outputCount, context));
    },
  });
  const { outputCount, context } = counts as HeaderCounts;
  checkComplete(lines, outputCount, context, place);
  const { header } = lines;
  const objectiveLine = header.get('objective');
  const objectiveText = objectiveLine && toText(objectiveLine);
  const objective = readObjective(objectiveText, outputCount);
  if (!objective)
    throw toLineError(
      place,
      objectiveLine?.line ?? 1,
      outputCount > 1 && !objectiveLine
        ? 'expected an objective: without one the scores of classes are no probabilities; train with multiclass'
        : 'objective: expected one of LightGBM, with its parameters, that fits num_tree_per_iteration',
    );
  const isAverage = header.has('average_output');
  const { features, notices } = readFeatures(lines, context.featureCount, listTested(context), place);
  return {
    description: {
      format: `LightGBM model text, version ${toText(header.get('version') as LineValue)}`,
      facts: listFacts(lines, objectiveText, trees, isAverage),
      ...toProblem(objective),
      features,
      notices: [...objective.notices, ...notices],
    },
    objective,
    ensemble: {
      featureCount: context.featureCount,
      outputCount,
      trees: trees.map(({ tree }) => tree),
      precision: { cells: 64, thresholds: 64, sums: 64 },
      aggregation: isAverage ? 'mean' : 'sum',
      sets: context.sets,
      categories: 'truncated',
    },
    trees,
  };
}

/** What must be known before trees are read. */
interface HeaderCounts {
  readonly outputCount: number;
  readonly context: TreeContext;
}

function readCounts(header: Block, place: string): HeaderCounts {
  const version = header.get('version');
  if (!version || !VERSIONS.includes(toText(version)))
    throw toLineError(
      place,
      version?.line ?? 1,
      `version: expected one of ${VERSIONS.join(', ')}, which LightGBM 2.1 to 4 write; load the model with LightGBM and save it again`,
    );
  const readCount = (key: string, min: number) => {
    const value = header.get(key);
    const [count] = (value && parseIntegers(value, 1, min)) ?? [];
    if (count === undefined) throw toLineError(place, value?.line ?? 1, `${key}: expected an integer from ${min}`);
    return count;
  };
  const outputCount = readCount('num_tree_per_iteration', 1);
  if (readCount('num_class', 1) !== outputCount)
    throw toLineError(place, header.get('num_class')?.line ?? 1, 'num_class: expected num_tree_per_iteration');
  return {
    outputCount,
    context: {
      place,
      featureCount: readCount('max_feature_idx', 0) + 1,
      sets: [],
      featureOfSet: [],
      used: { nodes: 0, members: 0 },
    },
  };
}

function checkComplete(
  { header, treeCount, hasEnd }: ModelLines,
  outputCount: number,
  { sets }: TreeContext,
  place: string,
): void {
  const sizes = header.get('tree_sizes');
  if (treeCount === 0) throw toLineError(place, sizes?.line ?? 1, 'expected one tree or more');
  if (treeCount % outputCount !== 0 || (sizes && toText(sizes).trim().split(/ +/).length !== treeCount))
    throw toLineError(place, sizes?.line ?? 1, 'expected as many trees as tree_sizes and num_tree_per_iteration say');
  if (sets.length > 0 && !hasEnd)
    throw new DeploymentError([`${place}: expected "end of parameters": the file is incomplete; copy it again`]);
}

/** The codes of categories that trees test, by feature. */
function listTested({ sets, featureOfSet }: TreeContext): ReadonlyMap<number, ReadonlySet<number>> {
  const tested = new Map<number, Set<number>>();
  featureOfSet.forEach((feature, index) => {
    const codes = tested.get(feature) ?? new Set();
    for (const code of sets[index] as Int32Array) codes.add(code);
    tested.set(feature, codes);
  });
  return tested;
}

function listFacts(
  { parameters, treeCount }: ModelLines,
  objective: string | undefined,
  trees: readonly ReadTree[],
  isAverage: boolean,
): Record<string, string | number> {
  const boosting = parameters.get('boosting');
  return {
    objective: objective ?? 'none',
    ...(isAverage ? { boosting: 'rf' } : boosting !== undefined && { boosting }),
    trees: treeCount,
    leaves: trees.reduce((sum, { leafCount }) => sum + leafCount, 0),
    ...(trees.some(({ linear }) => linear) && { leaf_models: 'linear' }),
  };
}

function toProblem({ classCount }: Objective): Pick<FileDescription, 'problemType' | 'classCount'> {
  if (classCount === undefined) return { problemType: 'regression' };
  return { problemType: classCount === 2 ? 'binary' : 'multiclass', classCount };
}
