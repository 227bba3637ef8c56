/** The bootstrap samples of a forest: the rows that each tree learns from, and those that it does not. */
import { Random } from './random.ts';

/** The random numbers of a tree, of which the bootstrap sample takes the first. */
export function toTreeRandom(seed: number, tree: number): Random {
  return new Random(seed, tree + 1);
}

/** Draws n of n rows with replacement: how often each was drawn, and which were drawn at all. */
export function drawBootstrap(count: number, random: Random): { weights: Float64Array; rows: Int32Array } {
  const weights = new Float64Array(count);
  for (let draw = 0; draw < count; draw++) {
    const row = random.below(count);
    weights[row] = (weights[row] as number) + 1;
  }
  const rows = Int32Array.from(weights.keys()).filter((row) => (weights[row] as number) > 0);
  return { weights, rows };
}
