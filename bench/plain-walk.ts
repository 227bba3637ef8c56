/**
 * The plain walk of a flat forest, a row and a tree at a time: what the compiled forest must equal to the last bit, and is
 * measured against.
 */
import type { FlatForest } from '../models/forest/flatten-forest.ts';

/** For each row the sums over all trees of the leafWidth numbers in the leaves it reaches. */
export function sumLeavesPlainly(
  forest: FlatForest,
  leaves: Float64Array,
  leafWidth: number,
  matrix: Float64Array,
  width: number,
): Float64Array {
  const rowCount = matrix.length / width;
  const sums = new Float64Array(rowCount * leafWidth);
  for (let row = 0; row < rowCount; row++) {
    const at = row * leafWidth;
    for (let tree = 0; tree < forest.roots.length; tree++) {
      const leaf = findLeaf(forest, tree, matrix, row * width) * leafWidth;
      for (let index = 0; index < leafWidth; index++) {
        sums[at + index] = (sums[at + index] as number) + (leaves[leaf + index] as number);
      }
    }
  }
  return sums;
}

/** The number of the leaf that a row reaches in a tree. The row begins at `at` in the matrix. */
export function findLeaf(
  { roots, feature, threshold, child }: FlatForest,
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
