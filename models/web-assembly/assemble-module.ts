/**
 * Assembles WebAssembly modules from instructions: as much of the binary format (https://webassembly.github.io/spec/core/binary)
 * as the programs of this project need. An expression is the list of its bytes, operands first, so that nested calls read like
 * source code.
 */

/** The bytes of instructions, in the order of execution. */
export type Code = readonly number[];

/** The types of values. */
export const TYPE = { i32: 0x7f, f64: 0x7c, v128: 0x7b } as const;

/** A function: its parameters are locals 0, 1 and so on, and its other locals follow. */
export interface FunctionSource {
  readonly name: string;
  /** The number of parameters, all of type i32. */
  readonly parameterCount: number;
  /** The types of the other locals. */
  readonly locals: readonly number[];
  readonly body: readonly Code[];
  /** What it returns, of type i32; nothing by default. */
  readonly result?: Code;
}

/** The memory of a module, in pages of 64 KiB. */
export interface ModuleMemory {
  readonly pageCount: number;
  /** Whether the module imports a shared memory of that size, as `memory` of the module `engine`, instead of having one. */
  readonly isImported?: boolean;
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
  i32_store: toAccess(0x36),
  i32_store8: toAccess(0x3a),
  i32_lt_u: toOperation(0x49),
  i32_add: toOperation(0x6a),
  i32_sub: toOperation(0x6b),
  i32_mul: toOperation(0x6c),
  i32_and: toOperation(0x71),
  i32_xor: toOperation(0x73),
  i32_shl: toOperation(0x74),
  i32_shr_u: toOperation(0x76),
  i64_load: toAccess(0x29),
  i64_store: toAccess(0x37),
  f64_load: toAccess(0x2b),
  f64_store: toAccess(0x39),
  f64_eq: toOperation(0x61),
  f64_ge: toOperation(0x66),
  f64_add: toOperation(0xa0),
  /** The first operand if the third is not 0, else the second. */
  select: toOperation(0x1b),
  v128_load: toAccess(SIMD, 0x00),
  v128_store: toAccess(SIMD, 0x0b),
  /** Loads 8 bytes into both halves. */
  v128_load64_splat: toAccess(SIMD, 0x0a),
  /** Stores the low half. */
  v128_store64_lane0: (offset: number, ...operands: readonly Code[]): Code =>
    join(toAccess(SIMD, 0x5b)(offset, ...operands), [0]),
  /** Loads 8 bytes into the low half. */
  v128_load64_zero: toAccess(SIMD, 0x5d),
  /** The two numbers of 32 bits in the low half, in 64 bits each. */
  f64x2_promote_low_f32x4: toOperation(SIMD, 0x5f),
  f64x2_add: toOperation(SIMD, 0xf0, 0x01),
  f64x2_sub: toOperation(SIMD, 0xf1, 0x01),
  f64x2_mul: toOperation(SIMD, 0xf2, 0x01),
  /** 16 times a byte. */
  i8x16: (byte: number): Code => [SIMD, 0x0c, ...new Array<number>(16).fill(byte)],
  /** 16 times the low byte of the operand. */
  i8x16_splat: toOperation(SIMD, 0x0f),
  i8x16_gt_s: toOperation(SIMD, 0x27),
  i8x16_add: toOperation(SIMD, 0x6e),
  i8x16_sub: toOperation(SIMD, 0x71),
  /** Fills bytes from an address with a value: address, value, number of bytes. */
  memory_fill: toOperation(0xfc, 11, 0),
  /** Copies bytes: to an address, from an address, number of bytes. */
  memory_copy: toOperation(0xfc, 10, 0, 0),
  /** Executes the body if the condition is not 0. */
  when: (condition: Code, body: readonly Code[]): Code => join(condition, [0x04, 0x40], ...body, [0x0b]),
  /** Executes the body once, and again while the condition, evaluated after it, is not 0. */
  repeat: (body: readonly Code[], condition: Code): Code => join([0x03, 0x40], ...body, condition, [0x0d, 0, 0x0b]),
} as const;

/** Assembles a module that exports its functions, and its memory, unless it is imported, as `memory`. */
export function assembleModule(
  functions: readonly FunctionSource[],
  { pageCount, isImported = false }: ModuleMemory,
): Uint8Array {
  const toVector = (items: readonly Code[]): Code => [...toUnsigned(items.length), ...items.flat()];
  const toSection = (id: number, items: readonly Code[]): Code => {
    const content = toVector(items);
    return [id, ...toUnsigned(content.length), ...content];
  };
  const toName = (name: string): Code => toVector([...Buffer.from(name)].map((byte) => [byte]));
  const toExport = (name: string, kind: number, index: number): Code => [...toName(name), kind, ...toUnsigned(index)];
  const toBody = ({ locals, body, result = [] }: FunctionSource): Code => {
    const code = [...toVector(locals.map((type) => [1, type])), ...body.flat(), ...result, 0x0b];
    return [...toUnsigned(code.length), ...code];
  };
  const toType = ({ parameterCount, result }: FunctionSource): Code => [
    0x60,
    ...toVector(new Array<Code>(parameterCount).fill([TYPE.i32])),
    ...toVector(result ? [[TYPE.i32]] : []),
  ];
  const exports = functions.map(({ name }, index) => toExport(name, 0, index));
  // A shared memory has a maximum size, here the same.
  const shared = [...toName('engine'), ...toName('memory'), 2, 3, ...toUnsigned(pageCount), ...toUnsigned(pageCount)];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...toSection(
      1,
      functions.map((source) => toType(source)),
    ),
    ...(isImported ? toSection(2, [shared]) : []),
    ...toSection(
      3,
      functions.map((_, index) => toUnsigned(index)),
    ),
    ...(isImported ? [] : toSection(5, [[0, ...toUnsigned(pageCount)]])),
    ...toSection(7, isImported ? exports : [toExport('memory', 2, 0), ...exports]),
    ...toSection(
      10,
      functions.map((source) => toBody(source)),
    ),
  ]);
}
