/**
 * Counts of what is wrong with records, held against the columns of the deployment: cells that are missing, of a wrong type, of
 * a category that the training data did not have, or outside its range; and rows that are repeated. A cell counts once.
 */
import { z } from 'zod';
import { listOf } from '../../../models/list-of.ts';
import { toKey, toNumber, type RecordTable } from '../record-table.ts';
import { ProviderError, type MetricGroup, type ProviderInput, type ProviderKind } from '../provider-kind.ts';

type Column = NonNullable<ProviderInput['deployment']>['columns'][number];

const schema = z.object({
  /** The columns that are checked; by default all of the deployment. */
  columns: listOf(z.string().min(1), 1).optional(),
});
type Parameters = z.infer<typeof schema>;

/** What can be wrong with a cell. */
const FAULTS = ['missing', 'wrong_type', 'unknown_category', 'out_of_range'] as const;
type Fault = (typeof FAULTS)[number];

const NAMES: Readonly<Record<Fault, string>> = {
  missing: 'missing_values',
  wrong_type: 'wrong_types',
  unknown_category: 'unknown_categories',
  out_of_range: 'out_of_range_values',
};

const DESCRIPTIONS: Readonly<Record<Fault, string>> = {
  missing: 'cells without a value',
  wrong_type: 'cells of another type than the column',
  unknown_category: 'cells with a category that the training data did not have',
  out_of_range: 'cells outside the range of the training data',
};

export const dataQuality: ProviderKind<Parameters> = {
  schema,
  dataSets: ['payload', 'feedback'],
  needsScores: false,
  tags: [{ name: 'column', description: 'the column that is counted' }],
  metrics: [
    { name: 'checked_records', description: 'records that are checked' },
    { name: 'faulty_records', description: 'records with at least one fault' },
    { name: 'faulty_share', description: 'their share', threshold: { type: 'upper_limit', default: 0.05 } },
    { name: 'duplicate_records', description: 'records whose features are those of an earlier one' },
    { name: 'missing_columns', description: 'columns that the records do not have' },
    ...FAULTS.map((fault) => ({ name: NAMES[fault], description: DESCRIPTIONS[fault] })),
    ...FAULTS.map((fault) => ({
      name: `column_${NAMES[fault]}`,
      description: `${DESCRIPTIONS[fault]}, of one column`,
    })),
  ],
  compute: measure,
};

function measure({ records, deployment }: ProviderInput, { columns: chosen }: Parameters): MetricGroup[] {
  if (!deployment)
    throw new ProviderError('This engine does not have the deployment of the subscription, whose columns are needed.');
  const unknown = chosen?.find((name) => !deployment.columns.some((column) => column.name === name));
  if (unknown !== undefined)
    throw new ProviderError(`columns: the deployment has no column ${JSON.stringify(unknown)}.`);
  const columns = deployment.columns.filter(({ name }) => chosen?.includes(name) ?? true);
  const present = columns.filter(({ name }) => records.columns.has(name));
  if (present.length === 0) throw new ProviderError('The records have none of the columns that are checked.');
  const isFaulty = new Uint8Array(records.rowCount);
  const counted = present.map((column) => ({ column, counts: countFaults(records, column, isFaulty) }));
  const sum = (fault: Fault) => counted.reduce((total, { counts }) => total + counts[fault], 0);
  const faulty = isFaulty.reduce((total, one) => total + one, 0);
  return [
    {
      checked_records: records.rowCount,
      faulty_records: faulty,
      faulty_share: faulty / records.rowCount,
      duplicate_records: countDuplicates(records, present),
      missing_columns: columns.length - present.length,
      ...Object.fromEntries(FAULTS.map((fault) => [NAMES[fault], sum(fault)])),
    },
    ...counted.map(({ column, counts }) => ({
      ...Object.fromEntries(FAULTS.map((fault) => [`column_${NAMES[fault]}`, counts[fault]])),
      column: column.name,
    })),
  ];
}

/** Counts the faults of a column, and marks the rows that have one. */
function countFaults({ columns, rowCount }: RecordTable, column: Column, isFaulty: Uint8Array): Record<Fault, number> {
  const cells = columns.get(column.name) ?? [];
  const categories = column.categories && new Set(column.categories.map(toKey));
  const counts: Record<Fault, number> = { missing: 0, wrong_type: 0, unknown_category: 0, out_of_range: 0 };
  for (let row = 0; row < rowCount; row++) {
    const fault = findFault(cells[row] ?? null, column, categories);
    if (!fault) continue;
    counts[fault] += 1;
    isFaulty[row] = 1;
  }
  return counts;
}

function findFault(cell: unknown, column: Column, categories: ReadonlySet<string> | undefined): Fault | undefined {
  if (cell === null || cell === '') return 'missing';
  if (!isOfType(cell, column.type)) return 'wrong_type';
  if (categories) return categories.has(toKey(cell)) ? undefined : 'unknown_category';
  const number = column.range && toNumber(cell);
  if (!column.range || number === undefined) return undefined;
  return number < column.range[0] || number > column.range[1] ? 'out_of_range' : undefined;
}

function isOfType(cell: unknown, type: Column['type']): boolean {
  if (type === 'string' || type === 'boolean') return typeof cell === type;
  return type === 'double' ? typeof cell === 'number' : Number.isInteger(cell);
}

function countDuplicates({ columns, rowCount }: RecordTable, present: readonly Column[]): number {
  const cells = present.map(({ name }) => columns.get(name) ?? []);
  const seen = new Set<string>();
  for (let row = 0; row < rowCount; row++) seen.add(JSON.stringify(cells.map((column) => column[row] ?? null)));
  return rowCount - seen.size;
}
