/**
 * The walks of a compiled forest: eight rows through a tree, or a row through eight trees, in step. A single walk waits for
 * memory at each node; eight wait together. Steps have no branch that depends on the data, and end when all eight stand in
 * leaves, so that a deep tree costs only the rows that go deep.
 *
 * Written out lane by lane because the lanes must live in registers: an array of them is five times slower.
 */
import { LEAF } from './compile-forest.ts';
import { LANES } from './thresholds.ts';

/**
 * Walks the rows of each group down a tree.
 * @param groups the ranks of LANES rows each, as rankRows writes them
 * @param mask the bits of a word that hold an offset
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
  for (let group = 0, at = 0; group < groupCount; group++, at += LANES) {
    const ranks = groups[group] as Int32Array;
    let a = root;
    let b = root;
    let c = root;
    let d = root;
    let e = root;
    let f = root;
    let g = root;
    let h = root;
    for (;;) {
      const wa = nodes[a] as number;
      const wb = nodes[b] as number;
      const wc = nodes[c] as number;
      const wd = nodes[d] as number;
      const we = nodes[e] as number;
      const wf = nodes[f] as number;
      const wg = nodes[g] as number;
      const wh = nodes[h] as number;
      if ((wa & wb & wc & wd & we & wf & wg & wh) >= LEAF) break;
      a = (nodes[a + 1] as number) + (((wa - (ranks[wa & mask] as number)) >> 30) & 2);
      b = (nodes[b + 1] as number) + (((wb - (ranks[(wb & mask) + 1] as number)) >> 30) & 2);
      c = (nodes[c + 1] as number) + (((wc - (ranks[(wc & mask) + 2] as number)) >> 30) & 2);
      d = (nodes[d + 1] as number) + (((wd - (ranks[(wd & mask) + 3] as number)) >> 30) & 2);
      e = (nodes[e + 1] as number) + (((we - (ranks[(we & mask) + 4] as number)) >> 30) & 2);
      f = (nodes[f + 1] as number) + (((wf - (ranks[(wf & mask) + 5] as number)) >> 30) & 2);
      g = (nodes[g + 1] as number) + (((wg - (ranks[(wg & mask) + 6] as number)) >> 30) & 2);
      h = (nodes[h + 1] as number) + (((wh - (ranks[(wh & mask) + 7] as number)) >> 30) & 2);
    }
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
  for (let at = 0; at < roots.length; at += LANES) {
    let a = roots[at] as number;
    let b = roots[at + 1] as number;
    let c = roots[at + 2] as number;
    let d = roots[at + 3] as number;
    let e = roots[at + 4] as number;
    let f = roots[at + 5] as number;
    let g = roots[at + 6] as number;
    let h = roots[at + 7] as number;
    for (;;) {
      const wa = nodes[a] as number;
      const wb = nodes[b] as number;
      const wc = nodes[c] as number;
      const wd = nodes[d] as number;
      const we = nodes[e] as number;
      const wf = nodes[f] as number;
      const wg = nodes[g] as number;
      const wh = nodes[h] as number;
      if ((wa & wb & wc & wd & we & wf & wg & wh) >= LEAF) break;
      a = (nodes[a + 1] as number) + (((wa - (ranks[(wa & mask) + lane] as number)) >> 30) & 2);
      b = (nodes[b + 1] as number) + (((wb - (ranks[(wb & mask) + lane] as number)) >> 30) & 2);
      c = (nodes[c + 1] as number) + (((wc - (ranks[(wc & mask) + lane] as number)) >> 30) & 2);
      d = (nodes[d + 1] as number) + (((wd - (ranks[(wd & mask) + lane] as number)) >> 30) & 2);
      e = (nodes[e + 1] as number) + (((we - (ranks[(we & mask) + lane] as number)) >> 30) & 2);
      f = (nodes[f + 1] as number) + (((wf - (ranks[(wf & mask) + lane] as number)) >> 30) & 2);
      g = (nodes[g + 1] as number) + (((wg - (ranks[(wg & mask) + lane] as number)) >> 30) & 2);
      h = (nodes[h + 1] as number) + (((wh - (ranks[(wh & mask) + lane] as number)) >> 30) & 2);
    }
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
