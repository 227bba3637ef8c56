/** Requests of the Open Inference Protocol, with one input per column or one matrix, and its replies. */
import type { Truth, TruthColumn } from './truth.ts';

const DATATYPES = { double: 'FP64', long: 'INT64', boolean: 'BOOL', string: 'BYTES' } as const;

export interface Tensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly datatype: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly data: readonly unknown[];
}

export interface InferReply {
  readonly outputs: readonly Tensor[];
}

/** One input per column; text is marked as such, because servers would decode it as bytes. */
export function toInputs({ columns, values }: Truth): Tensor[] {
  return columns.map((column, index) => ({
    ...toMetadata(column),
    shape: [values.length],
    data: values.map((row) => row[index]),
  }));
}

/** All rows as one row-major matrix of numbers. */
export function toMatrix({ columns, values }: Truth): Tensor {
  return { name: 'input-0', shape: [values.length, columns.length], datatype: 'FP64', data: values.flat() };
}

/** What metadata says of a column. */
export function toMetadata({ name, type }: TruthColumn): Omit<Tensor, 'data'> {
  const parameters = type === 'string' ? { parameters: { content_type: 'str' } } : {};
  return { name, shape: [-1], datatype: DATATYPES[type], ...parameters };
}

/** The values of an output by row: one label or one vector of probabilities each. */
export function readOutput({ outputs }: InferReply, wanted: string): unknown[] {
  const output = outputs.find(({ name }) => name === wanted);
  if (!output) throw new Error(`no output ${wanted}`);
  const [, width = 1] = output.shape;
  const flat = output.data.flat();
  return width === 1
    ? flat
    : Array.from({ length: flat.length / width }, (_, row) => flat.slice(row * width, (row + 1) * width));
}
