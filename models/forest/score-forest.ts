/**
 * Scores rows with a compiled forest. Rows are processed in blocks whose ranks fit into the cache, and each block tree by
 * tree, so that a tree is fetched once for thousands of rows. Rows that do not fill a group go through eight trees at a time.
 * Either way, the leaves of a row are summed in the order of the trees, so the result is that of a plain walk to the last bit.
 *
 * A matrix has featureCount numbers per row, in the order of the ensemble's features; NaN is a missing value.
 */
import { copySetBits } from './category-sets.ts';
import type { CompiledForest } from './compile-forest.ts';
import { sendMissing } from './missing-values.ts';
import { BLOCK, reuse } from './scratch.ts';
import { LANES, rankRows } from './thresholds.ts';
import { walkRows, walkTrees } from './walk.ts';
import { walkRowsWithSets, walkTreesWithSets } from './walk-with-sets.ts';

/** Scores the rows of a matrix: rows × outputCount numbers, combined as the ensemble's aggregation says. */
export function scoreForest(forest: CompiledForest, matrix: Float64Array): Float64Array {
  const { featureCount, outputCount, base, divisor } = forest;
  const sums = new Float64Array((matrix.length / featureCount) * outputCount);
  if (base) for (let at = 0; at < sums.length; at += outputCount) sums.set(base, at);
  walkForest(forest, matrix, {
    onTree: (reached, count, row, tree) => addTree(forest, tree, reached, count, sums, row * outputCount),
    onRow: (reached, row) => addRow(forest, reached, sums, row * outputCount),
  });
  if (divisor) divide(sums, divisor, forest.single);
  return sums;
}

/** Lists the values of the leaves that each row reaches: rows × trees numbers. The leaves must have one value each. */
export function listLeaves(forest: CompiledForest, matrix: Float64Array): Float64Array {
  const { featureCount, leaves, leafWidth, treeCount } = forest;
  if (leafWidth !== 1) throw new Error('listLeaves: expected leaves with one value');
  const values = new Float64Array((matrix.length / featureCount) * treeCount);
  const copy = (reached: Int32Array, count: number, from: number, step: number) => {
    for (let index = 0, at = from; index < count; index++, at += step) {
      values[at] = leaves[reached[index] as number] as number;
    }
  };
  walkForest(forest, matrix, {
    onTree: (reached, count, row, tree) => copy(reached, count, row * treeCount + tree, treeCount),
    onRow: (reached, row) => copy(reached, treeCount, row * treeCount, 1),
  });
  return values;
}

/** Called during a walk. A leaf is given as the index of its first value in `leaves`. */
interface WalkEvents {
  /** `reached` starts with the leaves in one tree of `count` rows, beginning with `row`. */
  readonly onTree: (reached: Int32Array, count: number, row: number, tree: number) => void;
  /** `reached` starts with the leaves of one row in all trees. */
  readonly onRow: (reached: Int32Array, row: number) => void;
}

function walkForest(forest: CompiledForest, matrix: Float64Array, { onTree, onRow }: WalkEvents): void {
  const { featureCount, sets, columnCount, nodes, masks, roots, hasSets, treeCount, shift, leafOf } = forest;
  const mask = 2 ** shift - 1;
  const rowCount = matrix.length / featureCount;
  // A walk reads a rank even in a leaf. Reading past the end of an array works but slows down all forests from then on.
  const groupSize = Math.max(1, columnCount) * LANES;
  const groupCount = Math.min(Math.ceil(rowCount / LANES), Math.ceil(BLOCK / groupSize));
  const ranks = reuse('ranks', groupCount * groupSize);
  const places = sets && reuse('places', groupCount * sets.column.length * LANES);
  const groups =
    groupCount === 1
      ? [ranks]
      : Array.from({ length: groupCount }, (_, group) => ranks.subarray(group * groupSize, (group + 1) * groupSize));
  const reached = reuse('reached', Math.max(groupCount * LANES, roots.length));
  for (let from = 0; from < rowCount; from += groupCount * LANES) {
    const to = Math.min(rowCount, from + groupCount * LANES);
    writeRanks(forest, matrix, from, to, ranks, groupSize, places);
    const full = Math.floor((to - from) / LANES);
    if (full > 0) {
      for (let tree = 0; tree < treeCount; tree++) {
        const root = roots[tree] as number;
        if (hasSets[tree] === 1) walkRowsWithSets(nodes, masks, root, groups, full, mask, leafOf, reached);
        else walkRows(nodes, root, groups, full, mask, leafOf, reached);
        onTree(reached, full * LANES, from, tree);
      }
    }
    for (let row = from + full * LANES; row < to; row++) {
      const group = groups[full] as Int32Array;
      const lane = (row - from) % LANES;
      if (sets) walkTreesWithSets(nodes, masks, roots, group, lane, mask, leafOf, reached);
      else walkTrees(nodes, roots, group, lane, mask, leafOf, reached);
      onRow(reached, row);
    }
  }
}

function writeRanks(
  { featureCount, thresholds, missing, sets, shift }: CompiledForest,
  matrix: Float64Array,
  from: number,
  to: number,
  ranks: Int32Array,
  groupSize: number,
  places: Int32Array | undefined,
): void {
  rankRows(thresholds, matrix, featureCount, from, to, shift, ranks, groupSize);
  if (missing.feature.length > 0) sendMissing(missing, matrix, featureCount, from, to, shift, ranks, groupSize);
  if (!sets || !places) return;
  rankRows(sets.cuts, matrix, featureCount, from, to, 0, places, sets.column.length * LANES);
  copySetBits(sets, places, to - from, ranks, groupSize);
}

function addTree(
  { leaves, leafWidth, outputCount, output, single }: CompiledForest,
  tree: number,
  reached: Int32Array,
  count: number,
  sums: Float64Array,
  from: number,
): void {
  // Without an inner loop this takes half the time. Most forests have two classes, and most boosted trees one value.
  if (leafWidth === 2 && !single) {
    for (let index = 0, at = from; index < count; index++, at += 2) {
      const leaf = reached[index] as number;
      sums[at] = (sums[at] as number) + (leaves[leaf] as number);
      sums[at + 1] = (sums[at + 1] as number) + (leaves[leaf + 1] as number);
    }
  } else if (leafWidth === 1) {
    for (let index = 0, at = from + (output[tree] as number); index < count; index++, at += outputCount) {
      const sum = (sums[at] as number) + (leaves[reached[index] as number] as number);
      sums[at] = single ? Math.fround(sum) : sum;
    }
  } else {
    for (let index = 0, at = from; index < count; index++) {
      const leaf = reached[index] as number;
      for (let place = 0; place < leafWidth; place++, at++) {
        const sum = (sums[at] as number) + (leaves[leaf + place] as number);
        sums[at] = single ? Math.fround(sum) : sum;
      }
    }
  }
}

function addRow(
  { leaves, leafWidth, treeCount, outputCount, output, single }: CompiledForest,
  reached: Int32Array,
  sums: Float64Array,
  from: number,
): void {
  if (outputCount === 1) {
    // A sum in a variable takes a third of the time: in memory, each addition waits for the one before it to be stored.
    let sum = sums[from] as number;
    for (let tree = 0; tree < treeCount; tree++) {
      sum += leaves[reached[tree] as number] as number;
      if (single) sum = Math.fround(sum);
    }
    sums[from] = sum;
    return;
  }
  for (let tree = 0; tree < treeCount; tree++) {
    const leaf = reached[tree] as number;
    const first = leafWidth === 1 ? from + (output[tree] as number) : from;
    for (let place = 0; place < leafWidth; place++) {
      const sum = (sums[first + place] as number) + (leaves[leaf + place] as number);
      sums[first + place] = single ? Math.fround(sum) : sum;
    }
  }
}

function divide(sums: Float64Array, divisor: Float64Array, single: boolean): void {
  for (let at = 0; at < sums.length;) {
    for (let output = 0; output < divisor.length; output++, at++) {
      const mean = (sums[at] as number) / (divisor[output] as number);
      sums[at] = single ? Math.fround(mean) : mean;
    }
  }
}
