/** The setting `rows`: one array per row, with the columns in order, or one object per row, with the columns by name. */
import { z } from 'zod';
import type { TableFormat } from './write-table.ts';

/** The schema of the setting. */
export const rowShapeSchema = z.enum(['arrays', 'objects']);

/** The table format of each shape. */
export const ROW_FORMATS: Readonly<Record<z.infer<typeof rowShapeSchema>, TableFormat>> = {
  arrays: 'rows',
  objects: 'objects',
};
