/** Puts a plan into shared memory, and takes it out again in another thread without copying its arrays. */
import { deserialize, serialize } from 'node:v8';
import { countWork } from '../../count-work.ts';
import { toSharedBytes, toSharedFloats, toSharedIntegers } from '../../to-shared.ts';

/** A plan in shared memory: its structure, serialized by node:v8, and the content of its typed arrays, one behind the other. */
export type PackedPlan = Readonly<{
  structure: Uint8Array;
  floats: Float64Array;
  integers: Int32Array;
  bytes: Uint8Array;
  /** See countWork. */
  work: number;
}>;

type Pool = 'floats' | 'integers' | 'bytes';
type Pools = Pick<PackedPlan, Pool>;

/** The key of a slice in the structure, which no plan has. */
const KEY = '\0slice';

/** Packs a plan: plain objects, lists and values, and typed arrays of 64-bit floats, 32-bit integers and bytes. */
export function packPlan(plan: unknown): PackedPlan {
  const arrays: Record<Pool, { length: number }[]> = { floats: [], integers: [], bytes: [] };
  const lengths: Record<Pool, number> = { floats: 0, integers: 0, bytes: 0 };
  const pack = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    const pool = toPool(value);
    if (pool) {
      const array = value as Float64Array;
      const slice = [pool, lengths[pool], array.length];
      lengths[pool] += array.length;
      arrays[pool].push(array);
      return { [KEY]: slice };
    }
    if (Array.isArray(value)) return value.map(pack);
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, pack(part)]));
  };
  const structure = toSharedBytes(serialize(pack(plan)));
  return {
    structure,
    floats: fill(toSharedFloats({ length: lengths.floats }), arrays.floats as Float64Array[]),
    integers: fill(toSharedIntegers({ length: lengths.integers }), arrays.integers as Int32Array[]),
    bytes: fill(toSharedBytes(new Uint8Array(lengths.bytes)), arrays.bytes as Uint8Array[]),
    work: countWork(plan),
  };
}

function toPool(value: object): Pool | undefined {
  if (value instanceof Float64Array) return 'floats';
  if (value instanceof Int32Array) return 'integers';
  return value instanceof Uint8Array ? 'bytes' : undefined;
}

function fill<Numbers extends Float64Array | Int32Array | Uint8Array>(
  target: Numbers,
  arrays: readonly Numbers[],
): Numbers {
  let at = 0;
  for (const array of arrays) {
    target.set(array, at);
    at += array.length;
  }
  return target;
}

/** The inverse of packPlan; typed arrays are views of the packed ones. */
export function unpackPlan(packed: PackedPlan): unknown {
  const unpack = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(unpack);
    const slice = (value as Record<string, unknown>)[KEY] as [keyof Pools, number, number] | undefined;
    if (slice) return packed[slice[0]].subarray(slice[1], slice[1] + slice[2]);
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, unpack(part)]));
  };
  return unpack(deserialize(Buffer.from(packed.structure)));
}
