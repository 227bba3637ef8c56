/** Refuses what a newer XGBoost may have added to its files: it may change what a model predicts, as `weight_drop` did in 3.4. */
import type { Part } from '../../json/numeric-value.ts';

/** The keys that XGBoost 1.0 to 3.4 write, besides those that are not read. */
const KEYS = {
  booster: 'name model gbtree weight_drop',
  model: 'gbtree_model_param tree_info trees iteration_indptr cats weight_drop weights boosted_rounds param',
  learnerParameters: 'base_score boost_from_average num_class num_feature num_target',
  modelParameters: 'num_trees num_parallel_tree size_leaf_vector num_roots num_feature num_output_group',
  tree:
    'id tree_param left_children right_children parents split_indices split_conditions split_type default_left categories ' +
    'categories_nodes categories_segments categories_sizes base_weights loss_changes sum_hessian leaf_child_counts',
  treeParameters: 'num_nodes num_feature num_deleted num_roots size_leaf_vector',
} as const;

/**
 * Checks that an object has no other keys.
 * @throws {DeploymentError} that names the first other one
 */
export function checkKeys(part: Part, name: keyof typeof KEYS): void {
  if (!(part.value instanceof Map)) return;
  const known = KEYS[name].split(' ');
  for (const key of (part.value as ReadonlyMap<string, unknown>).keys())
    if (!known.includes(key))
      part.at(key).fail('no such key, as XGBoost 1.0 to 3.4 write none; save the model with one of these');
}
