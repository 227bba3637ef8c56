/** Writes cells as JSON: as the caller wrote them, unless the settings or the column require something else. */
import type { Column } from '../../models/deployment-file.ts';
import type { JsonWriter } from '../../models/json/json-writer.ts';
import type { WrittenCells } from '../../models/json/written-cells.ts';
import { buildReadCell, isWhole, type Cell } from './cells.ts';

/** Writes a cell, given its index among the written cells and its value. */
export type WriteCell = (writer: JsonWriter, cells: WrittenCells, number: number, cell: Cell) => void;

/** More digits than a double ever needs. Longer numbers are rewritten, because upstreams may parse them differently. */
const MAX_NUMBER_LENGTH = 24;
const POINT = 0x2e;
const LOWER_E = 0x65;
const UPPER_E = 0x45;

/**
 * Plans how the cells of a column are written.
 * @param whole whether it holds whole numbers; they are then written without a decimal point, because many servers do not
 *   accept 1.0 as an integer
 */
export function buildWriteCell(
  column: Column,
  { round }: { readonly round: boolean },
  whole = isWhole(column.type),
): WriteCell {
  const read = buildReadCell(column, round);
  if (read) return (writer, _cells, _number, cell) => writer.write(JSON.stringify(read(cell)));
  if (column.type === 'string' || column.type === 'boolean') return copyCell;
  return (writer, cells, number, cell) => {
    if (isPlain(cells, number, whole)) copyCell(writer, cells, number);
    else writer.write(JSON.stringify(cell));
  };
}

/** Plans how the cells of a column are written as text, including numbers; null stays null. */
export function buildWriteText(column: Column, { round }: { readonly round: boolean }): WriteCell {
  const read = buildReadCell(column, round) ?? ((cell) => cell);
  return (writer, _cells, _number, cell) => {
    const value = read(cell);
    writer.write(JSON.stringify(value === null ? null : String(value)));
  };
}

function copyCell(writer: JsonWriter, { bytes, bounds }: WrittenCells, number: number): void {
  writer.copy(bytes, bounds[2 * number], bounds[2 * number + 1]);
}

/** Whether a number can be copied as it was written, because every server parses it as the same number. */
function isPlain({ bytes, bounds }: WrittenCells, number: number, whole: boolean): boolean {
  const from = bounds[2 * number] as number;
  const to = bounds[2 * number + 1] as number;
  if (to - from > MAX_NUMBER_LENGTH) return false;
  if (!whole) return true;
  for (let at = from; at < to; at++) {
    const byte = bytes[at];
    if (byte === POINT || byte === LOWER_E || byte === UPPER_E) return false;
  }
  return true;
}
