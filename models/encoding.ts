/**
 * From a table of mixed columns to the matrix of numbers that a model takes. What it does is planned once, when a
 * deployment is loaded: one plan a feature, in the order of the model's inputs.
 */
import { z } from 'zod';
import { DeploymentError } from './deployment-error.ts';
import type { Column, Scalar } from './deployment-file.ts';
import type { Table } from './table.ts';

/**
 * How a feature becomes numbers. Numbers stand for themselves and booleans are 0 or 1. A categorical column becomes one
 * number, its category's code (`codes` in the order of the column's categories, `unknown` for any other category), or
 * with `one_hot` one number a category: 1 for the row's, 0 for the others, all 0 for an unknown one.
 */
const featureSchema = z.strictObject({
  column: z.string(),
  codes: z.array(z.number()).optional(),
  unknown: z.number().optional(),
  one_hot: z.boolean().optional(),
});

/** The setting `encoding` of a model kind: its features, in the order of the model's inputs. */
export const encodingSchema = z.array(featureSchema).min(1);
type Feature = z.infer<typeof featureSchema>;

export interface Encoder {
  /** How many numbers a row becomes. */
  readonly width: number;
  /** The table as rows × width numbers, row by row. A null that nothing stands in for is NaN, or an unknown category. */
  encode(table: Table): Float64Array;
}

interface Plan {
  readonly column: number;
  readonly offset: number;
  readonly write: (matrix: Float64Array, at: number, cell: unknown) => void;
}

export interface EncodingDefaults {
  /** What a categorical column becomes where the settings do not say. */
  readonly categories: 'codes' | 'one_hot';
  /** Whether the model takes NaN, so that a nullable column of numbers needs no `impute`. */
  readonly nan: boolean;
}

/**
 * Plans the encoding of a deployment's columns.
 * @param features from the settings; without them every column, in its order, as `defaults` say
 * @returns the encoder, or the problems, a sentence each
 */
export function planEncoding(
  columns: readonly Column[],
  features: readonly Feature[] | undefined,
  defaults: EncodingDefaults,
): { encoder: Encoder } | { problems: string[] } {
  const problems: string[] = [];
  const plans: Plan[] = [];
  let width = 0;
  const chosen: readonly Feature[] = features ?? columns.map(({ name }) => ({ column: name }));
  for (const [index, feature] of chosen.entries()) {
    const position = columns.findIndex(({ name }) => name === feature.column);
    const column = columns[position];
    const place = features ? `settings.encoding[${index}]` : `columns[${index}]`;
    if (!column) {
      problems.push(`deployment.json.${place}.column: expected the name of a column`);
      continue;
    }
    const problem = findProblem(column, feature, defaults);
    if (problem) {
      problems.push(`deployment.json.${place}: expected ${problem}`);
      continue;
    }
    const planned = planColumn(column, feature, defaults);
    plans.push({ column: position, offset: width, write: planned.write });
    width += planned.width;
  }
  if (problems.length > 0) return { problems };
  return { encoder: { width, encode: (table) => encode(table, plans, width) } };
}

/**
 * The encoder of a deployment's columns, as planEncoding plans it.
 * @throws {DeploymentError} with every problem
 */
export function buildEncoder(...plan: Parameters<typeof planEncoding>): Encoder {
  const planned = planEncoding(...plan);
  if ('problems' in planned) throw new DeploymentError(planned.problems);
  return planned.encoder;
}

function encode({ rows, positions }: Table, plans: readonly Plan[], width: number): Float64Array {
  const matrix = new Float64Array(rows.length * width);
  for (const { column, offset, write } of plans) {
    const position = positions[column] as number;
    for (let row = 0, at = offset; row < rows.length; row++, at += width) {
      write(matrix, at, (rows[row] as readonly unknown[])[position]);
    }
  }
  return matrix;
}

function findProblem(column: Column, feature: Feature, defaults: EncodingDefaults): string | undefined {
  const { categories } = column;
  if (!categories) {
    if (column.type === 'string') return 'categories: this kind cannot take a column of text without them';
    if (feature.codes || feature.one_hot || feature.unknown !== undefined)
      return 'no codes, unknown or one_hot: the column has no categories';
    if (column.nullable && column.impute === undefined && !defaults.nan)
      return 'an impute: the column may be null, which this kind cannot take';
  } else if (isOneHot(feature, defaults)) {
    if (feature.codes || feature.unknown !== undefined) return 'either one_hot or codes';
  } else if (feature.codes && feature.codes.length !== categories.length) {
    return `${categories.length} codes, one a category`;
  }
  if (categories && column.impute !== undefined && !categories.includes(column.impute))
    return 'an impute that is one of the categories';
  return undefined;
}

function isOneHot(feature: Feature, defaults: EncodingDefaults): boolean {
  return feature.one_hot ?? (!feature.codes && defaults.categories === 'one_hot');
}

function planColumn(
  column: Column,
  feature: Feature,
  defaults: EncodingDefaults,
): { width: number; write: Plan['write'] } {
  const { categories } = column;
  if (!categories) {
    const missing = column.impute === undefined ? NaN : Number(column.impute);
    const write: Plan['write'] = (matrix, at, cell) => {
      matrix[at] = cell === null ? missing : Number(cell);
    };
    return { width: 1, write };
  }
  const indices = new Map<unknown, number>(categories.map((category: Scalar, index) => [category, index]));
  if (column.impute !== undefined) indices.set(null, indices.get(column.impute) as number);
  if (isOneHot(feature, defaults)) {
    const write: Plan['write'] = (matrix, at, cell) => {
      const index = indices.get(cell);
      if (index !== undefined) matrix[at + index] = 1;
    };
    return { width: categories.length, write };
  }
  const codes = feature.codes ?? categories.map((_, index) => index);
  const unknown = feature.unknown ?? -1;
  const write: Plan['write'] = (matrix, at, cell) => {
    const index = indices.get(cell);
    matrix[at] = index === undefined ? unknown : (codes[index] as number);
  };
  return { width: 1, write };
}
