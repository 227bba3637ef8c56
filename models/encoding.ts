/**
 * Encodes a table of mixed columns as the matrix of numbers that a model takes. The encoding is planned once, when a
 * deployment is loaded: one plan per feature, in the order of the model's inputs. A plan encodes many cells per call, so that
 * each loop is compiled for one type of cell.
 */
import { z } from 'zod';
import { DeploymentError } from '../errors/deployment-error.ts';
import { EngineError } from '../errors/engine-error.ts';
import { DATE_ORDERS, DATE_PARTS, readDate, toDatePart, type DatePart } from './calendar-date.ts';
import type { Column, DeploymentFile } from './deployment-file.ts';
import { listOf } from './list-of.ts';
import type { Table } from './table.ts';

/**
 * How a feature becomes numbers. Numbers are unchanged and booleans are 0 or 1. A categorical column becomes one number, the
 * category's code (`codes` in the order of the column's categories, `unknown` for any other category), or with `one_hot` one
 * number per category: 1 for the row's category, 0 for the others, all 0 for an unknown one. A text column that holds dates
 * becomes one number per feature, a part of its date.
 */
const featureSchema = z.strictObject({
  column: z.string(),
  codes: listOf(z.number()).optional(),
  unknown: z.number().optional(),
  one_hot: z.boolean().optional(),
  date: z.enum(DATE_PARTS).optional(),
  /** The day from which `days` are counted; 1970-01-01 without it. */
  since: z.iso.date().optional(),
  /** Which number is the day of a date such as 1/2/2026; the first without it. */
  order: z.enum(DATE_ORDERS).optional(),
});

/** The setting `encoding` of a model kind: its features, in the order of the model's inputs. */
export const encodingSchema = listOf(featureSchema, 1);
/** A feature of it. */
export type Feature = z.infer<typeof featureSchema>;

export interface Encoder {
  /** The number of encoded features per row. */
  readonly width: number;
  /** Encodes a table as rows × width numbers, row by row. A null without `impute` is NaN, or an unknown category. */
  encode(table: Table): Float64Array;
}

/** How many rows are encoded at a time: few enough for their cells to stay in the cache from column to column. */
const BLOCK = 64;

/** The rows `from` to `to` of a table; `position` is the index of the column's cell in a row. */
interface Slice {
  readonly rows: Table['rows'];
  readonly from: number;
  readonly to: number;
  readonly position: number;
}

/** Encodes the cells of a column: that of row `from` to index `at` of the matrix, that of each next row `step` further. */
type Write = (slice: Slice, matrix: Float64Array, at: number, step: number) => void;

interface Plan {
  readonly column: number;
  readonly offset: number;
  readonly write: Write;
}

export interface EncodingDefaults {
  /** How a categorical column is encoded unless the settings say otherwise. */
  readonly categories: 'codes' | 'one_hot';
  /** Whether the model accepts NaN, so that a nullable numeric column needs no `impute`. */
  readonly nan: boolean;
  /** The code of a null in a categorical column without `impute`; by default it is that of an unknown category. */
  readonly missingCategory?: number;
  /** The code of an unknown category; -1 by default. */
  readonly unknownCategory?: number;
  /** Whether a text that is not a date is rejected, or counts as missing (the default). */
  readonly unknown?: DeploymentFile['unknown_categories'];
}

/**
 * Plans the encoding of a deployment's columns.
 * @param features the setting; without it every column, in order, encoded by `defaults`
 * @returns the encoder, or every problem
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
 * Builds the encoder that planEncoding plans.
 * @throws {DeploymentError} with every problem
 */
export function buildEncoder(...plan: Parameters<typeof planEncoding>): Encoder {
  const planned = planEncoding(...plan);
  if ('problems' in planned) throw new DeploymentError(planned.problems);
  return planned.encoder;
}

function encode({ rows, positions }: Table, plans: readonly Plan[], width: number): Float64Array {
  const matrix = new Float64Array(rows.length * width);
  for (let from = 0; from < rows.length; from += BLOCK) {
    const to = Math.min(rows.length, from + BLOCK);
    for (const { column, offset, write } of plans) {
      const position = positions[column] as number;
      write({ rows, from, to, position }, matrix, from * width + offset, width);
    }
  }
  return matrix;
}

function findProblem(column: Column, feature: Feature, defaults: EncodingDefaults): string | undefined {
  const { categories } = column;
  if (feature.date) return findDateProblem(column, feature, defaults);
  if (feature.since !== undefined || feature.order) return 'date as well: since and order apply only to dates';
  if (!categories) {
    if (column.type === 'string') return 'categories: this kind does not accept text columns without them';
    if (feature.codes || feature.one_hot || feature.unknown !== undefined)
      return 'no codes, unknown or one_hot: the column has no categories';
    if (column.nullable && column.impute === undefined && !defaults.nan)
      return 'impute: the column is nullable, and this kind does not accept nulls';
  } else if (isOneHot(feature, defaults)) {
    if (feature.codes || feature.unknown !== undefined) return 'either one_hot or codes';
  } else if (feature.codes && feature.codes.length !== categories.length) {
    return `${categories.length} codes, one per category`;
  }
  if (categories && column.impute !== undefined && !categories.includes(column.impute))
    return 'impute to be one of the categories';
  return undefined;
}

function findDateProblem({ type, categories, nullable, impute }: Column, feature: Feature, defaults: EncodingDefaults) {
  if (type !== 'string' || categories) return 'no date: only text columns without categories can hold dates';
  if (feature.codes || feature.one_hot || feature.unknown !== undefined)
    return 'no codes, unknown or one_hot: the feature is a part of a date';
  if (impute !== undefined && readDate(String(impute))?.[feature.order ?? 'dmy'] === undefined)
    return 'impute to be a date';
  if (nullable && impute === undefined && !defaults.nan)
    return 'impute: the column is nullable, and this kind does not accept nulls';
  return undefined;
}

function isOneHot(feature: Feature, defaults: EncodingDefaults): boolean {
  return feature.one_hot ?? (!feature.codes && defaults.categories === 'one_hot');
}

function planColumn(column: Column, feature: Feature, defaults: EncodingDefaults): { width: number; write: Write } {
  const { categories } = column;
  if (feature.date) return { width: 1, write: planDates(column, feature, feature.date, defaults) };
  if (!categories) return { width: 1, write: planNumbers(column.impute === undefined ? NaN : Number(column.impute)) };
  const oneHot = isOneHot(feature, defaults);
  const codes = new Map<unknown, number>(
    categories.map((category, index) => [category, oneHot ? index : (feature.codes?.[index] ?? index)]),
  );
  if (column.impute !== undefined) codes.set(null, codes.get(column.impute) as number);
  else if (!oneHot && defaults.missingCategory !== undefined) codes.set(null, defaults.missingCategory);
  return oneHot
    ? { width: categories.length, write: planOneHot(codes) }
    : { width: 1, write: planCodes(codes, feature.unknown ?? defaults.unknownCategory ?? -1) };
}

function planNumbers(missing: number): Write {
  return ({ rows, from, to, position }, matrix, start, step) => {
    for (let row = from, at = start; row < to; row++, at += step) {
      const cell = (rows[row] as readonly unknown[])[position];
      matrix[at] = typeof cell === 'number' ? cell : cell === null ? missing : Number(cell);
    }
  };
}

/** Dates are parsed once and kept, up to this number. */
const MAX_DATES = 10_000;

function planDates(
  { name, impute }: Column,
  { order = 'dmy', since = '1970-01-01' }: Feature,
  part: DatePart,
  { nan, unknown }: EncodingDefaults,
): Write {
  const toPart = (text: unknown): number | undefined => {
    const day = typeof text === 'string' ? readDate(text.trim())?.[order] : undefined;
    return day === undefined ? undefined : toDatePart(day, part, readDate(since)?.dmy);
  };
  const missing = toPart(impute) ?? (nan ? NaN : undefined);
  const toNumber = (cell: unknown, place: string): number => {
    const number = toPart(cell) ?? (cell === null || unknown !== 'refuse' ? missing : undefined);
    if (number !== undefined) return number;
    const expected = `column ${JSON.stringify(name)}: expected a date, such as 2026-11-23`;
    throw new EngineError('invalid_value', `${place}: ${expected}.`, { target: { type: 'field', name: place } });
  };
  const known = new Map<unknown, number>();
  return ({ rows, from, to, position }, matrix, at, step) => {
    for (let row = from, next = at; row < to; row++, next += step) {
      const cell = (rows[row] as readonly unknown[])[position];
      let number = known.get(cell);
      if (number === undefined) {
        if (known.size >= MAX_DATES) known.clear();
        number = toNumber(cell, `values[${row}][${position}]`);
        known.set(cell, number);
      }
      matrix[next] = number;
    }
  };
}

/** The value of a category; blanks around a text do not count where the text with them is no category. */
function findCategory(values: ReadonlyMap<unknown, number>, cell: unknown): number | undefined {
  return values.get(cell) ?? (typeof cell === 'string' ? values.get(cell.trim()) : undefined);
}

function planCodes(codes: ReadonlyMap<unknown, number>, unknown: number): Write {
  return ({ rows, from, to, position }, matrix, start, step) => {
    for (let row = from, at = start; row < to; row++, at += step) {
      matrix[at] = findCategory(codes, (rows[row] as readonly unknown[])[position]) ?? unknown;
    }
  };
}

function planOneHot(places: ReadonlyMap<unknown, number>): Write {
  return ({ rows, from, to, position }, matrix, start, step) => {
    for (let row = from, at = start; row < to; row++, at += step) {
      const place = findCategory(places, (rows[row] as readonly unknown[])[position]);
      if (place !== undefined) matrix[at + place] = 1;
    }
  };
}
