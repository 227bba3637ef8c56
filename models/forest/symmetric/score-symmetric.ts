/**
 * Scores rows with a compiled forest of symmetric trees. Blocks of rows are ranked column by column, and then go through eight
 * trees at a time, with vector instructions (block-program.ts). A few rows go through the trees one by one. Either way, the
 * leaves of a row are summed in the order of the trees, so the result is that of scoreForest to the last bit.
 */
import { copySetBits, type SetPages } from '../category-sets.ts';
import { reuse } from '../scratch.ts';
import { LANES, rankRows } from '../thresholds.ts';
import {
  BATCH,
  buildBlockProgram,
  MAX_DEPTH,
  MAX_RANKS,
  MAX_ROWS,
  MAX_SUMS,
  SHIFT,
  VECTOR,
  type BlockProgram,
  type Routine,
} from './block-program.ts';
import type { SymmetricForest } from './compile-symmetric.ts';

/** Fewer rows are faster one by one, because a block takes as long as a full vector. */
const FEW = 8;
/** The number of tests of a batch. */
const TESTS = BATCH * MAX_DEPTH;

/** The bits of a test that are its column. */
const OFFSET = 2 ** SHIFT - 1;

/** The program of this thread; undefined before it is needed. */
let thread: { readonly program: BlockProgram | undefined } | undefined;

/** Scores the rows of a matrix, featureCount numbers each: rows × outputCount sums. */
export function scoreSymmetric(forest: SymmetricForest, matrix: Float64Array): Float64Array {
  const rowCount = matrix.length / forest.featureCount;
  if (rowCount < FEW) return scoreOneByOne(forest, matrix);
  thread ??= { program: buildBlockProgram() };
  return thread.program ? scoreBlocks(forest, thread.program, matrix) : scoreOneByOne(forest, matrix);
}

function scoreBlocks(forest: SymmetricForest, program: BlockProgram, matrix: Float64Array): Float64Array {
  const { featureCount, outputCount, columnCount, tests, depths, starts, leaves, base } = forest;
  const rowCount = matrix.length / featureCount;
  const scores = new Float64Array(rowCount * outputCount);
  const room = Math.min(MAX_ROWS, Math.floor(MAX_RANKS / columnCount), Math.floor(MAX_SUMS / outputCount));
  const stride = room - (room % VECTOR);
  for (let from = 0; from < rowCount; from += stride) {
    const count = Math.min(stride, rowCount - from);
    rankBlock(forest, program, matrix, from, count, stride);
    base.forEach((sum, output) => program.sums.fill(sum, output * stride, output * stride + count));
    for (let batch = 0; batch < depths.length; batch++) {
      const depth = depths[batch] as number;
      const size = BATCH << depth;
      program.tests.set(tests.subarray(batch * TESTS, (batch + 1) * TESTS));
      // The rows that fill the last vector have any ranks; their leaves are not added.
      (program.findLeaves[depth] as Routine<number[]>)(Math.ceil(count / VECTOR) * VECTOR, stride);
      for (let output = 0, at = starts[batch] as number; output < outputCount; output++, at += size) {
        program.leaves.set(leaves.subarray(at, at + size));
        program.addLeaves(count, output * stride, 2 ** depth);
      }
    }
    for (let output = 0; output < outputCount; output++) {
      for (let sum = output * stride, at = from * outputCount + output, end = sum + count; sum < end; sum++) {
        scores[at] = program.sums[sum] as number;
        at += outputCount;
      }
    }
  }
  return scores;
}

/** Writes the ranks of the rows of a block. */
function rankBlock(
  { featureCount, thresholds, sets }: SymmetricForest,
  { cells, values, ranks, rank }: BlockProgram,
  matrix: Float64Array,
  from: number,
  count: number,
  stride: number,
): void {
  const { feature, value, start, missing } = thresholds;
  for (let column = 0; column < feature.length; column++) {
    for (let row = 0, cell = from * featureCount + (feature[column] as number); row < count; row++) {
      cells[row] = matrix[cell] as number;
      cell += featureCount;
    }
    const first = start[column] as number;
    const length = (start[column + 1] as number) - first;
    const bits = 32 - Math.clz32(length);
    values.set(value.subarray(first, first + length));
    values.fill(NaN, length, 2 ** bits - 1);
    (rank[bits] as Routine<number[]>)(count, column * stride, (missing[column] as number) - 128);
  }
  if (sets) rankSets(sets, ranks, matrix, featureCount, from, count, stride);
}

function rankSets(
  { cuts, column, columnCount, start, bits }: SetPages,
  ranks: Int8Array,
  matrix: Float64Array,
  featureCount: number,
  from: number,
  count: number,
  stride: number,
): void {
  const groupSize = column.length * LANES;
  const places = reuse('places', Math.ceil(count / LANES) * groupSize);
  rankRows(cuts, matrix, featureCount, from, from + count, 0, places, groupSize);
  for (let page = 0; page < column.length; page++) {
    const width = columnCount[page] as number;
    for (let row = 0; row < count; row++) {
      const place = places[Math.floor(row / LANES) * groupSize + page * LANES + (row % LANES)] as number;
      const line = (start[page] as number) + place * width;
      for (let index = 0, at = (column[page] as number) * stride + row; index < width; index++, at += stride)
        ranks[at] = ((bits[line + index] as number) >> SHIFT) - 128;
    }
  }
}

function scoreOneByOne(forest: SymmetricForest, matrix: Float64Array): Float64Array {
  const { featureCount, outputCount, thresholds, sets, columnCount, base } = forest;
  const rowCount = matrix.length / featureCount;
  const scores = new Float64Array(rowCount * outputCount);
  const ranks = reuse('ranks', columnCount * LANES);
  const groupSize = (sets?.column.length ?? 0) * LANES;
  for (let row = 0; row < rowCount; row++) {
    rankRows(thresholds, matrix, featureCount, row, row + 1, SHIFT, ranks, columnCount * LANES);
    if (sets) {
      const places = reuse('places', groupSize);
      rankRows(sets.cuts, matrix, featureCount, row, row + 1, 0, places, groupSize);
      copySetBits(sets, places, 1, ranks, columnCount * LANES);
    }
    scores.set(base, row * outputCount);
    addRow(forest, ranks, scores, row * outputCount);
  }
  return scores;
}

/** Adds the leaves of one row, whose ranks are the first of each group, to its sums. */
function addRow(
  { outputCount, tests, depths, starts, leaves }: SymmetricForest,
  ranks: Int32Array,
  sums: Float64Array,
  from: number,
): void {
  for (let batch = 0, at = 0; batch < depths.length; batch++) {
    const depth = depths[batch] as number;
    const step = BATCH << depth;
    let first = starts[batch] as number;
    for (const end = at + TESTS; at < end; at += MAX_DEPTH, first += 1 << depth) {
      // All loops over levels, however short, would take longer than these.
      let leaf = first + (toBits(tests, at + 6, ranks) | (toBits(tests, at + 4, ranks) << 2));
      if (depth > 4) leaf += toBits(tests, at + 2, ranks) << 4;
      if (depth > 6) leaf += toBits(tests, at, ranks) << 6;
      for (let output = from; output < from + outputCount; output++, leaf += step)
        sums[output] = (sums[output] as number) + (leaves[leaf] as number);
    }
  }
}

/** The results of two tests. A difference is negative if the row goes right. */
function toBits(tests: Int32Array, at: number, ranks: Int32Array): number {
  const first = tests[at] as number;
  const second = tests[at + 1] as number;
  return (
    (((first - (ranks[first & OFFSET] as number)) >> 30) & 2) | ((second - (ranks[second & OFFSET] as number)) >>> 31)
  );
}
