/** A small model of XGBoost as its JSON file: amount > 1000 counts for the second class, and so does the category `car`. */
export interface BoostedModel {
  readonly objective?: string;
  readonly names?: readonly string[];
  /** The codes' categories, or none in the file. */
  readonly categories?: readonly string[];
  readonly classCount?: number;
}

export function toBoostedModel({
  objective = 'binary:logistic',
  names = ['amount', 'purpose'],
  categories,
  classCount = 0,
}: BoostedModel = {}): string {
  const toTree = (id: number) => ({
    tree_param: { num_deleted: '0', num_feature: '2', num_nodes: '5', size_leaf_vector: '1' },
    id,
    left_children: [1, -1, 3, -1, -1],
    right_children: [2, -1, 4, -1, -1],
    parents: [2147483647, 0, 0, 2, 2],
    split_indices: [0, 0, 1, 0, 0],
    split_conditions: [1000, -1, 1e-45, 0.5, 2],
    split_type: [0, 0, 1, 0, 0],
    default_left: [1, 0, 0, 0, 0],
    base_weights: [0, -1, 0, 0.5, 2],
    loss_changes: [1, 0, 1, 0, 0],
    sum_hessian: [9, 4, 5, 2, 3],
    categories: [0],
    categories_nodes: [2],
    categories_segments: [0],
    categories_sizes: [1],
  });
  const count = Math.max(1, classCount);
  const bytes = Buffer.from((categories ?? []).join(''));
  const offsets = (categories ?? []).reduce<number[]>(
    (all, category) => [...all, (all.at(-1) ?? 0) + Buffer.byteLength(category)],
    [0],
  );
  return JSON.stringify({
    learner: {
      attributes: {},
      feature_names: names,
      feature_types: ['float', 'c'],
      gradient_booster: {
        model: {
          gbtree_model_param: { num_parallel_tree: '1', num_trees: String(count) },
          iteration_indptr: [0, count],
          tree_info: Array.from({ length: count }, (_, index) => index),
          trees: Array.from({ length: count }, (_, index) => toTree(index)),
          ...(categories && {
            cats: {
              enc: [
                { offsets: [], values: [] },
                { offsets, values: [...bytes] },
              ],
              feature_segments: [0, 0, categories.length],
              sorted_idx: [...categories.keys()],
            },
          }),
        },
        name: 'gbtree',
      },
      learner_model_param: {
        base_score: '[5E-1]',
        boost_from_average: '1',
        num_class: String(classCount),
        num_feature: '2',
        num_target: '1',
      },
      objective: { name: objective },
    },
    version: [3, 2, 0],
  });
}
