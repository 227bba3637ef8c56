/**
 * Assembles WebAssembly modules from instructions: as much of the binary format (https://webassembly.github.io/spec/core/binary)
 * as block-program.ts needs. An expression is the list of its bytes, operands first, so that nested calls read like source code.
 */

/** The bytes of instructions, in the order of execution. */
export type Code = readonly number[];

/** The types of values. */
export const TYPE = { i32: 0x7f, f64: 0x7c, v128: 0x7b } as const;

/** A function without results: its parameters are locals 0, 1 and so on, and its other locals follow. */
export interface FunctionSource {
  readonly name: string;
  /** The number of parameters, all of type i32. */
  readonly parameterCount: number;
  /** The types of the other locals. */
  readonly locals: readonly number[];
  readonly body: readonly Code[];
}

/** An unsigned integer in LEB128. */
function toUnsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...toUnsigned(value >>> 7)];
}

/** A signed integer in LEB128 that is not negative: the highest bit of the last byte is its sign. */
function toSigned(value: number): number[] {
  return value < 0x40 ? [value] : [(value & 0x7f) | 0x80, ...toSigned(value >>> 7)];
}

const join = (...parts: readonly Code[]): Code => ([] as number[]).concat(...parts);

/** An operation on the values of its operands. */
const toOperation =
  (...opcode: readonly number[]) =>
  (...operands: readonly Code[]): Code =>
    join(...operands, opcode);

/** Access to memory at an address plus a constant offset. Alignment is only a hint, and none is given. */
const toAccess =
  (...opcode: readonly number[]) =>
  (offset: number, ...operands: readonly Code[]): Code =>
    join(...operands, opcode, [0], toUnsigned(offset));

const SIMD = 0xfd;

/** The instructions, by name; an underscore stands for the point in the name. */
export const wasm = {
  get: (local: number): Code => join([0x20], toUnsigned(local)),
  set: (local: number, value: Code): Code => join(value, [0x21], toUnsigned(local)),
  i32: (value: number): Code => join([0x41], toSigned(value)),
  i32_load: toAccess(0x28),
  i32_load8_u: toAccess(0x2d),
  i32_store8: toAccess(0x3a),
  i32_lt_u: toOperation(0x49),
  i32_add: toOperation(0x6a),
  i32_sub: toOperation(0x6b),
  i32_mul: toOperation(0x6c),
  i32_and: toOperation(0x71),
  i32_xor: toOperation(0x73),
  i32_shl: toOperation(0x74),
  i32_shr_u: toOperation(0x76),
  f64_load: toAccess(0x2b),
  f64_store: toAccess(0x39),
  f64_eq: toOperation(0x61),
  f64_ge: toOperation(0x66),
  f64_add: toOperation(0xa0),
  /** The first operand if the third is not 0, else the second. */
  select: toOperation(0x1b),
  v128_load: toAccess(SIMD, 0x00),
  v128_store: toAccess(SIMD, 0x0b),
  /** 16 times a byte. */
  i8x16: (byte: number): Code => [SIMD, 0x0c, ...new Array<number>(16).fill(byte)],
  /** 16 times the low byte of the operand. */
  i8x16_splat: toOperation(SIMD, 0x0f),
  i8x16_gt_s: toOperation(SIMD, 0x27),
  i8x16_add: toOperation(SIMD, 0x6e),
  i8x16_sub: toOperation(SIMD, 0x71),
  /** Executes the body once, and again while the condition, evaluated after it, is not 0. */
  repeat: (body: readonly Code[], condition: Code): Code => join([0x03, 0x40], ...body, condition, [0x0d, 0, 0x0b]),
} as const;

/**
 * Assembles a module that exports its functions, and its memory as `memory`.
 * @param pageCount the size of the memory, in pages of 64 KiB
 */
export function assembleModule(functions: readonly FunctionSource[], pageCount: number): Uint8Array {
  const toVector = (items: readonly Code[]): Code => [...toUnsigned(items.length), ...items.flat()];
  const toSection = (id: number, items: readonly Code[]): Code => {
    const content = toVector(items);
    return [id, ...toUnsigned(content.length), ...content];
  };
  const toExport = (name: string, kind: number, index: number): Code => [
    ...toVector([...Buffer.from(name)].map((byte) => [byte])),
    kind,
    ...toUnsigned(index),
  ];
  const toBody = ({ locals, body }: FunctionSource): Code => {
    const code = [...toVector(locals.map((type) => [1, type])), ...body.flat(), 0x0b];
    return [...toUnsigned(code.length), ...code];
  };
  const toType = ({ parameterCount }: FunctionSource): Code => [
    0x60,
    ...toVector(new Array<Code>(parameterCount).fill([TYPE.i32])),
    0,
  ];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...toSection(
      1,
      functions.map((source) => toType(source)),
    ),
    ...toSection(
      3,
      functions.map((_, index) => toUnsigned(index)),
    ),
    ...toSection(5, [[0, ...toUnsigned(pageCount)]]),
    ...toSection(7, [toExport('memory', 2, 0), ...functions.map(({ name }, index) => toExport(name, 0, index))]),
    ...toSection(
      10,
      functions.map((source) => toBody(source)),
    ),
  ]);
}
