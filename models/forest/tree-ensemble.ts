/**
 * An ensemble of decision trees as the kernel takes it, whichever library trained it and whichever file it came in. A model
 * kind reads its file format into a TreeEnsemble when a deployment is loaded. `compileForest` checks it and turns it into
 * typed arrays in shared memory, and `scoreForest` scores rows with those. For example, XGBoost, where `json` is the learner:
 *
 * ```ts
 * const { trees, tree_info } = json.gradient_booster.model;
 * const ensemble: TreeEnsemble = {
 *   featureCount, outputCount, base, // base: the margins before the first tree, one per output
 *   trees: trees.map((tree, index) => ({
 *     test: tree.left_children.map((left) => (left < 0 ? TEST.leaf : TEST.less)),
 *     feature: tree.split_indices, threshold: tree.split_conditions,
 *     left: tree.left_children, right: tree.right_children,
 *     missing: tree.default_left, // 1 is MISSING.left
 *     value: tree.split_conditions, output: tree_info[index],
 *   })),
 *   precision: { cells: 32, thresholds: 32, sums: 32 }, aggregation: 'sum',
 * };
 * const forest = compileForest(ensemble, 'model.json'); // on load; throws a DeploymentError that names tree and node
 * const margins = scoreForest(forest, encoder.encode(table)); // per request; rows × outputCount numbers
 * ```
 *
 * How to express what libraries do:
 *
 * - `x > t` goes left: use `x <= t` with the children swapped. Likewise for a set whose members go right. The direction of
 *   missing values is separate, so nothing is lost.
 * - Missing values are compared as 0 (LightGBM's missing type none): send them where `0 <= threshold` goes. LightGBM's
 *   missing type zero is MISSING.leftWithZero or MISSING.rightWithZero.
 * - A test for missing values alone: `x <= Infinity`, with missing values going right.
 * - An unseen category is in no set. If it must go left with the missing values (scikit-learn's HistGradientBoosting), use
 *   the set of the categories that go right, and swap the children.
 * - Multiply the weight of a tree and the learning rate into the leaves.
 * - For anything that is not a sum, mean or vote (a median, linear models in leaves), use `listLeaves`. The value of a leaf
 *   can then be its number.
 */

/** The test of a node: the codes in Tree.test. */
export const TEST = {
  /** The node is a leaf. */
  leaf: 0,
  /** feature < threshold */
  less: 1,
  /** feature <= threshold */
  atMost: 2,
  /** The feature is in a set, whose index in TreeEnsemble.sets is the threshold. */
  inSet: 3,
} as const;

/**
 * A tree of n nodes: parallel arrays of n entries, typed or plain. Node 0 is the root. Nodes that cannot be reached from the
 * root are ignored; every other node has exactly one parent.
 */
export interface Tree {
  /** The test of each node, a code of TEST. In leaves, the arrays from `feature` to `missing` are ignored. */
  readonly test: ArrayLike<number>;
  /** The index of the tested feature in a row. */
  readonly feature: ArrayLike<number>;
  /** The threshold, any number but NaN; or the index of a set. */
  readonly threshold: ArrayLike<number>;
  /** The child node if the test holds. */
  readonly left: ArrayLike<number>;
  /** The child node if the test does not hold. */
  readonly right: ArrayLike<number>;
  /** Which values are missing and where they go, a code of MISSING (missing-values.ts). Default: NaN goes right. */
  readonly missing?: ArrayLike<number>;
  /**
   * The values of leaves: one number per node if the tree has an `output`, else outputCount numbers per node. If the ensemble
   * has `leaves`, one index per node. The values of other nodes are ignored.
   */
  readonly value: ArrayLike<number>;
  /** The index of the output that the tree contributes to. Either all trees of an ensemble have one or none has. */
  readonly output?: number;
}

/** Decision trees and how their leaves are combined into scores. */
export interface TreeEnsemble {
  /** The number of cells in a row. */
  readonly featureCount: number;
  /** The number of scores per row: one per class, margin or target. */
  readonly outputCount: number;
  /** One tree or more, in the order in which they are summed; at most MAX_NODES nodes in total (check-ensemble.ts). */
  readonly trees: readonly Tree[];
  /**
   * The floating-point precision of the library, in bits. With 32, cells are rounded before they are compared, so are
   * thresholds and set members; for `sums`, leaves, base and every intermediate sum are rounded.
   */
  readonly precision: Readonly<Record<'cells' | 'thresholds' | 'sums', 32 | 64>>;
  /**
   * How the leaves that a row reaches become scores. `sum`: base plus all leaves, in the order of the trees. `mean`: the sum
   * of the leaves, divided by the number of trees that contribute to the output. `vote`: the fraction of trees whose leaf
   * has its greatest value at the output; on a tie, the first one counts.
   */
  readonly aggregation: 'sum' | 'mean' | 'vote';
  /** The initial sum of each output; 0 by default. Only for `sum`. */
  readonly base?: ArrayLike<number>;
  /**
   * Values of leaves that all trees share, outputCount per leaf: equal leaves are kept once. No tree has an `output` then, and
   * the value of a node is the index of its leaf.
   */
  readonly leaves?: ArrayLike<number>;
  /** The category sets, by index: the numbers that categories are encoded as. */
  readonly sets?: readonly ArrayLike<number>[];
  /**
   * When a cell x matches a member c of a set. `equal` (the default): x = c. `floor`: ⌊x⌋ = c, so -0.5 does not match 0
   * (XGBoost). `truncated`: x without its fraction is c, so -0.5 matches 0 (LightGBM). The latter two require integer
   * members.
   */
  readonly categories?: 'equal' | 'floor' | 'truncated';
}
