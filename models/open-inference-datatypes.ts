/** The datatypes of the Open Inference Protocol and their ranges. */
import type { Column } from './deployment-file.ts';

/** The minimum and maximum of a datatype, and whether it is limited to whole numbers. */
interface NumberRange {
  readonly min: number;
  readonly max: number;
  readonly isWhole: boolean;
}

const toSigned = (max: number, min = -max - 1): NumberRange => ({ min, max, isWhole: true });
const toUnsigned = (max: number): NumberRange => ({ min: 0, max, isWhole: true });
const toFloating = (max: number): NumberRange => ({ min: -max, max, isWhole: false });

/** For 64-bit integers, the outermost doubles that are still in range when they are written in decimals. */
export const NUMBER_RANGES = {
  INT8: toSigned(2 ** 7 - 1),
  INT16: toSigned(2 ** 15 - 1),
  INT32: toSigned(2 ** 31 - 1),
  INT64: toSigned(2 ** 63 - 2 ** 10, 2 ** 10 - 2 ** 63),
  UINT8: toUnsigned(2 ** 8 - 1),
  UINT16: toUnsigned(2 ** 16 - 1),
  UINT32: toUnsigned(2 ** 32 - 1),
  UINT64: toUnsigned(2 ** 64 - 2 ** 11),
  FP16: toFloating(65504),
  FP32: toFloating(2 ** 128 - 2 ** 104),
  FP64: toFloating(Number.MAX_VALUE),
} as const;

export type NumberDatatype = keyof typeof NUMBER_RANGES;
export type Datatype = NumberDatatype | 'BOOL' | 'BYTES';

export const DATATYPES = [...(Object.keys(NUMBER_RANGES) as NumberDatatype[]), 'BOOL', 'BYTES'] as const;

/** Whether a datatype is numeric. */
export function isNumberDatatype(datatype: string): datatype is NumberDatatype {
  return Object.hasOwn(NUMBER_RANGES, datatype);
}

/** The default datatype of a column: FP64 for all numbers, because it can hold fractions and nulls. */
export function toDatatype({ type }: Pick<Column, 'type'>): Datatype {
  return type === 'string' ? 'BYTES' : type === 'boolean' ? 'BOOL' : 'FP64';
}

/** The column type of a datatype that a model declares. */
export function toColumnType(datatype: Datatype): Column['type'] {
  if (datatype === 'BYTES') return 'string';
  if (datatype === 'BOOL') return 'boolean';
  if (!NUMBER_RANGES[datatype].isWhole) return 'double';
  return NUMBER_RANGES[datatype].max < 2 ** 31 ? 'integer' : 'long';
}
