/** Rows as JSON: an array each, with the columns in their order, or an object each, with the columns by their names. */
import { z } from 'zod';
import type { TableFormat } from './write-table.ts';

/** The setting `rows`, of systems that take either. */
export const rowShapeSchema = z.enum(['arrays', 'objects']);

/** The format of a table of such rows. */
export const ROW_FORMATS: Readonly<Record<z.infer<typeof rowShapeSchema>, TableFormat>> = {
  arrays: 'rows',
  objects: 'objects',
};
