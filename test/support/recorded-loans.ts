/** Exchanges with real servers that were recorded in test/fixtures/exchanges, and the deployment and rows that they are about. */
import { readFile } from 'node:fs/promises';
import type { RequestTable } from '../../models/table.ts';
import { toClassifier } from './deployment.ts';

/** A request to a real server and its reply. */
export interface Exchange {
  readonly request: { readonly method: string; readonly path: string; readonly body: unknown };
  readonly reply: { readonly status: number; readonly body: unknown };
}

/** Reads test/fixtures/exchanges/<kind>/<name>.json. */
export async function readExchange(kind: string, name: string): Promise<Exchange> {
  const url = new URL(`../fixtures/exchanges/${kind}/${name}.json`, import.meta.url);
  return JSON.parse(await readFile(url, 'utf8')) as Exchange;
}

/** The deployment, and the rows that were sent. */
export const LOAN_COLUMNS = [
  { name: 'amount', type: 'double' },
  { name: 'income', type: 'double', nullable: true },
  { name: 'age', type: 'long', nullable: true },
  { name: 'duration', type: 'long' },
  { name: 'employed', type: 'boolean', nullable: true },
  { name: 'housing', type: 'string', nullable: true },
  { name: 'purpose', type: 'string' },
];
export const LOANS = { ...toClassifier('high', 'low', 'medium'), columns: LOAN_COLUMNS };
export const LOAN_ROWS: RequestTable = {
  fields: LOAN_COLUMNS.map(({ name }) => name),
  values: [
    [10602.91, 2629.21, 61, 10, true, 'rent', 'education'],
    [2482.9, 4541.24, 69, 67, true, 'free', 'repairs'],
    [9395.14, 1980.47, 25, 47, true, 'free', 'car'],
    [7920.03, null, 39, 50, false, 'free', 'car'],
  ],
};
/** The answer of the recorded model. */
export const LOAN_ANSWER = {
  predictions: ['high', 'low', 'medium', 'medium'],
  probabilities: [
    [0.8972754687530644, 0.0007987033762239851, 0.10192582787071161],
    [1.0080125209846762e-10, 0.9999011014548559, 9.889844434299557e-5],
    [0.025486443669166588, 0.3248266139968057, 0.6496869423340276],
    [0.03366834556055382, 0.3143430389254751, 0.651988615513971],
  ],
};

/** A copy of a table with one cell replaced. */
export function replaceCell(table: RequestTable, row: number, field: string, cell: unknown): RequestTable {
  const column = table.fields.indexOf(field);
  const values = table.values.map((cells, index) => (index === row ? cells.with(column, cell) : cells));
  return { ...table, values };
}
