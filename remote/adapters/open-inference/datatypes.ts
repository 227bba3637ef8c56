/** The datatypes of the Open Inference Protocol, and what each holds. */
import type { Column } from '../../../models/deployment-file.ts';

/** The least and the greatest number of a datatype, and whether it has whole numbers only. */
interface NumberRange {
  readonly least: number;
  readonly most: number;
  readonly isWhole: boolean;
}

const toSigned = (most: number, least = -most - 1): NumberRange => ({ least, most, isWhole: true });
const toUnsigned = (most: number): NumberRange => ({ least: 0, most, isWhole: true });
const toFloating = (most: number): NumberRange => ({ least: -most, most, isWhole: false });

/** Of 64 bits the last doubles that are still within them when they are written in decimals. */
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

/** Whether a datatype is one of numbers. */
export function isNumberDatatype(datatype: string): datatype is NumberDatatype {
  return Object.hasOwn(NUMBER_RANGES, datatype);
}

/** The datatype that a column has where nothing else is said: doubles hold all numbers, and fractions and nulls besides. */
export function toDatatype({ type }: Pick<Column, 'type'>): Datatype {
  return type === 'string' ? 'BYTES' : type === 'boolean' ? 'BOOL' : 'FP64';
}

/** The type of a column that a model declares with a datatype. */
export function toColumnType(datatype: Datatype): Column['type'] {
  if (datatype === 'BYTES') return 'string';
  if (datatype === 'BOOL') return 'boolean';
  if (!NUMBER_RANGES[datatype].isWhole) return 'double';
  return NUMBER_RANGES[datatype].most < 2 ** 31 ? 'integer' : 'long';
}
