/**
 * The inner loops over a block of rows, as a WebAssembly module, because JavaScript has no vector instructions: one compares 16
 * rows with a threshold. The module is assembled here, from the instructions below, when a thread first needs it.
 *
 * Its memory is only scratch space for one block and eight trees; a forest stays in the shared memory that all threads read.
 * There is a function for each depth, and for each number of steps of a search: a loop over them would take longer than they do.
 */
import { LANES } from '../thresholds.ts';
import { assembleModule, TYPE, wasm, type Code, type FunctionSource } from '../../web-assembly/assemble-module.ts';
import { instantiateModule, PAGE_BYTES } from '../../web-assembly/instantiate-module.ts';

/** The maximum depth of a tree: the index of a leaf is a byte. */
export const MAX_DEPTH = 8;
/** The number of trees that are walked together. */
export const BATCH = 8;
/** The maximum number of rows in a block: what belongs to it fits into the first-level cache. */
export const MAX_ROWS = 2048;
/** The maximum number of thresholds in a column: ranks are bytes, and one is that of missing values. */
export const MAX_THRESHOLDS = 254;
/** The number of ranks in a block, and of sums: with more columns or outputs, a block has fewer rows. */
export const MAX_RANKS = 2 ** 18;
export const MAX_SUMS = 2 ** 16;
/** The number of rows in a vector. */
export const VECTOR = 16;

/** By how many bits the limit of a test is shifted to the left. */
export const SHIFT = 22;

/**
 * A test, as a number: a row goes right if its rank in the column is greater than the limit. The bits below the limit are the
 * column, as an offset into a group of ranks, like in a node of other trees (compile-forest.ts).
 * @param limit 0 to 255
 */
export function toTest(column: number, limit: number): number {
  return (limit << SHIFT) | (column * LANES);
}

/** Where things are in the memory, in bytes. */
const CELLS = 0;
const VALUES = CELLS + 8 * MAX_ROWS;
const TESTS = VALUES + 8 * (MAX_THRESHOLDS + 2);
const INDICES = TESTS + 4 * BATCH * MAX_DEPTH;
const LEAVES = INDICES + BATCH * MAX_ROWS;
const SUMS = LEAVES + 8 * BATCH * 2 ** MAX_DEPTH;
const RANKS = SUMS + 8 * MAX_SUMS;
const END = RANKS + MAX_RANKS;

/** A function of the module. */
export type Routine<Parameters extends readonly number[]> = (...parameters: Parameters) => void;

/** The module's memory and functions. Ranks are stored minus 128, because vectors are compared as signed bytes. */
export interface BlockProgram {
  /** The cells of one feature. */
  readonly cells: Float64Array;
  /** The thresholds of one column, ascending. What follows them, up to the next power of two minus 1, must be NaN. */
  readonly values: Float64Array;
  /** The tests of eight trees, MAX_DEPTH per tree, of which those before the last `depth` are ignored. */
  readonly tests: Int32Array;
  /** The leaves of eight trees, 2 ** depth values each. */
  readonly leaves: Float64Array;
  /** The sums of each output, `stride` rows per output. */
  readonly sums: Float64Array;
  /** The ranks of each column, `stride` rows per column. */
  readonly ranks: Int8Array;
  /**
   * Writes the ranks of `cells`, by the number of bits of the number of thresholds: how many are not above each cell.
   * @param to the index of the first rank in `ranks`
   * @param missing the rank of NaN, minus 128
   */
  readonly rank: readonly Routine<[count: number, to: number, missing: number]>[];
  /**
   * Finds the leaf of each row in each of the eight trees, by their depth.
   * @param count the number of rows, a multiple of VECTOR
   */
  readonly findLeaves: readonly Routine<[count: number, stride: number]>[];
  /**
   * Adds the values of the leaves that were found to the sums of an output, tree after tree.
   * @param from the index of the first sum in `sums`
   * @param size the number of leaves of a tree
   */
  readonly addLeaves: Routine<[count: number, from: number, size: number]>;
}

const { get, set, i32, repeat } = wasm;

/** A binary search without branches: the thresholds are random to the processor, so that it would guess wrong. */
function rank(bits: number): FunctionSource {
  const [count, to, missing, row, cell, found, x] = [0, 1, 2, 3, 4, 5, 6];
  const steps: Code[] = [];
  // `found` is the number of thresholds known not to be above x, times their size.
  for (let half = 2 ** (bits - 1); half >= 1; half /= 2) {
    const isAbove = wasm.f64_ge(get(x), wasm.f64_load(VALUES + 8 * (half - 1), get(found)));
    steps.push(set(found, wasm.select(wasm.i32_add(get(found), i32(8 * half)), get(found), isAbove)));
  }
  const result = wasm.i32_sub(wasm.i32_shr_u(get(found), i32(3)), i32(128));
  return {
    name: `rank${bits}`,
    parameterCount: 3,
    locals: [TYPE.i32, TYPE.i32, TYPE.i32, TYPE.f64],
    body: [
      repeat(
        [
          set(x, wasm.f64_load(CELLS, get(cell))),
          set(found, i32(0)),
          ...steps,
          wasm.i32_store8(
            RANKS,
            wasm.i32_add(get(to), get(row)),
            wasm.select(result, get(missing), wasm.f64_eq(get(x), get(x))),
          ),
          set(cell, wasm.i32_add(get(cell), i32(8))),
          set(row, wasm.i32_add(get(row), i32(1))),
        ],
        wasm.i32_lt_u(get(row), get(count)),
      ),
    ],
  };
}

/** A comparison gives -1 where it holds; subtracted from twice the index so far, it appends a bit. */
function findLeaves(depth: number): FunctionSource {
  const [count, stride, tree, row, test, index] = [0, 1, 2, 3, 4, 5];
  const column = (level: number) => 6 + level;
  const limit = (level: number) => 6 + depth + level;
  const levels = Array.from({ length: depth }, (_, level) => level);
  return {
    name: `findLeaves${depth}`,
    parameterCount: 2,
    locals: [
      ...[TYPE.i32, TYPE.i32, TYPE.i32, TYPE.v128],
      ...levels.map(() => TYPE.i32),
      ...levels.map(() => TYPE.v128),
    ],
    body: [
      repeat(
        [
          ...levels.flatMap((level) => [
            set(
              test,
              wasm.i32_load(TESTS + 4 * (MAX_DEPTH - depth + level), wasm.i32_mul(get(tree), i32(4 * MAX_DEPTH))),
            ),
            // In a byte, the exclusive or subtracts 128.
            set(limit(level), wasm.i8x16_splat(wasm.i32_xor(wasm.i32_shr_u(get(test), i32(SHIFT)), i32(128)))),
            set(
              column(level),
              wasm.i32_mul(
                wasm.i32_shr_u(wasm.i32_and(get(test), i32(2 ** SHIFT - 1)), i32(Math.log2(LANES))),
                get(stride),
              ),
            ),
          ]),
          set(row, i32(0)),
          repeat(
            [
              set(index, wasm.i8x16(0)),
              ...levels.map((level) => {
                const ranks = wasm.v128_load(RANKS, wasm.i32_add(get(column(level)), get(row)));
                const isRight = wasm.i8x16_gt_s(ranks, get(limit(level)));
                return set(index, wasm.i8x16_sub(wasm.i8x16_add(get(index), get(index)), isRight));
              }),
              wasm.v128_store(INDICES, wasm.i32_add(wasm.i32_mul(get(tree), i32(MAX_ROWS)), get(row)), get(index)),
              set(row, wasm.i32_add(get(row), i32(VECTOR))),
            ],
            wasm.i32_lt_u(get(row), get(count)),
          ),
          set(tree, wasm.i32_add(get(tree), i32(1))),
        ],
        wasm.i32_lt_u(get(tree), i32(BATCH)),
      ),
    ],
  };
}

function addLeaves(): FunctionSource {
  const [count, from, size, row, at, sum] = [0, 1, 2, 3, 4, 5];
  const trees = Array.from({ length: BATCH }, (_, tree) => tree);
  const leaves = (tree: number) => 6 + tree;
  return {
    name: 'addLeaves',
    parameterCount: 3,
    locals: [TYPE.i32, TYPE.i32, TYPE.f64, ...trees.map(() => TYPE.i32)],
    body: [
      set(at, wasm.i32_shl(get(from), i32(3))),
      ...trees.map((tree) => set(leaves(tree), wasm.i32_mul(get(size), i32(8 * tree)))),
      repeat(
        [
          set(sum, wasm.f64_load(SUMS, get(at))),
          ...trees.map((tree) => {
            const leaf = wasm.i32_load8_u(INDICES + tree * MAX_ROWS, get(row));
            const value = wasm.f64_load(LEAVES, wasm.i32_add(get(leaves(tree)), wasm.i32_shl(leaf, i32(3))));
            return set(sum, wasm.f64_add(get(sum), value));
          }),
          wasm.f64_store(SUMS, get(at), get(sum)),
          set(at, wasm.i32_add(get(at), i32(8))),
          set(row, wasm.i32_add(get(row), i32(1))),
        ],
        wasm.i32_lt_u(get(row), get(count)),
      ),
    ],
  };
}

/**
 * Builds the program for this thread.
 * @returns undefined if Node runs without WebAssembly (--jitless), the processor has no vector instructions, or the process may
 * not reserve the gigabytes of addresses that V8 sets aside for a memory, whatever its size (ulimit -v)
 */
export function buildBlockProgram(): BlockProgram | undefined {
  const depths = Array.from({ length: MAX_DEPTH }, (_, index) => index + 1);
  const functions = [...depths.map(rank), ...depths.map(findLeaves), addLeaves()];
  const exports = instantiateModule(assembleModule(functions, { pageCount: Math.ceil(END / PAGE_BYTES) }));
  if (!exports) return undefined;
  const { buffer } = exports['memory'] as { readonly buffer: ArrayBuffer };
  // A tree of depth 0 has no functions.
  const list = (name: string) => [0, ...depths].map((depth) => exports[`${name}${depth}`] as Routine<number[]>);
  return {
    cells: new Float64Array(buffer, CELLS, MAX_ROWS),
    values: new Float64Array(buffer, VALUES, MAX_THRESHOLDS + 1),
    tests: new Int32Array(buffer, TESTS, BATCH * MAX_DEPTH),
    leaves: new Float64Array(buffer, LEAVES, BATCH * 2 ** MAX_DEPTH),
    sums: new Float64Array(buffer, SUMS, MAX_SUMS),
    ranks: new Int8Array(buffer, RANKS, MAX_RANKS),
    rank: list('rank'),
    findLeaves: list('findLeaves'),
    addLeaves: exports['addLeaves'] as BlockProgram['addLeaves'],
  };
}
