/** Reads k-nearest neighbors, with the tree that scikit-learn searches. */
import type { Cursor } from './cursor.ts';
import type { NeighborsStep, SearchTree } from './program.ts';
import { fail, type Reader, type Slot } from './reader.ts';

const TIES =
  'The nearest neighbors were searched by brute force, where scikit-learn decides by rounding errors which of equally near ' +
  'neighbors count: a row with such neighbors may have another score. Fit with algorithm="kd_tree" to avoid this.';

/** Reads the points and their targets. */
export function readNeighbors(reader: Reader, cursor: Cursor, slots: readonly Slot[], classes: number): NeighborsStep {
  reader.takeNumbers(slots, cursor);
  reader.requireCells(slots);
  const metric = cursor.at('metric').oneOf(['euclidean', 'manhattan', 'chebyshev', 'minkowski']);
  const { values: points, count } = cursor.at('points').rows(slots.length);
  const targets =
    classes === 0
      ? cursor.at('targets').numbers(count)
      : Float64Array.from(cursor.at('targets').integers(0, classes - 1, count));
  const p = metric === 'minkowski' ? cursor.at('p').number() : 2;
  if (!cursor.has('tree')) reader.notices.add(TIES);
  if (p < 1) fail(cursor.at('p'), 'a number of 1 or more');
  return {
    type: 'neighbors',
    classes,
    metric,
    p,
    k: cursor.at('k').integer(1, count),
    weighted: cursor.at('weighted').flag(),
    points,
    targets,
    tree: cursor.has('tree') ? readTree(cursor.at('tree'), slots.length, count) : undefined,
  };
}

/** The tree is complete: the children of node i are 2i + 1 and 2i + 2, and each has a part of its parent's points. */
function readTree(cursor: Cursor, width: number, pointCount: number): SearchTree {
  const isBall = cursor.at('type').oneOf(['kd_tree', 'ball_tree']) === 'ball_tree';
  const order = cursor.at('order').integers(0, pointCount - 1, pointCount);
  if (new Set(order).size < pointCount) fail(cursor.at('order'), 'each point once');
  const leaf = cursor.at('leaf').integers(0, 1);
  const nodeCount = leaf.length;
  const start = cursor.at('start').integers(0, pointCount, nodeCount);
  const end = cursor.at('end').integers(0, pointCount, nodeCount);
  const reached: number[] = [];
  for (const pending = [0]; pending.length > 0;) {
    const node = pending.pop() as number;
    if (node >= nodeCount) fail(cursor.at('leaf'), `a leaf in the place of node ${node}, which has no children`);
    if ((start[node] as number) > (end[node] as number))
      fail(cursor.at('end'), `the end after the start at index ${node}`);
    if (leaf[node] === 1) reached.push(node);
    else pending.push(2 * node + 1, 2 * node + 2);
  }
  const covered = reached.reduce((sum, node) => sum + (end[node] as number) - (start[node] as number), 0);
  if (covered !== pointCount) fail(cursor.at('leaf'), 'leaves that have every point once');
  const bounds = cursor
    .at('bounds')
    .list(isBall ? 1 : 2)
    .map((bound) => bound.rows(width, nodeCount).values);
  return {
    isBall,
    order: Float64Array.from(order),
    start: Float64Array.from(start),
    end: Float64Array.from(end),
    leaf: Float64Array.from(leaf),
    radius: cursor.at('radius').numbers(nodeCount),
    low: bounds[0] as Float64Array,
    high: bounds[1] ?? new Float64Array(0),
  };
}
