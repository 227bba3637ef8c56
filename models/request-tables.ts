import { findSource } from './json/json-source.ts';
import { findTables, type WrittenCells, type WrittenTables } from './json/written-cells.ts';
import type { RequestTable } from './table.ts';

/** A table in the body of a scoring request, with attributes beside it that the model does not know. */
interface BodyTable extends Pick<RequestTable, 'fields' | 'values'> {
  readonly meta?: Partial<Pick<RequestTable, 'fields' | 'values'>>;
}

/** The body of a scoring request: a table, or an envelope of several. */
export type ScoringBody = BodyTable | { readonly input_data: readonly BodyTable[] };

/** Finds the cells of a table, or of its attributes, as they were written. */
type FindCells = (source: 'table' | 'meta') => WrittenCells | undefined;

/**
 * The tables of a scoring request, in order. If the body has kept its source (json/json-source.ts), each table can find its cells
 * as they were written. The source is searched once, when the first table needs it, because not every answer does.
 */
export function toRequestTables(body: ScoringBody): RequestTable[] {
  const source = findSource(body);
  const found: { table?: WrittenTables; meta?: WrittenTables } = {};
  const find = source && ((what: 'table' | 'meta') => (found[what] ??= findTables(source, what)));
  if (!('input_data' in body)) return [toTable(body, find && ((what) => find(what).own))];
  return body.input_data.map((table, index) => toTable(table, find && ((what) => find(what).enveloped[index])));
}

/** The rows of a body that may not be valid: of the contract, or of the Open Inference Protocol. */
export function countRows(body: unknown): number {
  if (typeof body !== 'object' || body === null) return 0;
  const { values, input_data, inputs } = body as Readonly<Record<'values' | 'input_data' | 'inputs', unknown>>;
  const ofInputs = Array.isArray(inputs)
    ? inputs.reduce<number>((most, input) => Math.max(most, countInput(input)), 0)
    : 0;
  const own = ofInputs + (Array.isArray(values) ? values.length : 0);
  return Array.isArray(input_data) ? input_data.reduce<number>((sum, table) => sum + countRows(table), own) : own;
}

/** The rows of an input of the Open Inference Protocol, whatever its shape claims. */
function countInput(input: unknown): number {
  if (typeof input !== 'object' || input === null) return 0;
  const { shape, data } = input as { readonly shape?: unknown; readonly data?: unknown };
  const rows: unknown = Array.isArray(shape) ? shape[0] : undefined;
  return Array.isArray(data) && typeof rows === 'number' ? Math.min(rows, data.length) : 0;
}

/** A table of a body. Attributes beside it have no use without both their names and their values. */
function toTable({ fields, values, meta }: BodyTable, find: FindCells | undefined): RequestTable {
  const table = { fields, values, toWritten: find && (() => find('table')) };
  if (!meta?.fields?.length || !meta.values) return table;
  return { ...table, meta: { fields: meta.fields, values: meta.values, toWritten: find && (() => find('meta')) } };
}
