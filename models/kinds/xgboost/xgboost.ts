/**
 * Models of XGBoost 1 to 3, as save_model writes them: JSON or UBJSON, with the boosters gbtree, dart and gblinear. Trees and
 * sums are computed with 32 bits, as XGBoost does; the scores are the library's own.
 */
import { z } from 'zod';
import { compileForest, type CompiledForest } from '../../forest/compile-forest.ts';
import { scoreForest } from '../../forest/score-forest.ts';
import { toSharedFloats } from '../../to-shared.ts';
import { toMatrixKind } from '../matrix-kind.ts';
import type { FileDescription } from '../model-file.ts';
import type { Output } from './objectives.ts';
import { findFormat, parseFile } from './read-file.ts';
import { readModel, type BoosterModel } from './read-model.ts';
import { readTrees } from './read-trees.ts';
import { scoreLinear, type LinearBooster } from './score-linear.ts';
import { toScores } from './to-scores.ts';

type XgboostData = Readonly<{
  output: Output;
  /** One of the two is there. */
  forest: CompiledForest | undefined;
  linear: LinearBooster | undefined;
  /** What is added to the sums of the trees; undefined if they begin with it. */
  base: Float64Array | undefined;
}>;

const settings = {
  /**
   * Which iterations are summed up if training was stopped early: those up to and including the best one, as XGBClassifier
   * and XGBRegressor do, or all, as Booster.predict does.
   */
  iterations: z.enum(['best', 'all']).default('best'),
};

/** The kind xgboost: `model.json`, or another file by the setting `file`. */
export const xgboost = toMatrixKind<typeof settings, XgboostData>({
  fileName: 'model.json',
  settings,
  encoding: { categories: 'codes', nan: true, missingCategory: NaN },
  recognizes: (bytes) => findFormat(bytes) !== undefined,
  read: (bytes, place, chosen) => {
    const { root, format } = parseFile(bytes, place);
    const model = readModel(root);
    const treeCount = chosen ? countTrees(model, chosen.iterations) : model.treeCount;
    // The trees are checked when they are compiled; whoever asks only for a description must hear of problems, too.
    const compile = () => compileModel(model, treeCount, place);
    if (!chosen) compile();
    return { description: describe(model, format), compile };
  },
  score: ({ output, forest, linear, base }, matrix, classCount) => {
    const margins = forest ? scoreForest(forest, matrix) : scoreLinear(linear as LinearBooster, matrix);
    if (base) for (let at = 0; at < margins.length; at++) addBase(margins, at, base);
    return toScores(margins, output, classCount);
  },
});

function addBase(margins: Float64Array, at: number, base: Float64Array): void {
  margins[at] = Math.fround((margins[at] as number) + (base[at % base.length] as number));
}

function countTrees({ best, treeCount, model }: BoosterModel, iterations: 'best' | 'all'): number {
  if (iterations === 'all' || !best) return treeCount;
  const place = model.at('gbtree_model_param').at('num_parallel_tree');
  const expected = 'the number of trees per iteration, to stop after the best one; set settings.iterations to "all"';
  return best.treeCount ?? place.fail(expected);
}

function compileModel(model: BoosterModel, treeCount: number, place: string): XgboostData {
  const { objective, outputCount, base, isBaseLast, features, boosterName } = model;
  const { output } = objective;
  if (boosterName === 'gblinear') return { output, forest: undefined, linear: readLinear(model), base: undefined };
  const forest = compileForest(
    {
      ...readTrees(model.model, treeCount, model.treeWeights),
      featureCount: features.length,
      outputCount,
      ...(!isBaseLast && { base }),
      precision: { cells: 32, thresholds: 32, sums: 32 },
      aggregation: 'sum',
      categories: 'floor',
    },
    place,
  );
  return { output, forest, linear: undefined, base: isBaseLast ? toSharedFloats(base) : undefined };
}

function readLinear({ model, features, outputCount, base }: BoosterModel): LinearBooster {
  const part = model.at('weights');
  const weights = Float64Array.from(part.numbers(), Math.fround);
  const count = (features.length + 1) * outputCount;
  if (weights.length !== count || !weights.every(Number.isFinite)) part.fail(`${count} finite numbers`);
  return { weights: toSharedFloats(weights), base: toSharedFloats(base) };
}

function describe(model: BoosterModel, format: string): FileDescription {
  const { objectiveName, boosterName, treeCount, classCount, classes, features, best } = model;
  return {
    format: `XGBoost ${model.version.join('.')}, ${format}`,
    facts: {
      objective: objectiveName,
      booster: boosterName,
      ...(boosterName !== 'gblinear' && { trees: treeCount }),
      ...(best && { 'best iteration': best.iteration }),
    },
    problemType: classCount === undefined ? 'regression' : classCount === 2 ? 'binary' : 'multiclass',
    ...(classCount !== undefined && { classCount }),
    ...(classes && { classes }),
    features,
    ...(best && { settings: { iterations: best.treeCount === undefined ? 'all' : 'best' } }),
    notices: listNotices(model),
  };
}

function listNotices({ objectiveName, features, best, boosterName }: BoosterModel): readonly string[] {
  const notices: string[] = [];
  if (best?.treeCount !== undefined) {
    notices.push(
      'Training was stopped early: as in XGBClassifier and XGBRegressor, the iterations after the best one are not used; ' +
        'Booster.predict uses all, as does the setting "iterations": "all".',
    );
  } else if (best) {
    notices.push(
      'Training was stopped early, but the file does not say how many trees an iteration has: all trees are used.',
    );
  }
  if (features.some(({ isCategorical, categories }) => isCategorical && !categories)) {
    notices.push(
      'The file does not have the categories of all columns: they must be given in the order of their codes, as ' +
        'data[column].cat.categories of pandas lists them.',
    );
  }
  if (objectiveName === 'binary:logitraw') {
    notices.push('The objective binary:logitraw predicts margins, which are served as numbers.');
  }
  if (boosterName !== 'gblinear') {
    notices.push('If the model was trained with another missing value than NaN, send null in its place.');
  }
  return notices;
}
