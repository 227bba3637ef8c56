/**
 * The walks of a compiled forest: eight rows through a tree, or a row through eight trees, in step. A single walk waits for
 * memory at each node; eight wait together. Steps have no branch that depends on the data, and end when all eight stand in
 * leaves, so that a deep tree costs only the rows that go deep. That is asked after every second step: asking costs about a
 * third of a step, and a step more hardly anything.
 *
 * Eight variables, not an array of eight: only variables live in registers.
 */
import { LEAF } from './compile-forest.ts';
import { LANES } from './thresholds.ts';

// V8 folds the constants of a module, and reads those of others at each use.
const STRIDE = LANES;
const LEAF_WORD = LEAF;

/**
 * Walks the rows of each group down a tree.
 * @param groups the ranks of LANES rows each, as rankRows writes them
 * @param mask the bits of a word that hold an offset
 * @param leafOf the number of the leaf that a node is
 * @param reached receives the leaf of each row
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
 * @param ranks the ranks of LANES rows, as rankRows writes them
 * @param lane which of them
 * @param mask the bits of a word that hold an offset
 * @param leafOf the number of the leaf that a node is
 * @param reached receives its leaf in each tree
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

/** The child of a node that a row goes to; of a leaf the leaf itself. The difference is negative where it goes right. */
function step(nodes: Int32Array, node: number, ranks: Int32Array, mask: number, lane: number): number {
  const word = nodes[node] as number;
  return (nodes[node + 1] as number) + (((word - (ranks[(word & mask) + lane] as number)) >> 30) & 2);
}

function areLeaves(
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
