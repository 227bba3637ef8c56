/**
 * The products of plain-products.ts as a WebAssembly module, which calculates two outputs in one instruction, and keeps the sums of
 * up to 16 in registers.
 */
import {
  assembleModule,
  TYPE,
  wasm,
  type Code,
  type FunctionSource,
} from '../../models/web-assembly/assemble-module.ts';
import { instantiateModule, PAGE_BYTES } from '../../models/web-assembly/instantiate-module.ts';
import { BLOCK, buildPlainProducts, type Products } from './plain-products.ts';

const { get, set, repeat } = wasm;

/** The outputs of a vector, and of the vectors that are summed up together. */
const VECTOR = 2;
const MOST = 16;
/** The bytes of a number. */
const NUMBER = 8;

/**
 * Adds the product of two matrices to a third: some outputs of the second and third, whose rows have the same length.
 * @param count the number of outputs
 */
function addProduct(count: number): FunctionSource {
  // Of the first matrix: where it starts and ends, from row to row, and from column to column; all in bytes.
  const [first, firstEnd, row, column, second, secondEnd, third, stride] = [0, 1, 2, 3, 4, 5, 6, 7];
  const [at, factors, value] = [8, 9, 10];
  const vectors = Array.from({ length: Math.ceil(count / VECTOR) }, (_, index) => ({
    sum: 11 + index,
    offset: index * VECTOR * NUMBER,
    isWhole: (index + 1) * VECTOR <= count,
  }));
  const advance = (local: number, bytes: number): Code => set(local, wasm.i32_add(get(local), get(bytes)));
  return {
    name: `addProduct${count}`,
    parameterCount: 8,
    locals: [TYPE.i32, TYPE.i32, TYPE.v128, ...vectors.map(() => TYPE.v128)],
    body: [
      repeat(
        [
          set(at, get(first)),
          set(factors, get(second)),
          ...vectors.map(({ sum }) => set(sum, wasm.i8x16(0))),
          repeat(
            [
              set(value, wasm.v128_load64_splat(0, get(at))),
              ...vectors.map(({ sum, offset }) =>
                set(sum, wasm.f64x2_add(get(sum), wasm.f64x2_mul(get(value), wasm.v128_load(offset, get(factors))))),
              ),
              advance(at, column),
              advance(factors, stride),
            ],
            wasm.i32_lt_u(get(factors), get(secondEnd)),
          ),
          ...vectors.map(({ sum, offset, isWhole }) => {
            const total = wasm.f64x2_add(wasm.v128_load(offset, get(third)), get(sum));
            // The other half of the last vector belongs to the next row.
            return isWhole
              ? wasm.v128_store(offset, get(third), total)
              : wasm.v128_store64_lane0(offset, get(third), total);
          }),
          advance(first, row),
          advance(third, stride),
        ],
        wasm.i32_lt_u(get(first), get(firstEnd)),
      ),
    ],
  };
}

type Routine = (...parameters: number[]) => void;

/** Allocates the arrays, and chooses how they are multiplied. */
export function buildProducts(inputs: number, outputs: number): Products {
  return buildProgram(inputs, outputs) ?? buildPlainProducts(inputs, outputs);
}

/** Undefined if it cannot run. */
function buildProgram(inputs: number, outputs: number): Products | undefined {
  // After each array there is room for the other half of a vector, which does not count.
  const lengths = [BLOCK * inputs, inputs * outputs, BLOCK * outputs, inputs * outputs];
  const starts = lengths.map((_, index) =>
    lengths.slice(0, index).reduce((sum, length) => sum + NUMBER * (length + 1), 0),
  );
  const groups = Array.from({ length: Math.ceil(outputs / MOST) }, (_, index) => ({
    offset: NUMBER * MOST * index,
    count: Math.min(MOST, outputs - MOST * index),
  }));
  const functions = [...new Set(groups.map(({ count }) => count))].map(addProduct);
  const pageCount = Math.ceil(lengths.reduce((sum, length) => sum + NUMBER * (length + 1), 0) / PAGE_BYTES);
  const exports = instantiateModule(assembleModule(functions, { pageCount }));
  if (!exports) return undefined;
  const { buffer } = exports['memory'] as { readonly buffer: ArrayBuffer };
  const toArray = (index: number) => new Float64Array(buffer, starts[index], lengths[index]);
  const [numbers, weights, scores, sums] = starts as [number, number, number, number];
  const [row, stride] = [NUMBER * inputs, NUMBER * outputs];
  const add = (first: FirstMatrix, second: number, third: number) => {
    if (first.rows === 0 || first.columns === 0) return;
    const end = numbers + first.rows * first.row;
    for (const { offset, count } of groups) {
      const from = second + offset;
      const run = exports[`addProduct${count}`] as Routine;
      run(numbers, end, first.row, first.column, from, from + first.columns * stride, third + offset, stride);
    }
  };
  return {
    numbers: toArray(0),
    weights: toArray(1),
    scores: toArray(2),
    sums: toArray(3),
    multiply: (rows) => add({ rows, row, columns: inputs, column: NUMBER }, weights, scores),
    addTransposed: (rows) => add({ rows: inputs, row: NUMBER, columns: rows, column: row }, scores, sums),
  };
}

/** The numbers, or their transpose: how many rows and columns, and how many bytes from one to the next. */
interface FirstMatrix {
  readonly rows: number;
  readonly row: number;
  readonly columns: number;
  readonly column: number;
}
