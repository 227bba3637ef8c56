/** Requests of the Open Inference Protocol, an input a column or one matrix, and its replies. */
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

/** An input a column; text says so, for a server that has bytes otherwise. */
export function toInputs({ columns, values }: Truth): Tensor[] {
  return columns.map((column, index) => ({
    ...toMetadata(column),
    shape: [values.length],
    data: values.map((row) => row[index]),
  }));
}

/** All rows as one matrix of numbers, row by row. */
export function toMatrix({ columns, values }: Truth): Tensor {
  return { name: 'input-0', shape: [values.length, columns.length], datatype: 'FP64', data: values.flat() };
}

/** What metadata says of a column. */
export function toMetadata({ name, type }: TruthColumn): Omit<Tensor, 'data'> {
  const parameters = type === 'string' ? { parameters: { content_type: 'str' } } : {};
  return { name, shape: [-1], datatype: DATATYPES[type], ...parameters };
}

/** The values of an output, as rows: of labels one each, of probabilities a vector each. */
export function readOutput({ outputs }: InferReply, wanted: string): unknown[] {
  const output = outputs.find(({ name }) => name === wanted);
  if (!output) throw new Error(`no output ${wanted}`);
  const [, width = 1] = output.shape;
  const flat = output.data.flat();
  return width === 1
    ? flat
    : Array.from({ length: flat.length / width }, (_, row) => flat.slice(row * width, (row + 1) * width));
}
