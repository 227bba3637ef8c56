import { findSource } from './json/json-source.ts';
import { findTables, type WrittenTables } from './json/written-cells.ts';
import type { RequestTable } from './table.ts';

/** The body of a scoring request: a table, or an envelope of several. */
export type ScoringBody = RequestTable | { readonly input_data: readonly RequestTable[] };

/**
 * The tables of a scoring request, in order. If the body has kept its source (json/json-source.ts), each table can find its cells
 * as they were written. The source is searched once, when the first table needs it, because not every answer does.
 */
export function toRequestTables(body: ScoringBody): RequestTable[] {
  const source = findSource(body);
  let found: WrittenTables | undefined;
  const find = source && (() => (found ??= findTables(source)));
  if (!('input_data' in body)) return [toTable(body, find && (() => find().own))];
  return body.input_data.map((table, index) => toTable(table, find && (() => find().enveloped[index])));
}

function toTable({ fields, values }: RequestTable, toWritten: RequestTable['toWritten']): RequestTable {
  return { fields, values, toWritten };
}
