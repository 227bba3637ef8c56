/** Arrays in shared memory: posting one to another thread copies nothing. */

/** A copy of some numbers in shared memory. */
export function toSharedFloats(values: ArrayLike<number>): Float64Array {
  const shared = new Float64Array(new SharedArrayBuffer(values.length * Float64Array.BYTES_PER_ELEMENT));
  shared.set(values);
  return shared;
}

/** A copy of some integers of 32 bits in shared memory. */
export function toSharedIntegers(values: ArrayLike<number>): Int32Array {
  const shared = new Int32Array(new SharedArrayBuffer(values.length * Int32Array.BYTES_PER_ELEMENT));
  shared.set(values);
  return shared;
}
