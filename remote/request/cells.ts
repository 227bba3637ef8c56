/** Prepares cells for an upstream: nulls are replaced by the column's `impute`, fractions rounded if the settings say so. */
import { EngineError } from '../../errors/engine-error.ts';
import type { Column } from '../../models/deployment-file.ts';
import type { RemoteTable } from '../adapter.ts';

/** A cell of a checked table: null or a value of its column's type. */
export type Cell = string | number | boolean | null;

/** Prepares the cells of tables. */
export interface Cells {
  /** All cells of a column, by its index among the deployment's columns. */
  toColumn(table: RemoteTable, column: number): Cell[];
  /** All rows, each with the deployment's columns in order. */
  toRows(table: RemoteTable): Cell[][];
}

/** Plans the preparation of a deployment's columns. */
export function buildCells(columns: readonly Column[], { round }: { readonly round: boolean }): Cells {
  const reads = columns.map((column) => buildReadCell(column, round));
  const toColumn = ({ rows, positions }: RemoteTable, column: number): Cell[] => {
    const position = positions[column] as number;
    const cells = rows.map((row) => row[position] as Cell);
    const read = reads[column];
    return read ? cells.map(read) : cells;
  };
  return {
    toColumn,
    toRows: (table) => {
      const rows = table.rows.map((row) => Array.from(table.positions, (position) => row[position] as Cell));
      for (const [column, read] of reads.entries()) {
        if (read) for (const row of rows) row[column] = read(row[column] as Cell);
      }
      return rows;
    },
  };
}

/**
 * Plans how a column's cells are prepared; undefined if they are sent unchanged, as most are, so that thousands of them need not
 * be visited.
 */
export function buildReadCell({ type, impute }: Column, round: boolean): ((cell: Cell) => Cell) | undefined {
  const rounds = round && isWhole(type);
  if (impute === undefined && !rounds) return undefined;
  const missing = impute ?? null;
  return (cell) => {
    if (cell === null) return missing;
    return rounds ? Math.round(cell as number) : cell;
  };
}

/** Whether a column is of a type for whole numbers. */
export function isWhole(type: Column['type']): boolean {
  return type === 'integer' || type === 'long';
}

/** The error of a cell that cannot be sent to the upstream; `row` is its index in the part. */
export function toCellError(
  { columns, firstRow }: RemoteTable,
  row: number,
  column: number,
  expected: string,
): EngineError {
  const name = JSON.stringify(columns[column]?.name);
  const message = `values[${firstRow + row}]: column ${name}: expected ${expected}, because the system that serves this deployment requires it.`;
  return new EngineError('invalid_value', message, { target: { type: 'field', name: `values[${firstRow + row}]` } });
}
