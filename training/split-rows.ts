import { Random, shuffle } from './forest/random.ts';

/** Training and test rows, each in the order of the file. */
export interface Split {
  readonly training: Int32Array;
  readonly test: Int32Array;
}

/**
 * Holds out a share of the rows, drawn by the seed, with the same share of each class. A class with a single row is not
 * held out.
 */
export function splitRows(target: Float64Array, classCount: number, testFraction: number, seed: number): Split {
  const random = new Random(seed);
  const isTest = new Uint8Array(target.length);
  for (const rows of groupRows(target, classCount)) {
    const held = Math.min(rows.length - 1, Math.round(rows.length * testFraction));
    for (const row of shuffle(rows, random).subarray(0, Math.max(0, held))) isTest[row] = 1;
  }
  const all = Int32Array.from(target.keys());
  return { training: all.filter((row) => isTest[row] === 0), test: all.filter((row) => isTest[row] === 1) };
}

function groupRows(target: Float64Array, classCount: number): Int32Array[] {
  const all = Int32Array.from(target.keys());
  if (classCount === 0) return [all];
  return Array.from({ length: classCount }, (_, index) => all.filter((row) => target[row] === index));
}
