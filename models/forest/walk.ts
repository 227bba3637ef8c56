/**
 * The walks through a compiled forest: eight rows through a tree, or one row through eight trees, in step. A single walk
 * waits for memory at each node; eight walks wait together. A step has no branch that depends on the data. The walk ends
 * when all eight have reached a leaf, so a deep tree costs only the rows that go deep. This is checked after every second
 * step: a check costs about a third of a step, and an extra step is almost free.
 *
 * There are eight variables rather than an array, because only variables are kept in registers.
 */
import { LEAF } from './plan-columns.ts';
import { LANES } from './thresholds.ts';

// V8 folds these constants, but reads imported and exported ones at each use: with those, a walk takes an eighth longer.
const STRIDE = LANES;
const LEAF_WORD = LEAF;

/**
 * Walks the rows of each group down a tree.
 * @param groups the ranks of LANES rows each, as written by rankRows
 * @param mask the bits of a word that hold an offset
 * @param leafOf for each leaf, where its values begin
 * @param reached receives leafOf for the leaf of each row
 */
export function walkRows(
  nodes: Int32Array,
  root: number,
  groups: readonly Int32Array[],
  groupCount: number,
  mask: number,
  leafOf: Int32Array,
  reached: Int32Array,
): void {
  for (let group = 0, at = 0; group < groupCount; group++, at += STRIDE) {
    const ranks = groups[group] as Int32Array;
    let a = root;
    let b = root;
    let c = root;
    let d = root;
    let e = root;
    let f = root;
    let g = root;
    let h = root;
    do {
      a = step(nodes, a, ranks, mask, 0);
      b = step(nodes, b, ranks, mask, 1);
      c = step(nodes, c, ranks, mask, 2);
      d = step(nodes, d, ranks, mask, 3);
      e = step(nodes, e, ranks, mask, 4);
      f = step(nodes, f, ranks, mask, 5);
      g = step(nodes, g, ranks, mask, 6);
      h = step(nodes, h, ranks, mask, 7);
      a = step(nodes, a, ranks, mask, 0);
      b = step(nodes, b, ranks, mask, 1);
      c = step(nodes, c, ranks, mask, 2);
      d = step(nodes, d, ranks, mask, 3);
      e = step(nodes, e, ranks, mask, 4);
      f = step(nodes, f, ranks, mask, 5);
      g = step(nodes, g, ranks, mask, 6);
      h = step(nodes, h, ranks, mask, 7);
    } while (!areLeaves(nodes, a, b, c, d, e, f, g, h));
    reached[at] = leafOf[a >> 1] as number;
    reached[at + 1] = leafOf[b >> 1] as number;
    reached[at + 2] = leafOf[c >> 1] as number;
    reached[at + 3] = leafOf[d >> 1] as number;
    reached[at + 4] = leafOf[e >> 1] as number;
    reached[at + 5] = leafOf[f >> 1] as number;
    reached[at + 6] = leafOf[g >> 1] as number;
    reached[at + 7] = leafOf[h >> 1] as number;
  }
}

/**
 * Walks one row of a group down all trees.
 * @param roots a multiple of LANES
 * @param ranks the ranks of LANES rows, as written by rankRows
 * @param lane the index of the row in the group
 * @param mask the bits of a word that hold an offset
 * @param leafOf for each leaf, where its values begin
 * @param reached receives leafOf for its leaf in each tree
 */
export function walkTrees(
  nodes: Int32Array,
  roots: Int32Array,
  ranks: Int32Array,
  lane: number,
  mask: number,
  leafOf: Int32Array,
  reached: Int32Array,
): void {
  for (let at = 0; at < roots.length; at += STRIDE) {
    let a = roots[at] as number;
    let b = roots[at + 1] as number;
    let c = roots[at + 2] as number;
    let d = roots[at + 3] as number;
    let e = roots[at + 4] as number;
    let f = roots[at + 5] as number;
    let g = roots[at + 6] as number;
    let h = roots[at + 7] as number;
    do {
      a = step(nodes, a, ranks, mask, lane);
      b = step(nodes, b, ranks, mask, lane);
      c = step(nodes, c, ranks, mask, lane);
      d = step(nodes, d, ranks, mask, lane);
      e = step(nodes, e, ranks, mask, lane);
      f = step(nodes, f, ranks, mask, lane);
      g = step(nodes, g, ranks, mask, lane);
      h = step(nodes, h, ranks, mask, lane);
      a = step(nodes, a, ranks, mask, lane);
      b = step(nodes, b, ranks, mask, lane);
      c = step(nodes, c, ranks, mask, lane);
      d = step(nodes, d, ranks, mask, lane);
      e = step(nodes, e, ranks, mask, lane);
      f = step(nodes, f, ranks, mask, lane);
      g = step(nodes, g, ranks, mask, lane);
      h = step(nodes, h, ranks, mask, lane);
    } while (!areLeaves(nodes, a, b, c, d, e, f, g, h));
    reached[at] = leafOf[a >> 1] as number;
    reached[at + 1] = leafOf[b >> 1] as number;
    reached[at + 2] = leafOf[c >> 1] as number;
    reached[at + 3] = leafOf[d >> 1] as number;
    reached[at + 4] = leafOf[e >> 1] as number;
    reached[at + 5] = leafOf[f >> 1] as number;
    reached[at + 6] = leafOf[g >> 1] as number;
    reached[at + 7] = leafOf[h >> 1] as number;
  }
}

/** The child that a row goes to, or the leaf itself. The difference is negative if the row goes right. */
function step(nodes: Int32Array, node: number, ranks: Int32Array, mask: number, lane: number): number {
  const word = nodes[node] as number;
  return (nodes[node + 1] as number) + (((word - (ranks[(word & mask) + lane] as number)) >> 30) & 2);
}

/** Whether all eight nodes are leaves. */
export function areLeaves(
  nodes: Int32Array,
  a: number,
  b: number,
  c: number,
  d: number,
  e: number,
  f: number,
  g: number,
  h: number,
): boolean {
  const words =
    (nodes[a] as number) &
    (nodes[b] as number) &
    (nodes[c] as number) &
    (nodes[d] as number) &
    (nodes[e] as number) &
    (nodes[f] as number) &
    (nodes[g] as number) &
    (nodes[h] as number);
  return words >= LEAF_WORD;
}
