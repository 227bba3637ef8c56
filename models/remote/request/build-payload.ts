/** A table as the JSON that servers of models take: rows or columns, as arrays or as objects. */
import type { z } from 'zod';
import type { DeploymentFile } from '../../deployment-file.ts';
import type { encodingSchema } from '../../encoding.ts';
import type { RemoteTable } from '../adapter.ts';
import { buildMatrix } from './build-matrix.ts';
import { buildCells, type Cell } from './cells.ts';

/**
 * `rows`: an array a row. `objects`: an object a row. `object_lists`: the same, each value alone in an array. `columns`: an
 * object with an array a column. `column_lists`: the same, each value alone in an array.
 */
export type PayloadFormat = 'rows' | 'objects' | 'object_lists' | 'columns' | 'column_lists';

export interface PayloadSettings {
  readonly format: PayloadFormat;
  readonly round: boolean;
  /** How rows become numbers; without it cells are sent as they are. */
  readonly encoding?: z.infer<typeof encodingSchema> | undefined;
}

/**
 * Plans what is made of a table.
 * @throws {DeploymentError} with every problem of the encoding
 */
export function buildPayload(file: DeploymentFile, settings: PayloadSettings): (table: RemoteTable) => unknown {
  const { format, encoding } = settings;
  if (format === 'rows' && encoding) return buildNumericRows(file, settings);
  const cells = buildCells(file.columns, settings);
  const names = file.columns.map(({ name }) => name);
  // What is made of entries has no setters of an object's prototype, whatever the columns' names.
  const toObject = <Value>(values: readonly Value[], toValue: (value: Value) => unknown = (value) => value) =>
    Object.fromEntries(names.map((name, index) => [name, toValue(values[index] as Value)]));
  const toList = (cell: Cell) => [cell];
  switch (format) {
    case 'rows':
      return (table) => cells.toRows(table);
    case 'objects':
      return (table) => cells.toRows(table).map((row) => toObject(row));
    case 'object_lists':
      return (table) => cells.toRows(table).map((row) => toObject(row, toList));
    case 'columns':
      return (table) => toObject(names.map((_, column) => cells.toColumn(table, column)));
    case 'column_lists':
      return (table) => toObject(names.map((_, column) => cells.toColumn(table, column).map(toList)));
  }
}

function buildNumericRows(file: DeploymentFile, settings: PayloadSettings): (table: RemoteTable) => number[][] {
  const encoder = buildMatrix(file, settings, false);
  const { width } = encoder;
  return (table) => {
    const matrix = encoder.encode(table);
    return table.rows.map((_, row) => Array.from(matrix.subarray(row * width, (row + 1) * width)));
  };
}
