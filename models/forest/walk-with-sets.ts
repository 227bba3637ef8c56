/**
 * The walks of walk.ts for trees with nodes that test category sets. The only difference is that each node masks the rank,
 * which makes a step about a sixth slower.
 */
import { LANES } from './thresholds.ts';
import { areLeaves } from './walk.ts';

// V8 folds this constant, but reads imported and exported ones at each use.
const STRIDE = LANES;

/**
 * Walks the rows of each group down a tree.
 * @param masks the bits of the rank that each node compares, at the index of its word
 * @param groups the ranks of LANES rows each, as written by rankRows
 * @param mask the bits of a word that hold an offset
 * @param leafOf for each leaf, where its values begin
 * @param reached receives leafOf for the leaf of each row
 */
export function walkRowsWithSets(
  nodes: Int32Array,
  masks: Int32Array,
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
      a = step(nodes, masks, a, ranks, mask, 0);
      b = step(nodes, masks, b, ranks, mask, 1);
      c = step(nodes, masks, c, ranks, mask, 2);
      d = step(nodes, masks, d, ranks, mask, 3);
      e = step(nodes, masks, e, ranks, mask, 4);
      f = step(nodes, masks, f, ranks, mask, 5);
      g = step(nodes, masks, g, ranks, mask, 6);
      h = step(nodes, masks, h, ranks, mask, 7);
      a = step(nodes, masks, a, ranks, mask, 0);
      b = step(nodes, masks, b, ranks, mask, 1);
      c = step(nodes, masks, c, ranks, mask, 2);
      d = step(nodes, masks, d, ranks, mask, 3);
      e = step(nodes, masks, e, ranks, mask, 4);
      f = step(nodes, masks, f, ranks, mask, 5);
      g = step(nodes, masks, g, ranks, mask, 6);
      h = step(nodes, masks, h, ranks, mask, 7);
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
 * @param masks the bits of the rank that each node compares, at the index of its word
 * @param roots a multiple of LANES
 * @param ranks the ranks of LANES rows, as written by rankRows
 * @param lane the index of the row in the group
 * @param mask the bits of a word that hold an offset
 * @param leafOf for each leaf, where its values begin
 * @param reached receives leafOf for its leaf in each tree
 */
export function walkTreesWithSets(
  nodes: Int32Array,
  masks: Int32Array,
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
      a = step(nodes, masks, a, ranks, mask, lane);
      b = step(nodes, masks, b, ranks, mask, lane);
      c = step(nodes, masks, c, ranks, mask, lane);
      d = step(nodes, masks, d, ranks, mask, lane);
      e = step(nodes, masks, e, ranks, mask, lane);
      f = step(nodes, masks, f, ranks, mask, lane);
      g = step(nodes, masks, g, ranks, mask, lane);
      h = step(nodes, masks, h, ranks, mask, lane);
      a = step(nodes, masks, a, ranks, mask, lane);
      b = step(nodes, masks, b, ranks, mask, lane);
      c = step(nodes, masks, c, ranks, mask, lane);
      d = step(nodes, masks, d, ranks, mask, lane);
      e = step(nodes, masks, e, ranks, mask, lane);
      f = step(nodes, masks, f, ranks, mask, lane);
      g = step(nodes, masks, g, ranks, mask, lane);
      h = step(nodes, masks, h, ranks, mask, lane);
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
function step(
  nodes: Int32Array,
  masks: Int32Array,
  node: number,
  ranks: Int32Array,
  mask: number,
  lane: number,
): number {
  const word = nodes[node] as number;
  const rank = (ranks[(word & mask) + lane] as number) & (masks[node] as number);
  return (nodes[node + 1] as number) + (((word - rank) >> 30) & 2);
}
