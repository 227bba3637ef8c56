/**
 * The table of a request, held against the columns of a deployment: found by name, in any order, every cell of the type
 * that its column has. Complaints name the place in the body and what was expected, never a value.
 */
import { EngineError, type ErrorCode } from '../errors/engine-error.ts';
import type { Column } from './deployment-file.ts';
import { writeCells, type WrittenCells } from './json/written-cells.ts';

/** A table as a caller sends it: one cell a field in every row. */
export interface RequestTable {
  readonly fields: readonly string[];
  readonly values: readonly (readonly unknown[])[];
  /** Finds the cells of `values` as they came, where they came as JSON. */
  readonly toWritten?: (() => WrittenCells | undefined) | undefined;
  /** Attributes of the rows that the model does not know, a table of its own with as many rows. */
  readonly meta?: Omit<RequestTable, 'meta'>;
}

/** A checked table. The cell of `columns[c]` in row r is `rows[r][positions[c]]`: of the column's type, or null. */
export interface Table {
  /** Of the request; one array for the same names again and again, so that what is made of them can be kept. */
  readonly fields: readonly string[];
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly unknown[])[];
  readonly positions: Int32Array;
  /** All cells of the rows as JSON: as they came, or as they are written when this is asked for the first time. */
  readonly toJson: () => WrittenCells;
  /** Attributes that no model is given: their names, and their cells as JSON. */
  readonly meta?: { readonly fields: readonly string[]; readonly toJson: () => WrittenCells };
}

export interface TableOptions {
  /** Whether a category that the column does not list is let through. */
  readonly unknownCategories: 'accept' | 'refuse';
  /** Where in the body the table stands, for messages: '' or 'input_data[2].'. */
  readonly place: string;
}

/**
 * Checks a request's table against the columns. Columns that the deployment does not have may hold anything that fits in a
 * Spark table: a string, number, boolean or null, or an array of those.
 * @throws {EngineError} invalid_fields, missing_fields, invalid_row or invalid_value
 */
export function parseTable(request: RequestTable, columns: readonly Column[], options: TableOptions): Table {
  const { values } = request;
  const { place } = options;
  const { fields, positions, extras } = findLayout(request.fields, columns, place);
  checkRows(values, fields.length, place);
  for (let index = 0; index < columns.length; index++) {
    checkCells(values, positions[index] as number, columns[index] as Column, options);
  }
  for (const position of extras) checkExtraCells(values, position, place);
  const table = { fields, columns, rows: values, positions, toJson: buildToJson(request) };
  return request.meta ? { ...table, meta: parseMeta(request.meta, values.length, `${place}meta.`) } : table;
}

function checkRows(values: RequestTable['values'], width: number, place: string): void {
  for (let index = 0; index < values.length; index++) {
    const row: unknown = values[index];
    if (Array.isArray(row) && row.length === width) continue;
    const came = Array.isArray(row) ? `${row.length} cells` : toTypeName(row);
    fail('invalid_row', `${place}values[${index}]`, `expected ${width} cells, one per field; got ${came}`);
  }
}

function parseMeta(
  meta: NonNullable<RequestTable['meta']>,
  rowCount: number,
  place: string,
): NonNullable<Table['meta']> {
  const { fields, values } = meta;
  indexFields(fields, place);
  if (values.length !== rowCount) {
    const expected = `expected as many rows as the table has, ${rowCount}; got ${values.length}`;
    fail('invalid_row', `${place}values`, expected);
  }
  checkRows(values, fields.length, place);
  for (const position of fields.keys()) checkExtraCells(values, position, place);
  return { fields, toJson: buildToJson(meta) };
}

function buildToJson({ values, toWritten }: RequestTable): () => WrittenCells {
  let cells: WrittenCells | undefined;
  return () => (cells ??= toWritten?.() ?? writeCells(values));
}

/** The rows of a table with the deployment's columns only, in the deployment's order; a fresh copy. */
export function toRows({ rows, positions }: Table): unknown[][] {
  return rows.map((row) => Array.from(positions, (position) => row[position]));
}

/** Where the fields of a request stand: those of the deployment's columns, in their order, and the others. */
interface Layout {
  readonly fields: readonly string[];
  readonly positions: Int32Array;
  readonly extras: readonly number[];
}

/** The last layout of each deployment's columns: a client sends the same fields again and again. */
const lastLayouts = new WeakMap<readonly Column[], Layout>();
/** How much text of a request's fields may be kept, in characters. */
const MOST_KEPT = 2 ** 16;

function findLayout(fields: readonly string[], columns: readonly Column[], place: string): Layout {
  const last = lastLayouts.get(columns);
  if (last && isSame(last.fields, fields)) return last;
  const positions = findColumns(fields, columns, place);
  const known = new Set(positions);
  const layout = { fields, positions, extras: [...fields.keys()].filter((position) => !known.has(position)) };
  if (fields.reduce((sum, { length }) => sum + length + 1, 0) <= MOST_KEPT) lastLayouts.set(columns, layout);
  return layout;
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  if (one.length !== other.length) return false;
  for (let index = 0; index < one.length; index++) if (one[index] !== other[index]) return false;
  return true;
}

function findColumns(fields: readonly string[], columns: readonly Column[], place: string): Int32Array {
  const byName = indexFields(fields, place);
  const missing = columns.filter((column) => !byName.has(column.name));
  if (missing.length > 0) {
    const names = missing.map((column) => JSON.stringify(column.name)).join(', ');
    fail(
      'missing_fields',
      `${place}fields`,
      `the model needs ${missing.length === 1 ? 'the column' : 'the columns'} ${names}`,
    );
  }
  return Int32Array.from(columns, (column) => byName.get(column.name) as number);
}

/** The positions of fields by their names, which must be different. */
function indexFields(fields: readonly string[], place: string): Map<string, number> {
  const byName = new Map<string, number>();
  fields.forEach((field, index) => {
    const first = byName.get(field);
    if (first !== undefined) {
      fail('invalid_fields', `${place}fields[${index}]`, `expected each name once; it repeats fields[${first}]`);
    }
    byName.set(field, index);
  });
  return byName;
}

function checkCells(rows: RequestTable['values'], position: number, column: Column, options: TableOptions): void {
  const { type, nullable } = column;
  const categories =
    options.unknownCategories === 'refuse' && column.categories ? new Set<unknown>(column.categories) : undefined;
  const expected = type === 'string' || type === 'boolean' ? type : 'number';
  for (let index = 0; index < rows.length; index++) {
    const cell = (rows[index] as readonly unknown[])[position];
    if (typeof cell === expected && (expected !== 'number' || Number.isFinite(cell))) {
      // Blanks around a text do not count, as in the encoding.
      if (!categories || categories.has(cell) || categories.has(String(cell).trim())) continue;
    } else if (cell === null && nullable) continue;
    const wanted = `${toArticle(expected)}${nullable ? ' or null' : ''}`;
    const wrong =
      typeof cell === expected && categories
        ? `expected one of the ${categories.size} categories that the model knows`
        : `expected ${wanted}; got ${toTypeName(cell)}`;
    fail(
      'invalid_value',
      `${options.place}values[${index}][${position}]`,
      `column ${JSON.stringify(column.name)}: ${wrong}`,
    );
  }
}

/** Extra columns are echoed, so they may not nest deeper than what a table can hold. */
function checkExtraCells(rows: RequestTable['values'], position: number, place: string): void {
  rows.forEach((row, index) => {
    const cell = row[position];
    if (isScalar(cell) || (Array.isArray(cell) && cell.every(isScalar))) return;
    const expected = 'expected a string, a number, a boolean, null, or an array of those';
    fail('invalid_value', `${place}values[${index}][${position}]`, `${expected}; got ${toTypeName(cell)}`);
  });
}

/** Infinity is none: it would come back as null. */
function isScalar(value: unknown): boolean {
  return typeof value === 'number' ? Number.isFinite(value) : typeof value !== 'object' || value === null;
}

function toArticle(type: string): string {
  return type === 'number' ? 'a finite number' : `a ${type}`;
}

function toTypeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') return 'an object';
  return typeof value === 'number' && !Number.isFinite(value) ? 'a number out of range' : `a ${typeof value}`;
}

function fail(code: ErrorCode, name: string, complaint: string): never {
  throw new EngineError(code, `${name}: ${complaint}.`, { target: { type: 'field', name } });
}
