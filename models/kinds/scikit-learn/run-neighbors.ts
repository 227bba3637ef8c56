/**
 * k-nearest neighbors. Of points that are equally far away, the ones count that scikit-learn meets first, so the points are
 * searched in its order: that of its tree, the nearer child first, or one after the other.
 */
import { fromProbabilities, type Estimate } from './estimate.ts';
import type { Matrix, NeighborsStep, SearchTree } from './program.ts';
import { checkNumbers } from './refuse-row.ts';

/** Builds the function of the neighbors. */
export function buildNeighbors(step: NeighborsStep): (matrix: Matrix) => Estimate {
  const { k, targets, weighted, classes } = step;
  const search = buildSearch(step);
  return (matrix) => {
    checkNumbers(matrix);
    const { rowCount } = matrix;
    const answers = new Float64Array(rowCount * Math.max(1, classes));
    for (let row = 0; row < rowCount; row++) {
      const { distances, points } = search(matrix, row);
      const weights = weighted ? toWeights(distances) : new Float64Array(k).fill(1);
      if (classes === 0) answers[row] = toMean(points, targets, weights);
      else addShares(points, targets, weights, answers.subarray(row * classes, (row + 1) * classes));
    }
    return classes === 0 ? { predictions: answers } : fromProbabilities(answers, classes);
  };
}

/** 1 / distance; if some are at the point itself, only they count. */
function toWeights(distances: Float64Array): Float64Array {
  const weights = distances.map((distance) => 1 / distance);
  return weights.includes(Infinity) ? weights.map((weight) => (weight === Infinity ? 1 : 0)) : weights;
}

function toMean(points: Int32Array, targets: Float64Array, weights: Float64Array): number {
  let sum = 0;
  let total = 0;
  for (let index = 0; index < points.length; index++) {
    const weight = weights[index] as number;
    sum += (targets[points[index] as number] as number) * weight;
    total += weight;
  }
  return sum / total;
}

function addShares(points: Int32Array, targets: Float64Array, weights: Float64Array, shares: Float64Array): void {
  for (let index = 0; index < points.length; index++) {
    const target = targets[points[index] as number] as number;
    shares[target] = (shares[target] as number) + (weights[index] as number);
  }
  const total = shares.reduce((sum, share) => sum + share, 0);
  for (let index = 0; index < shares.length; index++) shares[index] = (shares[index] as number) / total;
}

/** The nearest points, in ascending order of their distances. */
interface Found {
  readonly distances: Float64Array;
  readonly points: Int32Array;
}

/** The k nearest so far: a heap whose root is the farthest. A point as far as the root comes too late. */
class Heap {
  readonly distances: Float64Array;
  readonly points: Int32Array;

  constructor(size: number) {
    this.distances = new Float64Array(size);
    this.points = new Int32Array(size);
  }

  clear(): void {
    this.distances.fill(Infinity);
    this.points.fill(0);
  }

  get largest(): number {
    return this.distances[0] as number;
  }

  push(distance: number, point: number): void {
    const { distances, points } = this;
    if (distance >= this.largest) return;
    const size = distances.length;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      if (left >= size) break;
      const right = left + 1;
      const child = right < size && (distances[right] as number) > (distances[left] as number) ? right : left;
      if ((distances[child] as number) <= distance) break;
      distances[at] = distances[child] as number;
      points[at] = points[child] as number;
      at = child;
    }
    distances[at] = distance;
    points[at] = point;
  }
}

/** Distances that are compared: without the root, where there is one. */
function buildDistances({ metric, p }: NeighborsStep) {
  const add = {
    euclidean: (sum: number, d: number) => sum + d * d,
    manhattan: (sum: number, d: number) => sum + Math.abs(d),
    chebyshev: (sum: number, d: number) => Math.max(sum, Math.abs(d)),
    minkowski: (sum: number, d: number) => sum + Math.pow(Math.abs(d), p),
  }[metric];
  const toDistance = {
    euclidean: Math.sqrt,
    manhattan: (sum: number) => sum,
    chebyshev: (sum: number) => sum,
    minkowski: (sum: number) => Math.pow(sum, 1 / p),
  }[metric];
  return { add, toDistance };
}

function buildSearch(step: NeighborsStep): (matrix: Matrix, row: number) => Found {
  const { points, k, tree } = step;
  const { add, toDistance } = buildDistances(step);
  const heap = new Heap(k);
  const measure = ({ values, width }: Matrix, row: number, point: number, among: Float64Array) => {
    let sum = 0;
    for (let index = 0, at = row * width, other = point * width; index < width; index++, at++, other++) {
      sum = add(sum, (values[at] as number) - (among[other] as number));
    }
    return sum;
  };
  const searchAll = (matrix: Matrix, row: number) => {
    const count = points.length / matrix.width;
    for (let point = 0; point < count; point++) heap.push(measure(matrix, row, point, points), point);
  };
  const searchTree = tree && buildTreeSearch(step, tree, heap, measure);
  return (matrix, row) => {
    heap.clear();
    (searchTree ?? searchAll)(matrix, row);
    const order = Array.from(heap.points.keys()).sort(
      (a, b) => (heap.distances[a] as number) - (heap.distances[b] as number),
    );
    return {
      distances: Float64Array.from(order, (index) => toDistance(heap.distances[index] as number)),
      points: Int32Array.from(order, (index) => heap.points[index] as number),
    };
  };
}

/** Depth first, the nearer child first; a node that is farther than the k-th point is left out. */
function buildTreeSearch(
  step: NeighborsStep,
  tree: SearchTree,
  heap: Heap,
  measure: (matrix: Matrix, row: number, point: number, among: Float64Array) => number,
) {
  const { order, start, end, leaf } = tree;
  const { add, toDistance } = buildDistances(step);
  const toReduced = { euclidean: (x: number) => x * x, minkowski: (x: number) => Math.pow(x, step.p) } as Partial<
    Record<string, (x: number) => number>
  >;
  const reduce = toReduced[step.metric] ?? ((x: number) => x);
  const toBall = (matrix: Matrix, row: number, node: number) =>
    reduce(Math.max(0, toDistance(measure(matrix, row, node, tree.low)) - (tree.radius[node] as number)));
  const toBox = ({ values, width }: Matrix, row: number, node: number) => {
    let sum = 0;
    for (let index = 0, at = row * width, bound = node * width; index < width; index++, at++, bound++) {
      const x = values[at] as number;
      const below = (tree.low[bound] as number) - x;
      const above = x - (tree.high[bound] as number);
      sum = add(
        sum,
        step.metric === 'chebyshev'
          ? Math.max(0, below, above)
          : 0.5 * (below + Math.abs(below) + (above + Math.abs(above))),
      );
    }
    return sum;
  };
  const toNear = tree.isBall ? toBall : toBox;
  return (matrix: Matrix, row: number): void => {
    const pending: [node: number, distance: number][] = [[0, toNear(matrix, row, 0)]];
    for (;;) {
      const next = pending.pop();
      if (!next) return;
      const [node, distance] = next;
      if (distance > heap.largest) continue;
      if (leaf[node] === 1) {
        for (let at = start[node] as number; at < (end[node] as number); at++) {
          const point = order[at] as number;
          heap.push(measure(matrix, row, point, step.points), point);
        }
      } else {
        const left: [number, number] = [2 * node + 1, toNear(matrix, row, 2 * node + 1)];
        const right: [number, number] = [2 * node + 2, toNear(matrix, row, 2 * node + 2)];
        if (left[1] <= right[1]) pending.push(right, left);
        else pending.push(left, right);
      }
    }
  };
}
