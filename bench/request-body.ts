import { makeTable } from './tables.ts';

const TRAINED = 7200;
let table: ReturnType<typeof makeTable> | undefined;

/** A scoring request for the deployment of bench/forest-deployment.ts: rows of its table that it did not learn from. */
export function toRequestBody(rows: number): { fields: string[]; values: (string | number)[][] } {
  table ??= makeTable({ numbers: 14, texts: 6, categories: 30, problem: 'binary', seed: 1, rows: TRAINED + 5000 });
  return {
    fields: table.header.slice(0, -1),
    values: table.rows.slice(TRAINED, TRAINED + rows).map((row) => row.slice(0, -1)),
  };
}
