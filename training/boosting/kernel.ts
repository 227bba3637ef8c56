/**
 * The loops of plain-kernel.ts as a WebAssembly module, which adds a gradient and a hessian in one instruction, and checks no
 * bounds. It is assembled from the instructions below when a thread starts. A pair is a gradient and a hessian: 8 bytes, or 16
 * where they are summed up. Addresses are in bytes.
 */
import {
  assembleModule,
  TYPE,
  wasm,
  type Code,
  type FunctionSource,
} from '../../models/web-assembly/assemble-module.ts';
import { instantiateModule, PAGE_BYTES } from '../../models/web-assembly/instantiate-module.ts';
import { buildPlainKernel, type Kernel } from './plain-kernel.ts';
import { GROUP, STRIDE, type SharedState } from './shared-state.ts';

const { get, set, i32, repeat } = wasm;

/** The bytes of a row index, of a pair and of its sum, as powers of two. */
const [ROW, PAIR, SUM] = [2, 3, 4] as const;
/** From the histogram of a feature to the next. */
const HISTOGRAM = 8 * STRIDE;

const advance = (local: number, bytes: number): Code => set(local, wasm.i32_add(get(local), i32(bytes)));

/** Executes the body as long as one address is below another. */
function whileBelow(at: number, end: number, body: readonly Code[]): Code {
  const isBelow = wasm.i32_lt_u(get(at), get(end));
  return wasm.when(isBelow, [repeat(body, isBelow)]);
}

/** Copies the pair of each row. */
function gather(): FunctionSource {
  const [at, end, pairs, to] = [0, 1, 2, 3];
  const pair = wasm.i64_load(0, wasm.i32_add(get(pairs), wasm.i32_shl(wasm.i32_load(0, get(at)), i32(PAIR))));
  return {
    name: 'gather',
    parameterCount: 4,
    locals: [],
    body: [whileBelow(at, end, [wasm.i64_store(0, get(to), pair), advance(to, 2 ** PAIR), advance(at, 2 ** ROW)])],
  };
}

/** Adds the pair of each row to the sums of its bins, which are bytes of one number. */
function count(): FunctionSource {
  const [at, end, from, bins, histogram, place, pair, packed] = [0, 1, 2, 3, 4, 5, 6, 7];
  const row = wasm.i32_load(0, get(at));
  const add = (index: number): Code[] => {
    // The bin times the size of a sum: the byte is not moved to the end, but to where the other bits are those of the product.
    const shift = 8 * index - SUM;
    const moved = shift < 0 ? wasm.i32_shl(get(packed), i32(-shift)) : wasm.i32_shr_u(get(packed), i32(shift));
    const offset = HISTOGRAM * index;
    return [
      set(place, wasm.i32_add(get(histogram), wasm.i32_and(moved, i32(255 << SUM)))),
      wasm.v128_store(offset, get(place), wasm.f64x2_add(wasm.v128_load(offset, get(place)), get(pair))),
    ];
  };
  return {
    name: 'count',
    parameterCount: 5,
    locals: [TYPE.i32, TYPE.v128, TYPE.i32],
    body: [
      wasm.memory_fill(get(histogram), i32(0), i32(GROUP * HISTOGRAM)),
      whileBelow(at, end, [
        set(packed, wasm.i32_load(0, wasm.i32_add(get(bins), wasm.i32_shl(row, i32(Math.log2(GROUP)))))),
        set(pair, wasm.f64x2_promote_low_f32x4(wasm.v128_load64_zero(0, get(from)))),
        ...Array.from({ length: GROUP }, (_, index) => add(index)).flat(),
        advance(from, 2 ** PAIR),
        advance(at, 2 ** ROW),
      ]),
    ],
  };
}

/** Subtracts one sum after the other. */
function subtract(): FunctionSource {
  const [from, end, to] = [0, 1, 2];
  return {
    name: 'subtract',
    parameterCount: 3,
    locals: [],
    body: [
      whileBelow(from, end, [
        wasm.v128_store(0, get(to), wasm.f64x2_sub(wasm.v128_load(0, get(to)), wasm.v128_load(0, get(from)))),
        advance(to, 2 ** SUM),
        advance(from, 2 ** SUM),
      ]),
    ],
  };
}

/** Writes each row to both sides, and advances on that where it belongs: the processor could not guess where that is. */
function partition(): FunctionSource {
  const [at, end, bins, isLeft, spare, left, right, row, marked] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
  const bin = wasm.i32_load8_u(0, wasm.i32_add(get(bins), wasm.i32_shl(get(row), i32(Math.log2(GROUP)))));
  const step = (local: number, isMoving: Code): Code =>
    set(local, wasm.i32_add(get(local), wasm.i32_shl(isMoving, i32(ROW))));
  return {
    name: 'partition',
    parameterCount: 5,
    locals: [TYPE.i32, TYPE.i32, TYPE.i32, TYPE.i32],
    body: [
      set(left, get(at)),
      set(right, get(spare)),
      whileBelow(at, end, [
        set(row, wasm.i32_load(0, get(at))),
        wasm.i32_store(0, get(left), get(row)),
        wasm.i32_store(0, get(right), get(row)),
        set(marked, wasm.i32_load8_u(0, wasm.i32_add(get(isLeft), bin))),
        step(left, get(marked)),
        step(right, wasm.i32_xor(get(marked), i32(1))),
        advance(at, 2 ** ROW),
      ]),
      wasm.memory_copy(get(left), get(spare), wasm.i32_sub(get(right), get(spare))),
    ],
    result: get(left),
  };
}

type Routine = (...parameters: number[]) => number;

/** Builds the kernel of this thread. */
export function buildKernel(state: SharedState): Kernel {
  return buildProgram(state) ?? buildPlainKernel(state);
}

/** Undefined if it cannot run. */
function buildProgram(state: SharedState): Kernel | undefined {
  const { memory, rows, spare, derivatives, ordered, packed, histograms, isLeft } = state;
  if (!memory) return undefined;
  const pageCount = memory.buffer.byteLength / PAGE_BYTES;
  const bytes = assembleModule([gather(), count(), subtract(), partition()], { pageCount, isImported: true });
  const routines = instantiateModule(bytes, memory) as Readonly<Record<keyof Kernel, Routine>> | undefined;
  if (!routines) return undefined;
  const toRow = (at: number) => rows.byteOffset + (at << ROW);
  const toOrdered = (at: number) => ordered.byteOffset + 2 ** PAIR * at;
  const toPlace = (at: number) => histograms.byteOffset + 8 * at;
  const toBins = (group: number) => packed.byteOffset + group * GROUP * rows.length;
  return {
    gather: (start, end) => void routines.gather(toRow(start), toRow(end), derivatives.byteOffset, toOrdered(start)),
    count: (group, start, end, place) =>
      void routines.count(toRow(start), toRow(end), toOrdered(start), toBins(group), toPlace(place)),
    subtract: (place, other, binCount) =>
      void routines.subtract(toPlace(place), toPlace(place + 2 * binCount), toPlace(other)),
    partition: (start, end, index) => {
      const bins = toBins(Math.floor(index / GROUP)) + (index % GROUP);
      const left = routines.partition(toRow(start), toRow(end), bins, isLeft.byteOffset, spare.byteOffset);
      return ((left >>> 0) - rows.byteOffset) >>> ROW;
    },
  };
}
