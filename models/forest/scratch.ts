/** Arrays that calls use in turn. Calls do not overlap, and to a call of one row, allocating costs a fifth of its time. */

/** The maximum number of ranks in a block: 512 KiB, which a second-level cache holds. */
export const BLOCK = 2 ** 17;

const arrays = { ranks: new Int32Array(0), places: new Int32Array(0), reached: new Int32Array(0) };

/** An array of at least the given length, with any content. Very long ones are not kept. */
export function reuse(name: keyof typeof arrays, length: number): Int32Array {
  if (length > 2 * BLOCK) return new Int32Array(length);
  if (arrays[name].length < length) arrays[name] = new Int32Array(length);
  return arrays[name];
}
