/** Numbers in shared memory. */

/** Allocates 32-bit integers, all 0, in shared memory. */
export function allocateIntegers(length: number): Int32Array {
  return new Int32Array(new SharedArrayBuffer(length * Int32Array.BYTES_PER_ELEMENT));
}

/** Copies numbers to shared memory. */
export function toSharedFloats(values: ArrayLike<number>): Float64Array {
  const shared = new Float64Array(new SharedArrayBuffer(values.length * Float64Array.BYTES_PER_ELEMENT));
  shared.set(values);
  return shared;
}

/** Copies 32-bit integers to shared memory. */
export function toSharedIntegers(values: ArrayLike<number>): Int32Array {
  const shared = allocateIntegers(values.length);
  shared.set(values);
  return shared;
}

/** Copies bytes to shared memory. */
export function toSharedBytes(values: Uint8Array): Uint8Array {
  const shared = new Uint8Array(new SharedArrayBuffer(values.length));
  shared.set(values);
  return shared;
}
