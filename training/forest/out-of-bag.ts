/**
 * Out-of-bag votes (Breiman 1996): the probabilities of a row by the trees that did not learn from it, about 37 % of them.
 * They say how the forest does on new rows without holding any out.
 */
import { drawBootstrap, toTreeRandom } from './bootstrap.ts';
import { listLeafValues, type TrainingData, type Tree } from './grow-tree.ts';

/** Votes are counted in steps of this size: the sum of integers does not depend on the order of the trees. */
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
  /** The sum of the probabilities, in steps, for each row and class. */
  readonly sums: Int32Array;
}

/** Makes room for the votes of a classifier: for every row, or as many as fit, evenly spaced. */
export function prepareVotes(rowCount: number, classCount: number): OutOfBagVotes {
  const count = Math.min(rowCount, MAX_ROWS, Math.max(1, Math.floor(MAX_VOTES / classCount)));
  const rows = toShared(count).map((_, index) => Math.floor((index * rowCount) / count));
  return { rows: toShared(count, rows), trees: toShared(count), sums: toShared(count * classCount) };
}

/** Adds the votes of the tree with a number to those of other threads. */
export function addVotes(
  { rows, trees, sums }: OutOfBagVotes,
  tree: Tree,
  { features, target, classCount }: TrainingData,
  seed: number,
  index: number,
): void {
  const { weights } = drawBootstrap(target.length, toTreeRandom(seed, index));
  const bins = features.map((feature) => feature.bins);
  for (let place = 0; place < rows.length; place++) {
    const row = rows[place] as number;
    if (weights[row] !== 0) continue;
    Atomics.add(trees, place, 1);
    const values = listLeafValues(tree, findLeaf(tree, bins, row));
    for (let at = 0; at < values.length; at++) {
      const vote = Math.round((values[at] as number) / STEP);
      if (vote !== 0) Atomics.add(sums, place * classCount + at, vote);
    }
  }
}

/** Out-of-bag probabilities: those of each row that any tree voted for, and these rows. */
export function toOutOfBag({ rows, trees, sums }: OutOfBagVotes): { rows: Int32Array; probabilities: Float64Array } {
  const classCount = sums.length / rows.length;
  const places = Array.from(rows.keys()).filter((place) => (trees[place] as number) > 0);
  const probabilities = new Float64Array(places.length * classCount);
  places.forEach((place, row) => {
    for (let index = 0; index < classCount; index++) {
      const sum = (sums[place * classCount + index] as number) * STEP;
      probabilities[row * classCount + index] = sum / (trees[place] as number);
    }
  });
  return { rows: Int32Array.from(places, (place) => rows[place] as number), probabilities };
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
