/** Makes the tensors of a graph's inputs from the rows of a table. */
import type { z } from 'zod';
import { DeploymentError } from '../../../errors/deployment-error.ts';
import { EngineError } from '../../../errors/engine-error.ts';
import type { Column, DeploymentFile } from '../../deployment-file.ts';
import { buildEncoder, type encodingSchema } from '../../encoding.ts';
import type { Table } from '../../table.ts';
import { HAS_MISSING, type Input, type InputPlan } from './plan-inputs.ts';
import type { ElementType } from './read-model.ts';
import type { Tensor, TensorData } from './tensor.ts';

/** Makes the inputs of the rows `from` to `to` of the table that it was made for. */
export type ToFeeds = (from: number, to: number) => Record<string, Tensor>;

/**
 * Plans how tables become the inputs of a graph.
 * @param encoding the setting; without it, column i is feature i
 * @throws {DeploymentError} with every difference between the columns and the inputs
 */
export function buildFeeder(
  { columns, unknown_categories }: Pick<DeploymentFile, 'columns' | 'unknown_categories'>,
  { inputs }: InputPlan,
  encoding: z.infer<typeof encodingSchema> | undefined,
  place: string,
): (table: Table) => ToFeeds {
  const width = inputs.reduce((sum, input) => sum + input.width, 0);
  const hasTexts = inputs.some(({ type }) => type === 'string');
  if (encoding && hasTexts)
    throw new DeploymentError([
      `deployment.json.settings.encoding: expected none: inputs of ${place} are texts, and columns are passed as they are`,
    ]);
  const problems = encoding ? [] : findColumnProblems(columns, inputs, width, place);
  if (problems.length > 0) throw new DeploymentError(problems);
  // A number is passed as it is, whatever categories its column has.
  const plain = columns.map((column) => (column.type === 'string' ? column : toNumeric(column)));
  const numeric = inputs.flatMap(({ type, width: count }, index) =>
    type === 'string' ? [] : columns.slice(toOffset(inputs, index), toOffset(inputs, index) + count),
  );
  const features = encoding ?? numeric.map(({ name }) => ({ column: name }));
  const defaults = { categories: 'codes', nan: true, unknown: unknown_categories } as const;
  const encoder = features.length === 0 ? undefined : buildEncoder(encoding ? columns : plain, features, defaults);
  if (encoding && encoder?.width !== width)
    throw new DeploymentError([
      `deployment.json.settings.encoding: expected ${width} encoded features, as ${place} has, not ${encoder?.width ?? 0}`,
    ]);
  const numericWidth = encoder?.width ?? 0;
  return (table) => {
    const matrix = encoder?.encode(table) ?? new Float64Array();
    return (from, to) => {
      const feeds: Record<string, Tensor> = {};
      let [column, offset] = [0, 0];
      for (const { name, type, width: count, isMatrix } of inputs) {
        const data =
          type === 'string'
            ? toTexts(table, column, count, from, to)
            : toNumbers(matrix, { type, from, to, width: numericWidth, offset, count });
        feeds[name] = { type, dims: isMatrix ? [to - from, count] : [to - from], data };
        column += count;
        if (type !== 'string') offset += count;
      }
      return feeds;
    };
  };
}

function toOffset(inputs: readonly Input[], end: number): number {
  return inputs.slice(0, end).reduce((sum, { width }) => sum + width, 0);
}

function toNumeric(column: Column): Column {
  return { ...column, categories: undefined };
}

function findColumnProblems(
  columns: readonly Column[],
  inputs: readonly Input[],
  width: number,
  place: string,
): readonly string[] {
  if (columns.length !== width)
    return [`deployment.json.columns: expected ${width}, as many as ${place} takes, not ${columns.length}`];
  const problems: string[] = [];
  const names = new Set(
    inputs.length > 1 ? inputs.flatMap(({ name, width: count }) => (count === 1 ? [name] : [])) : [],
  );
  let index = 0;
  for (const { name, type, width: count } of inputs) {
    for (const column of columns.slice(index, index + count)) {
      const { nullable, impute } = column;
      const expect = (key: string, expected: string) =>
        problems.push(`deployment.json.columns[${index}]${key}: expected ${expected}`);
      if (names.has(column.name) && column.name !== name)
        expect('.name', `the columns in the order of the inputs of ${place}`);
      if (type === 'string' && column.type !== 'string') expect('.type', `string, as the input of ${place} is text`);
      else if (type !== 'string' && column.type === 'string')
        expect('.type', `a number, as the input of ${place} is one; or settings.encoding`);
      if (nullable && impute === undefined && !HAS_MISSING.includes(type))
        expect('.impute', `a value: the input of ${place} has none for a missing cell`);
      index++;
    }
  }
  return problems;
}

/** The texts of columns; of a missing cell, the value to impute, or the empty text. */
function toTexts(
  { rows, columns, positions }: Table,
  first: number,
  count: number,
  from: number,
  to: number,
): readonly string[] {
  const texts: string[] = [];
  const known = columns.slice(first, first + count).map(({ categories }) => categories && new Set<unknown>(categories));
  for (let row = from; row < to; row++) {
    for (let index = 0; index < count; index++) {
      const cell = (rows[row] as readonly unknown[])[positions[first + index] as number];
      const text = (cell as string | null) ?? String(columns[first + index]?.impute ?? '');
      // Blanks around a text do not count, as in the encoding, where the text with them is no category.
      const categories = known[index];
      texts.push(categories && !categories.has(text) && categories.has(text.trim()) ? text.trim() : text);
    }
  }
  return texts;
}

interface Slice {
  readonly type: ElementType;
  readonly from: number;
  readonly to: number;
  /** The number of columns of the matrix, and those that are wanted. */
  readonly width: number;
  readonly offset: number;
  readonly count: number;
}

/** The numbers of columns, in the type of their input. */
function toNumbers(matrix: Float64Array, { type, from, to, width, offset, count }: Slice): TensorData {
  const length = (to - from) * count;
  const isWhole = count === width;
  const slice = isWhole ? matrix.subarray(from * width, to * width) : new Float64Array(length);
  if (!isWhole) {
    for (let row = from, at = 0; row < to; row++) {
      for (let index = 0; index < count; index++) slice[at++] = matrix[row * width + offset + index] as number;
    }
  }
  if (type === 'float32') return Float32Array.from(slice);
  if (type === 'float64') return slice;
  const [min, max] = LIMITS[type] ?? [0, 0];
  const wrong = slice.findIndex((value) => !(Number.isInteger(value) && value >= min && value <= max));
  if (wrong >= 0) {
    const name = `values[${from + Math.floor(wrong / count)}]`;
    const message = `${name}: the model takes ${type === 'bool' ? 'true or false' : 'integers'} in feature ${offset + (wrong % count)}.`;
    throw new EngineError('invalid_value', message, { target: { type: 'field', name } });
  }
  if (type === 'int64') return BigInt64Array.from(slice, BigInt);
  return type === 'int32' ? Int32Array.from(slice) : Uint8Array.from(slice);
}

/** The least and the greatest integer of a type; of int64, what a number of JavaScript holds exactly. */
const LIMITS: Readonly<Partial<Record<ElementType, readonly [number, number]>>> = {
  bool: [0, 1],
  int32: [-(2 ** 31), 2 ** 31 - 1],
  int64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
};
