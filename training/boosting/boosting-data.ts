/** What gradient boosting learns from, in shared memory, so that several threads can read it. */

/** A feature of n rows. */
export interface BoostingFeature {
  /** The bin of each row. */
  readonly bins: Uint8Array;
  /**
   * The number of bins. A number's missing values have the last bin; of a categorical feature, the last bin is for missing
   * and rare categories, and always there.
   */
  readonly binCount: number;
  /** Whether there is a bin for missing values, after those of the numbers. */
  readonly hasMissing: boolean;
  /** A number of bin b is at most upperBounds[b], one of a later bin above it; undefined for a categorical feature. */
  readonly upperBounds: Float64Array | undefined;
}

/** The rows of a table. */
export interface BoostingData {
  readonly features: readonly BoostingFeature[];
  /** One target per row: a class index from 0, or a number. */
  readonly target: Float64Array;
  /** One weight per row; undefined if all are 1. */
  readonly weights: Float64Array | undefined;
  /** The number of classes; 0 for a regression. */
  readonly classCount: number;
}

export const OBJECTIVES = ['binary', 'multiclass', 'squared-error', 'poisson'] as const;
/** What boosting minimises: the log loss, the squared error, or the Poisson deviance. */
export type ObjectiveName = (typeof OBJECTIVES)[number];

/** The hyperparameters, with LightGBM's names in parentheses where they differ. */
export interface BoostingOptions {
  readonly objective: ObjectiveName;
  /** The maximum number of iterations; each adds one tree, or one per class of three or more (num_iterations). */
  readonly iterations: number;
  readonly learningRate: number;
  /** The maximum number of leaves of a tree (num_leaves). */
  readonly leaves: number;
  /** The maximum number of splits from the root to a leaf. */
  readonly maxDepth: number;
  /** The minimum number of rows in a leaf (min_data_in_leaf). */
  readonly minLeaf: number;
  /** The L2 penalty of leaves (lambda_l2). */
  readonly l2: number;
  /** The share of the features that are drawn for each tree (feature_fraction). */
  readonly featureFraction: number;
  /** The share of the rows that are drawn, without replacement, for each iteration (bagging_fraction, bagging_freq 1). */
  readonly rowFraction: number;
  readonly seed: number;
}

/** A tree. Its splits are numbered from 0, the root; a child is the number of a split, or -1 - the number of a leaf. */
export interface BoostedTree {
  readonly feature: Int32Array;
  /** The last bin of the left side, where the feature is a number. */
  readonly bin: Int32Array;
  /** Whether missing values go to the left. */
  readonly missingLeft: Uint8Array;
  /** The bins of the left side, 8 words of 32 bits per split, where the feature is categorical. */
  readonly sets: Uint32Array;
  readonly gain: Float64Array;
  readonly left: Int32Array;
  readonly right: Int32Array;
  /** What a node adds to the margin of its rows, and their number. */
  readonly splitValue: Float64Array;
  readonly splitCount: Int32Array;
  readonly splitWeight: Float64Array;
  readonly leafValue: Float64Array;
  readonly leafCount: Int32Array;
  /** The sums of the second derivatives. */
  readonly leafWeight: Float64Array;
}

/** The words of 32 bits that a set of bins takes. */
export const SET_WORDS = 8;

/** Whether a row goes to the left at a split. */
export function goesLeft(tree: BoostedTree, split: number, feature: BoostingFeature, bin: number): boolean {
  if (!feature.upperBounds) return (((tree.sets[split * SET_WORDS + (bin >> 5)] as number) >>> (bin & 31)) & 1) === 1;
  if (feature.hasMissing && bin === feature.binCount - 1) return tree.missingLeft[split] === 1;
  return bin <= (tree.bin[split] as number);
}
