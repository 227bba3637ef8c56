/**
 * Out-of-bag votes (Breiman 1996): the probabilities of a row, or its number, by the trees that did not learn from it, about 37 %
 * of them. They say how the forest does on new rows without holding any out.
 */
import { drawBootstrap, toTreeRandom } from './bootstrap.ts';
import { listLeafValues, type TrainingData, type Tree } from './grow-tree.ts';

/**
 * Votes are counted in steps of this size, numbers as shares of the range of the target: the sum of integers does not depend on the
 * order of the trees.
 */
const STEP = 2 ** -18;
/** The maximum number of votes that are kept, one per row and class: 8 MiB. */
const MAX_VOTES = 2 ** 21;
const MAX_ROWS = 50_000;

/** The votes for some rows, in shared memory. Every thread adds those of its trees. */
export interface OutOfBagVotes {
  /** The rows. */
  readonly rows: Int32Array;
  /** How many trees voted for each row. */
  readonly trees: Int32Array;
  /** The sum of the probabilities, or of the numbers, in steps, for each row and class. */
  readonly sums: Int32Array;
  /** The number that counts as 0, and the distance to the one that counts as 1. */
  readonly origin: number;
  readonly span: number;
}

/** Makes room for the votes: for every row, or as many as fit, evenly spaced. */
export function prepareVotes({ target, classCount }: Pick<TrainingData, 'target' | 'classCount'>): OutOfBagVotes {
  const width = Math.max(1, classCount);
  const count = Math.min(target.length, MAX_ROWS, Math.max(1, Math.floor(MAX_VOTES / width)));
  const rows = toShared(count).map((_, index) => Math.floor((index * target.length) / count));
  const [min, max] = classCount > 0 ? [0, 1] : toRange(target);
  return {
    rows: toShared(count, rows),
    trees: toShared(count),
    sums: toShared(count * width),
    origin: min,
    span: max - min || 1,
  };
}

/** Adds the votes of the tree with a number to those of other threads. */
export function addVotes(
  { rows, trees, sums, origin, span }: OutOfBagVotes,
  tree: Tree,
  { features, target, classCount }: TrainingData,
  seed: number,
  index: number,
): void {
  const { weights } = drawBootstrap(target.length, toTreeRandom(seed, index));
  const bins = features.map((feature) => feature.bins);
  const width = Math.max(1, classCount);
  for (let place = 0; place < rows.length; place++) {
    const row = rows[place] as number;
    if (weights[row] !== 0) continue;
    Atomics.add(trees, place, 1);
    const values = listLeafValues(tree, findLeaf(tree, bins, row));
    for (let at = 0; at < values.length; at++) {
      const vote = Math.round(((values[at] as number) - origin) / span / STEP);
      if (vote !== 0) Atomics.add(sums, place * width + at, vote);
    }
  }
}

/** The mean votes for some rows. */
export interface OutOfBag {
  readonly rows: Int32Array;
  /** The probabilities of each row, or its number. */
  readonly values: Float64Array;
}

/** The mean votes for each row that any tree voted for. */
export function toOutOfBag({ rows, trees, sums, origin, span }: OutOfBagVotes): OutOfBag {
  const width = sums.length / rows.length;
  const places = Array.from(rows.keys()).filter((place) => (trees[place] as number) > 0);
  const values = new Float64Array(places.length * width);
  places.forEach((place, row) => {
    for (let index = 0; index < width; index++) {
      const mean = ((sums[place * width + index] as number) * STEP) / (trees[place] as number);
      values[row * width + index] = origin + span * mean;
    }
  });
  return { rows: Int32Array.from(places, (place) => rows[place] as number), values };
}

function toRange(values: Float64Array): [min: number, max: number] {
  return [
    values.reduce((min, value) => Math.min(min, value), Infinity),
    values.reduce((max, value) => Math.max(max, value), -Infinity),
  ];
}

function findLeaf({ feature, bin, child }: Tree, bins: readonly Uint8Array[], row: number): number {
  let node = 0;
  for (let column = feature[node] as number; column >= 0; column = feature[node] as number) {
    const goesRight = ((bins[column] as Uint8Array)[row] as number) > (bin[node] as number);
    node = (child[node] as number) + (goesRight ? 1 : 0);
  }
  return node;
}

function toShared(length: number, values?: Int32Array): Int32Array {
  const shared = new Int32Array(new SharedArrayBuffer(length * Int32Array.BYTES_PER_ELEMENT));
  if (values) shared.set(values);
  return shared;
}
