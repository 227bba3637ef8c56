import { makeTable, type MadeTable } from './tables.ts';

/** How many rows of its table the deployment of bench/forest-deployment.ts knows. */
export const LEARNED = 7200;

/** The table of the deployment of bench/forest-deployment.ts: the rows that it knows, and then 5000 more. */
export function makeForestTable(): MadeTable {
  made ??= makeTable({ numbers: 14, texts: 6, categories: 30, problem: 'binary', seed: 1, rows: LEARNED + 5000 });
  return made;
}

let made: MadeTable | undefined;

/** A scoring request for that deployment: rows that it has not seen. */
export function toRequestBody(rows: number): { fields: string[]; values: (string | number)[][] } {
  const table = makeForestTable();
  return {
    fields: table.header.slice(0, -1),
    values: table.rows.slice(LEARNED, LEARNED + rows).map((row) => row.slice(0, -1)),
  };
}
