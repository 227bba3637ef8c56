/** Random tables, for properties that hold for every table. */
import fc from 'fast-check';
import type { Column, DeploymentFile } from '../../models/deployment-file.ts';
import type { RequestTable } from '../../models/table.ts';

/**
 * Tables that hold the columns in their order: values in the range, categories, and unknown categories and nulls where they
 * may be.
 */
export function toTables(
  columns: readonly Column[],
  unknown: DeploymentFile['unknown_categories'] = 'accept',
): fc.Arbitrary<RequestTable> {
  const row = fc.tuple(...columns.map((column) => toCells(column, unknown)));
  return fc
    .array(row, { minLength: 1, maxLength: 20 })
    .map((values) => ({ fields: columns.map(({ name }) => name), values }));
}

function toCells(
  { type, nullable, categories, range }: Column,
  unknown: DeploymentFile['unknown_categories'],
): fc.Arbitrary<unknown> {
  const [min, max] = range ?? [-1000, 1000];
  const cells = categories
    ? fc.constantFrom(...categories, ...(type === 'string' && unknown === 'accept' ? ['never learned'] : []))
    : type === 'string'
      ? fc.string()
      : type === 'boolean'
        ? fc.boolean()
        : fc.oneof(fc.double({ min, max, noNaN: true }), fc.integer({ min: Math.ceil(min), max: Math.floor(max) }));
  return nullable ? fc.option(cells, { freq: 4 }) : cells;
}

/** A table, its rows in another order (`rows[i]` is where row i comes from), its columns in another order, and one more. */
export function toShuffles(tables: fc.Arbitrary<RequestTable>) {
  return tables.chain((table) =>
    fc.record({
      table: fc.constant(table),
      rows: shuffle(table.values.map((_, row) => row)),
      columns: shuffle([...table.fields.keys(), -1]),
    }),
  );
}

function shuffle<Item>(items: readonly Item[]): fc.Arbitrary<Item[]> {
  return fc.shuffledSubarray([...items], { minLength: items.length });
}

/** A table's rows, by their numbers. */
export function pickRows({ fields, values }: RequestTable, rows: readonly number[]): RequestTable {
  return { fields, values: rows.map((row) => values[row] as readonly unknown[]) };
}

/** A table's columns, by their numbers; -1 is a column that no deployment has. */
export function pickColumns({ fields, values }: RequestTable, columns: readonly number[]): RequestTable {
  return {
    fields: columns.map((column) => fields[column] ?? 'transaction'),
    values: values.map((row, index) => columns.map((column) => (column < 0 ? `row ${index}` : row[column]))),
  };
}
