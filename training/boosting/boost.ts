/**
 * Gradient boosting (Friedman 2001) with second derivatives (Chen and Guestrin 2016), histograms and leaf-wise trees (LightGBM,
 * Ke et al. 2017).
 */
import { Random, shuffle } from '../forest/random.ts';
import { goesLeft, type BoostedTree, type BoostingFeature } from './boosting-data.ts';
import { Crew } from './crew.ts';
import { Grower } from './grow-leaf-wise.ts';
import { buildObjective } from './objectives.ts';
import { CONTROL, GROUP, type SharedState } from './shared-state.ts';

/** What is learned from which rows. */
export interface BoostingTask {
  /** The rows to learn from, in ascending order. */
  readonly rows: Int32Array;
  /** Rows that are set aside: learning stops when their loss has not improved for `patience` iterations. */
  readonly heldOut?: Int32Array | undefined;
  readonly patience?: number | undefined;
}

export interface BoostedModel {
  /** The margins to start from, one per output. */
  readonly start: Float64Array;
  /** The trees of all iterations, output by output within one. */
  readonly trees: readonly BoostedTree[];
  /** The number of iterations: those up to the smallest loss of the rows that were set aside. */
  readonly iterations: number;
  /** That loss; undefined if there are none. */
  readonly loss: number | undefined;
}

/**
 * Boosts.
 * @param helpers the number of threads that `help`
 * @param onIteration called after each iteration with their number
 */
export function boost(
  state: SharedState,
  { rows, heldOut, patience = 0 }: BoostingTask,
  helpers: number,
  onIteration?: (done: number) => void,
): BoostedModel {
  const { data, options } = state;
  const count = data.target.length;
  const objective = buildObjective(options.objective, data, rows);
  const { outputs, start } = objective;
  const margins = new Float64Array(outputs * count);
  for (let output = 0; output < outputs; output++)
    margins.fill(start[output] as number, output * count, (output + 1) * count);
  const grower = new Grower(state, new Crew(state, helpers));
  const trees: BoostedTree[] = [];
  let best = { iterations: 0, loss: heldOut ? objective.measure(margins, heldOut) : Infinity };
  let iterations = 0;
  while (iterations < options.iterations) {
    const { drawn, others } = drawRows(rows, options.rowFraction, new Random(options.seed, 2 * iterations));
    objective.begin(margins, rows);
    let hasSplit = false;
    for (let output = 0; output < outputs; output++) {
      objective.derive(output, margins, drawn, state.derivatives);
      drawFeatures(state, new Random(options.seed, 2 * (iterations * outputs + output) + 1));
      state.rows.set(drawn);
      const tree = scaleTree(grower.grow(drawn.length), options.learningRate);
      hasSplit ||= tree.feature.length > 0;
      trees.push(tree);
      const offset = output * count;
      addLeaves(tree, grower, state.rows, margins, offset);
      addScores(state, tree, others, margins, offset);
      if (heldOut) addScores(state, tree, heldOut, margins, offset);
    }
    if (!hasSplit && options.rowFraction === 1 && options.featureFraction === 1) {
      // Each further iteration would find nothing either.
      trees.length -= outputs;
      break;
    }
    iterations += 1;
    onIteration?.(iterations);
    if (!heldOut) continue;
    const loss = objective.measure(margins, heldOut);
    if (loss < best.loss) best = { iterations, loss };
    else if (iterations - best.iterations >= patience) break;
  }
  const kept = heldOut ? best.iterations : iterations;
  return {
    start,
    trees: trees.slice(0, kept * outputs),
    iterations: kept,
    loss: heldOut ? best.loss : undefined,
  };
}

/** Draws rows without replacement; they and the others stay in ascending order. */
function drawRows(rows: Int32Array, fraction: number, random: Random): { drawn: Int32Array; others: Int32Array } {
  if (fraction >= 1) return { drawn: rows, others: rows.subarray(0, 0) };
  const drawn = new Int32Array(Math.max(1, Math.round(fraction * rows.length)));
  const others = new Int32Array(rows.length - drawn.length);
  // Selection sampling (Knuth, vol. 2, 3.4.2, algorithm S).
  for (let at = 0, taken = 0; at < rows.length; at++) {
    const row = rows[at] as number;
    if (random.below(rows.length - at) < drawn.length - taken) drawn[taken++] = row;
    else others[at - taken] = row;
  }
  return { drawn, others };
}

/** Draws the features of a tree, and packs their bins unless they are packed already. */
function drawFeatures({ data, options, used, packed, control }: SharedState, random: Random): void {
  const all = Int32Array.from(data.features, (_, feature) => feature);
  const size = Math.max(1, Math.round(options.featureFraction * all.length));
  if (size === all.length && control[CONTROL.usedCount] === size) return;
  const drawn = size === all.length ? all : shuffle(all, random).slice(0, size).sort();
  used.set(drawn);
  control[CONTROL.usedCount] = size;
  for (const [index, feature] of drawn.entries()) {
    const { bins } = data.features[feature] as BoostingFeature;
    const group = Math.floor(index / GROUP);
    for (let row = 0, at = group * GROUP * bins.length + (index % GROUP); row < bins.length; row++, at += GROUP)
      packed[at] = bins[row] as number;
  }
}

function scaleTree(tree: BoostedTree, rate: number): BoostedTree {
  const isLeaf = tree.feature.length === 0;
  return {
    ...tree,
    splitValue: tree.splitValue.map((value) => rate * value),
    // A tree without a split adds nothing, as in LightGBM.
    leafValue: isLeaf ? Float64Array.of(0) : tree.leafValue.map((value) => rate * value),
  };
}

/** Adds a tree to the margins of the rows that it was grown on, which are grouped by leaf. */
function addLeaves(
  { leafValue }: BoostedTree,
  { leaves }: Grower,
  rows: Int32Array,
  margins: Float64Array,
  offset: number,
): void {
  for (const [leaf, { start, end }] of leaves.entries()) {
    const value = leafValue[leaf] as number;
    for (let at = start; at < end; at++) {
      const place = offset + (rows[at] as number);
      margins[place] = (margins[place] as number) + value;
    }
  }
}

/** Adds a tree to the margins of any rows. */
function addScores(
  { data }: SharedState,
  tree: BoostedTree,
  rows: Int32Array,
  margins: Float64Array,
  offset: number,
): void {
  for (const row of rows) {
    let node = tree.feature.length > 0 ? 0 : -1;
    while (node >= 0) {
      const feature = data.features[tree.feature[node] as number] as BoostingFeature;
      const isLeft = goesLeft(tree, node, feature, feature.bins[row] as number);
      node = (isLeft ? tree.left[node] : tree.right[node]) as number;
    }
    margins[offset + row] = (margins[offset + row] as number) + (tree.leafValue[-1 - node] as number);
  }
}
