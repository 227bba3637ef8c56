/**
 * Writes boosted trees as LightGBM's own text format, version 4 (its source, src/boosting/gbdt_model_text.cpp and src/io/tree.cpp),
 * so that LightGBM loads them, and the kind `lightgbm` serves them.
 */
import type { BoostedModel } from './boost.ts';
import { SET_WORDS, type BoostedTree, type BoostingFeature, type BoostingOptions } from './boosting-data.ts';
import type { Scalar } from '../../models/deployment-file.ts';

/** A feature as the file names it. */
export interface NamedFeature extends BoostingFeature {
  readonly name: string;
  /** The least and the largest number; undefined for a categorical feature. */
  readonly range: readonly [number, number] | undefined;
  /** The category of each bin but the last, where the feature is categorical. */
  readonly categories: readonly Scalar[] | undefined;
}

const OBJECTIVE_LINES = {
  binary: () => 'binary sigmoid:1',
  multiclass: (classCount: number) => `multiclass num_class:${classCount}`,
  'squared-error': () => 'regression',
  poisson: () => 'poisson',
} as const;

/** The types of splits: bits of decision_type. */
const CATEGORICAL = 1;
const DEFAULT_LEFT = 2;
const MISSING_IS_NAN = 8;

/** The file, piece by piece. */
export function* toLightgbmText(
  { start, trees }: BoostedModel,
  features: readonly NamedFeature[],
  options: BoostingOptions,
): Generator<string> {
  const outputs = start.length;
  const names = toNames(features);
  const blocks = trees.map((tree, index) => toBlock(tree, index, features, options, start[index]));
  // Without a tree, the model is a constant.
  if (blocks.length === 0)
    start.forEach((value, index) => blocks.push(toBlock(toConstant(), index, features, options, value)));
  const head = {
    version: 'v4',
    num_class: outputs,
    num_tree_per_iteration: outputs,
    label_index: 0,
    max_feature_idx: features.length - 1,
    objective: OBJECTIVE_LINES[options.objective](outputs),
    feature_names: names.join(' '),
    feature_infos: features.map(toInfo).join(' '),
    tree_sizes: blocks.map((block) => Buffer.byteLength(block)).join(' '),
  };
  yield `tree\n${toLines(head)}\n`;
  yield* blocks;
  yield 'end of trees\n\nfeature_importances:\n';
  for (const [name, count] of countSplits(trees, names)) yield `${name}=${count}\n`;
  yield `\nparameters:\n${toParameters(features, options, outputs)}\nend of parameters\n\n`;
  const lists = features.flatMap(({ categories }) => (categories ? [categories] : []));
  yield `pandas_categorical:${lists.length > 0 ? JSON.stringify(lists) : 'null'}\n`;
}

/** Names without what LightGBM does not take in a name, each once. */
function toNames(features: readonly NamedFeature[]): string[] {
  const taken = new Set<string>();
  return features.map(({ name }) => {
    const base = name.replace(/[\s",:[\]{}=]|[^\x20-\x7e]/gu, '_') || '_';
    let unique = base;
    for (let number = 2; taken.has(unique); number++) unique = `${base}_${number}`;
    taken.add(unique);
    return unique;
  });
}

function toInfo({ range, categories }: NamedFeature): string {
  if (categories) return categories.map((_, code) => code).join(':');
  return range && range[0] < range[1] ? `[${range[0]}:${range[1]}]` : 'none';
}

/** @param bias what LightGBM adds to the first trees: the margins to start from */
function toBlock(
  tree: BoostedTree,
  index: number,
  features: readonly NamedFeature[],
  { learningRate }: BoostingOptions,
  bias: number | undefined,
): string {
  const splits = Array.from(tree.feature, (feature, node) => ({ node, feature: features[feature] as NamedFeature }));
  const sets: number[] = [];
  const boundaries = [0];
  const thresholds = splits.map(({ node, feature }) => {
    if (feature.upperBounds) return toBound(feature.upperBounds, tree.bin[node] as number);
    const words = Array.from(tree.sets.subarray(node * SET_WORDS, (node + 1) * SET_WORDS));
    while (words.length > 1 && words.at(-1) === 0) words.pop();
    sets.push(...words);
    boundaries.push(sets.length);
    return boundaries.length - 2;
  });
  const values = (list: Float64Array) => Array.from(list, (value) => value + (bias ?? 0)).join(' ');
  const lines = {
    num_leaves: tree.leafValue.length,
    num_cat: boundaries.length - 1,
    split_feature: tree.feature.join(' '),
    split_gain: Array.from(tree.gain, toShort).join(' '),
    threshold: thresholds.join(' '),
    decision_type: splits.map(({ node, feature }) => toDecision(tree, node, feature)).join(' '),
    left_child: tree.left.join(' '),
    right_child: tree.right.join(' '),
    leaf_value: values(tree.leafValue),
    leaf_weight: tree.leafWeight.join(' '),
    leaf_count: tree.leafCount.join(' '),
    internal_value: Array.from(tree.splitValue, (value) => toShort(value + (bias ?? 0))).join(' '),
    internal_weight: Array.from(tree.splitWeight, toShort).join(' '),
    internal_count: tree.splitCount.join(' '),
    ...(boundaries.length > 1 && { cat_boundaries: boundaries.join(' '), cat_threshold: sets.join(' ') }),
    is_linear: 0,
    shrinkage: bias === undefined ? learningRate : 1,
  };
  return `Tree=${index}\n${toLines(lines)}\n\n`;
}

/** The largest number of the left side; where that has all numbers, any number is. */
function toBound(upperBounds: Float64Array, bin: number): number {
  return upperBounds[bin] ?? Number.MAX_VALUE;
}

function toDecision(tree: BoostedTree, node: number, { upperBounds, hasMissing }: NamedFeature): number {
  if (!upperBounds) return CATEGORICAL + MISSING_IS_NAN;
  if (!hasMissing) return DEFAULT_LEFT;
  return MISSING_IS_NAN + (tree.missingLeft[node] === 1 ? DEFAULT_LEFT : 0);
}

function toConstant(): BoostedTree {
  const none = new Int32Array(0);
  const empty = new Float64Array(0);
  return {
    feature: none,
    bin: none,
    missingLeft: new Uint8Array(0),
    sets: new Uint32Array(0),
    gain: empty,
    left: none,
    right: none,
    splitValue: empty,
    splitCount: none,
    splitWeight: empty,
    leafValue: Float64Array.of(0),
    leafCount: Int32Array.of(0),
    leafWeight: Float64Array.of(0),
  };
}

/** Six digits, as LightGBM writes what is for people. */
function toShort(value: number): number {
  return Number(value.toPrecision(6));
}

function countSplits(trees: readonly BoostedTree[], names: readonly string[]): [string, number][] {
  const counts = new Float64Array(names.length);
  for (const { feature } of trees) for (const index of feature) counts[index] = (counts[index] as number) + 1;
  return names
    .map((name, index): [string, number] => [name, counts[index] as number])
    .filter(([, count]) => count > 0)
    .sort(([, a], [, b]) => b - a);
}

function toParameters(features: readonly NamedFeature[], options: BoostingOptions, outputs: number): string {
  const objective = options.objective === 'squared-error' ? 'regression' : options.objective;
  const categorical = features.flatMap(({ categories }, index) => (categories ? [index] : []));
  const parameters = {
    boosting: 'gbdt',
    objective,
    num_class: outputs,
    num_iterations: options.iterations,
    learning_rate: options.learningRate,
    num_leaves: options.leaves,
    max_depth: options.maxDepth,
    min_data_in_leaf: options.minLeaf,
    lambda_l2: options.l2,
    feature_fraction: options.featureFraction,
    bagging_fraction: options.rowFraction,
    bagging_freq: options.rowFraction < 1 ? 1 : 0,
    seed: options.seed,
    categorical_feature: categorical.join(','),
  };
  return Object.entries(parameters)
    .map(([name, value]) => `[${name}: ${value}]\n`)
    .join('');
}

function toLines(entries: Readonly<Record<string, string | number>>): string {
  return Object.entries(entries)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}
