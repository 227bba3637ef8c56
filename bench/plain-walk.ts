/**
 * Scores with a flat forest one row and one tree at a time. The compiled forest must equal it to the last bit, and is measured
 * against it.
 */
import type { FlatForest } from '../models/forest/flatten-forest.ts';

/** Returns for each row the sums, over all trees, of the leafWidth numbers in the leaf that it reaches. */
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

/** Finds the index of the leaf that a row reaches in a tree. The row starts at index `at` of the matrix. */
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
