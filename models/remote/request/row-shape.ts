/** Rows as JSON: an array each, with the columns in their order, or an object each, with the columns by their names. */
import { z } from 'zod';
import type { DeploymentFile } from '../../deployment-file.ts';
import type { RemoteTable } from '../adapter.ts';
import { buildCells, type Cell } from './cells.ts';
import type { TargetSettings } from '../target/target-settings.ts';

export const rowShapeSchema = z.enum(['arrays', 'objects']);

/** Plans the rows as they are sent. */
export function buildToRows(
  { columns }: DeploymentFile,
  shape: z.infer<typeof rowShapeSchema>,
  settings: TargetSettings,
): (table: RemoteTable) => (Cell[] | Record<string, Cell>)[] {
  const cells = buildCells(columns, settings);
  if (shape === 'arrays') return (table) => cells.toRows(table);
  return (table) =>
    cells.toRows(table).map((row) => Object.fromEntries(columns.map(({ name }, index) => [name, row[index] as Cell])));
}
