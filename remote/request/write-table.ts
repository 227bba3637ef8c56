/** Writes tables as JSON: by row or by column, as arrays or as objects. */
import type { z } from 'zod';
import type { DeploymentFile } from '../../models/deployment-file.ts';
import type { encodingSchema } from '../../models/encoding.ts';
import type { JsonWriter } from '../../models/json/json-writer.ts';
import type { RemoteTable } from '../adapter.ts';
import { buildMatrix } from './build-matrix.ts';
import type { Cell } from './cells.ts';
import { buildWriteCell, type WriteCell } from './write-cell.ts';

/** Writes a table, or another part of a request that depends on it. */
export type WriteTable = (writer: JsonWriter, table: RemoteTable) => void;

/**
 * `rows`: one array per row. `objects`: one object per row. `object_lists`: the same, each value wrapped in an array. `columns`:
 * an object with one array per column. `column_lists`: the same, each value wrapped in an array.
 */
export type TableFormat = 'rows' | 'objects' | 'object_lists' | 'columns' | 'column_lists';

export interface TableSettings {
  readonly format: TableFormat;
  readonly round: boolean;
  /** How `rows` become numbers; without it, cells are sent unchanged. */
  readonly encoding?: z.infer<typeof encodingSchema> | undefined;
}

/**
 * Plans how tables are written.
 * @throws {DeploymentError} with every problem of the encoding
 */
export function buildWriteTable(file: DeploymentFile, settings: TableSettings): WriteTable {
  const { format, encoding } = settings;
  if (format === 'rows' && encoding) return buildWriteNumbers(file, settings);
  return buildWriteCells(
    file,
    format,
    file.columns.map((column) => buildWriteCell(column, settings)),
  );
}

/** The same as buildWriteTable, with a function per column that writes its cells. */
export function buildWriteCells(
  file: DeploymentFile,
  format: TableFormat,
  writeCells: readonly WriteCell[],
): WriteTable {
  const names = file.columns.map(({ name }) => JSON.stringify(name));
  switch (format) {
    case 'rows':
      return buildWriteRows(writeCells, { open: '[', before: names.map(() => ''), after: '', close: ']' });
    case 'objects':
      return buildWriteRows(writeCells, { open: '{', before: names.map((name) => `${name}:`), after: '', close: '}' });
    case 'object_lists':
      return buildWriteRows(writeCells, {
        open: '{',
        before: names.map((name) => `${name}:[`),
        after: ']',
        close: '}',
      });
    case 'columns':
    case 'column_lists': {
      const isList = format === 'column_lists';
      return (writer, table) => {
        names.forEach((name, column) => {
          writer.write(`${column === 0 ? '{' : ','}${name}:`);
          writeColumn(writer, table, column, writeCells[column] as WriteCell, isList);
        });
        writer.write('}');
      };
    }
  }
}

/** Writes the cells of a column as an array; with `isList`, each cell is wrapped in an array. */
export function writeColumn(
  writer: JsonWriter,
  table: RemoteTable,
  column: number,
  writeCell: WriteCell,
  isList = false,
): void {
  const cells = table.toJson();
  const { rows, firstRow } = table;
  const position = table.positions[column] as number;
  const between = Buffer.from(isList ? '],[' : ',');
  writer.write(isList ? '[[' : '[');
  for (let row = 0; row < rows.length; row++) {
    if (row > 0) writer.copy(between);
    const values = rows[row] as readonly Cell[];
    writeCell(writer, cells, (firstRow + row) * values.length + position, values[position] as Cell);
  }
  writer.write(isList ? ']]' : ']');
}

/** The JSON around the cells of a row. */
interface RowMarks {
  readonly open: string;
  /** Before the cell of each column. */
  readonly before: readonly string[];
  readonly after: string;
  readonly close: string;
}

function buildWriteRows(writeCells: readonly WriteCell[], { open, before, after, close }: RowMarks): WriteTable {
  const leads = before.map((mark, column) => Buffer.from(column === 0 ? `${open}${mark}` : `${after},${mark}`));
  const end = Buffer.from(`${after}${close}`);
  const between = Buffer.from(',');
  return (writer, table) => {
    const cells = table.toJson();
    const { rows, positions, firstRow } = table;
    writer.write('[');
    for (let row = 0; row < rows.length; row++) {
      if (row > 0) writer.copy(between);
      const values = rows[row] as readonly Cell[];
      const first = (firstRow + row) * values.length;
      for (let column = 0; column < leads.length; column++) {
        const position = positions[column] as number;
        writer.copy(leads[column] as Buffer);
        (writeCells[column] as WriteCell)(writer, cells, first + position, values[position] as Cell);
      }
      writer.copy(end);
    }
    writer.write(']');
  };
}

function buildWriteNumbers(file: DeploymentFile, settings: TableSettings): WriteTable {
  const encoder = buildMatrix(file, settings, false);
  const { width } = encoder;
  return (writer, table) => {
    const matrix = encoder.encode(table);
    const rows = table.rows.map((_, row) => Array.from(matrix.subarray(row * width, (row + 1) * width)));
    writer.write(JSON.stringify(rows));
  };
}
