/**
 * Seeded random numbers: sfc32, Chris Doty-Humphrey's "Small Fast Counting" generator of PractRand
 * (https://pracrand.sourceforge.net), 32-bit words, 128 bits of state.
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** @param seed with `stream`, for example the number of a tree, determines all numbers */
  constructor(seed: number, stream = 0) {
    this.#a = seed | 0;
    this.#b = stream | 0;
    this.#c = Math.floor(seed / 2 ** 32) | 0;
    for (let round = 0; round < 15; round++) this.next();
  }

  /** An unsigned 32-bit integer. */
  next(): number {
    const result = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + result) | 0;
    return result >>> 0;
  }

  /** An integer from 0 to below the bound (at most 2³²), by Lemire's multiplication; its bias is below bound / 2³². */
  below(bound: number): number {
    return Math.floor((this.next() / 2 ** 32) * bound);
  }
}

/** Shuffles in place (Fisher and Yates). */
export function shuffle(items: Int32Array, random: Random): Int32Array {
  for (let last = items.length - 1; last > 0; last--) {
    const other = random.below(last + 1);
    const item = items[last] as number;
    items[last] = items[other] as number;
    items[other] = item;
  }
  return items;
}
