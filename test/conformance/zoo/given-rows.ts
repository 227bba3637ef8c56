import type { GivenRows } from '../../../conformance/rows/rows.ts';
import { toTypedColumn } from '../../../csv/rows-column.ts';

/** Rows as the command line passes them for a JSON table. */
export function toGivenRows(fields: readonly string[], values: readonly (readonly unknown[])[]): GivenRows {
  return {
    count: values.length,
    columns: fields.map((name, index) =>
      toTypedColumn(
        name,
        values.map((row) => row[index]),
      ),
    ),
  };
}
