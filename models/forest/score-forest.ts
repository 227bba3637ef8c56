/**
 * What a compiled forest says of rows. Rows are taken in blocks whose ranks stay in the cache, and in a block tree after
 * tree, so that a tree is fetched once for thousands of rows; the rows that fill no group go through eight trees at a time.
 * Either way the sums of a row are made tree after tree, as a plain walk makes them, and so are the same to the last bit.
 */
import type { CompiledForest } from './compile-forest.ts';
import { LANES, rankRows } from './thresholds.ts';
import { walkRows, walkTrees } from './walk.ts';

/** How many ranks a block may have: 512 KiB of them, which a cache of the second level holds. */
const BLOCK = 2 ** 17;

/**
 * For each row the sums over all trees of the numbers in the leaves that it reaches: rows × leafWidth.
 * @param matrix the rows, `width` numbers each
 */
export function sumLeaves(forest: CompiledForest, matrix: Float64Array, width: number): Float64Array {
  const { leaves, leafWidth } = forest;
  const sums = new Float64Array((matrix.length / width) * leafWidth);
  walkForest(forest, matrix, width, {
    onTree: (reached, count, row) => addTree(leaves, leafWidth, reached, count, sums, row * leafWidth),
    onRow: (reached, count, row) => addRow(leaves, leafWidth, reached, count, sums, row * leafWidth),
  });
  return sums;
}

/**
 * For each row the numbers in the leaves that it reaches, tree after tree: rows × trees. For leaves of one number.
 * @param matrix the rows, `width` numbers each
 */
export function listLeaves(forest: CompiledForest, matrix: Float64Array, width: number): Float64Array {
  const { leaves, treeCount } = forest;
  const values = new Float64Array((matrix.length / width) * treeCount);
  const copy = (reached: Int32Array, count: number, from: number, step: number) => {
    for (let index = 0, at = from; index < count; index++, at += step) {
      values[at] = leaves[reached[index] as number] as number;
    }
  };
  walkForest(forest, matrix, width, {
    onTree: (reached, count, row, tree) => copy(reached, count, row * treeCount + tree, treeCount),
    onRow: (reached, count, row) => copy(reached, count, row * treeCount, 1),
  });
  return values;
}

interface WalkEvents {
  /** `reached` begins with the leaves in one tree of `count` rows from `row` on. */
  readonly onTree: (reached: Int32Array, count: number, row: number, tree: number) => void;
  /** `reached` begins with the leaves of one row in all `count` trees. */
  readonly onRow: (reached: Int32Array, count: number, row: number) => void;
}

function walkForest(forest: CompiledForest, matrix: Float64Array, width: number, { onTree, onRow }: WalkEvents): void {
  const { thresholds, nodes, roots, treeCount, shift, leafOf } = forest;
  const mask = 2 ** shift - 1;
  const rowCount = matrix.length / width;
  // A walk reads a rank even in a leaf. Reading beyond an array is right but slow, for every forest from then on.
  const groupSize = Math.max(1, thresholds.feature.length) * LANES;
  const groupCount = Math.min(Math.ceil(rowCount / LANES), Math.ceil(BLOCK / groupSize));
  const ranks = new Int32Array(groupCount * groupSize);
  const groups = Array.from({ length: groupCount }, (_, group) =>
    ranks.subarray(group * groupSize, (group + 1) * groupSize),
  );
  const reached = new Int32Array(Math.max(groupCount * LANES, roots.length));
  for (let from = 0; from < rowCount; from += groupCount * LANES) {
    const to = Math.min(rowCount, from + groupCount * LANES);
    rankRows(thresholds, matrix, width, from, to, shift, ranks);
    const full = Math.floor((to - from) / LANES);
    if (full > 0) {
      for (let tree = 0; tree < treeCount; tree++) {
        walkRows(nodes, roots[tree] as number, groups, full, mask, leafOf, reached);
        onTree(reached, full * LANES, from, tree);
      }
    }
    for (let row = from + full * LANES; row < to; row++) {
      walkTrees(nodes, roots, groups[full] as Int32Array, (row - from) % LANES, mask, leafOf, reached);
      onRow(reached, treeCount, row);
    }
  }
}

function addTree(
  leaves: Float64Array,
  leafWidth: number,
  reached: Int32Array,
  count: number,
  sums: Float64Array,
  from: number,
): void {
  // Without the inner loop it takes half the time, and two classes are what most forests have.
  if (leafWidth === 2) {
    for (let index = 0, at = from; index < count; index++, at += 2) {
      const leaf = (reached[index] as number) * 2;
      sums[at] = (sums[at] as number) + (leaves[leaf] as number);
      sums[at + 1] = (sums[at + 1] as number) + (leaves[leaf + 1] as number);
    }
    return;
  }
  for (let index = 0, at = from; index < count; index++) {
    const leaf = (reached[index] as number) * leafWidth;
    for (let place = 0; place < leafWidth; place++, at++) {
      sums[at] = (sums[at] as number) + (leaves[leaf + place] as number);
    }
  }
}

function addRow(
  leaves: Float64Array,
  leafWidth: number,
  reached: Int32Array,
  count: number,
  sums: Float64Array,
  at: number,
): void {
  for (let tree = 0; tree < count; tree++) {
    const leaf = (reached[tree] as number) * leafWidth;
    for (let place = 0; place < leafWidth; place++) {
      sums[at + place] = (sums[at + place] as number) + (leaves[leaf + place] as number);
    }
  }
}
