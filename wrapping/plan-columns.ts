/** Plans the columns of a wrapped model: those that its upstream declares, else those of the rows. */
import type { Column } from '../models/deployment-file.ts';
import type { Inspection } from '../remote/adapter.ts';
import type { RequestTable } from '../models/table.ts';
import type { RowsFile } from '../csv/load-rows.ts';
import type { RowsColumn } from '../csv/rows-column.ts';
import { CommandError } from '../errors/command-error.ts';

type PlannedColumn = Pick<Column, 'name' | 'type' | 'nullable' | 'categories'>;

export interface ColumnChoices {
  /** The column with the true label, which is not a feature. */
  readonly label: string;
  /** The features, in the order of the model. */
  readonly features?: readonly string[];
  readonly drop?: readonly string[];
  /** The categories of columns, as text, in the order of the model. */
  readonly categories?: ReadonlyMap<string, readonly string[]>;
}

export interface ColumnPlan {
  /** In the model's order. Only the user can name categories, because a few rows may not contain all of them. */
  readonly columns: readonly PlannedColumn[];
  /** The rows with those columns. */
  readonly table: RequestTable;
  /** The label's column, if the rows have it and it is not dropped. */
  readonly label: RowsColumn | undefined;
  readonly notices: readonly string[];
}

/**
 * Plans the columns.
 * @param declared what the upstream declares, if anything
 * @throws {CommandError} if the rows lack a required column, or a column's type cannot be determined
 */
export function planColumns(rows: RowsFile, declared: Inspection['columns'], choices: ColumnChoices): ColumnPlan {
  const byName = new Map(rows.columns.map((column) => [column.name, column]));
  checkNames(byName, choices);
  const names = chooseNames([...byName.keys()], declared, choices);
  const missing = names.filter((name) => !byName.has(name));
  if (missing.length > 0)
    throw new CommandError(
      `--rows: the model needs the columns ${toList(missing)}; the file has ${toList(byName.keys())}.`,
    );
  if (names.length === 0) throw new CommandError('No columns are left for the model.');
  const columns = names.map((name) =>
    planColumn(
      byName.get(name) as RowsColumn,
      declared?.find((column) => column.name === name),
      choices.categories?.get(name),
    ),
  );
  const cells = columns.map(({ name, type }) => (byName.get(name) as RowsColumn).toCells(type));
  const unused = [...byName.keys()].filter((name) => !names.includes(name) && name !== choices.label);
  return {
    columns,
    table: {
      fields: names,
      values: Array.from({ length: rows.count }, (_, row) => cells.map((column) => column[row])),
    },
    label: [...names, ...(choices.drop ?? [])].includes(choices.label) ? undefined : byName.get(choices.label),
    notices: unused.length > 0 ? [`Not sent to the model: ${unused.join(', ')}.`] : [],
  };
}

function checkNames(known: ReadonlyMap<string, unknown>, { features, drop, categories }: ColumnChoices): void {
  const named = { '--features': features, '--drop': drop, '--categories': categories && [...categories.keys()] };
  for (const [option, names] of Object.entries(named)) {
    const unknown = names?.find((name) => !known.has(name));
    if (unknown !== undefined)
      throw new CommandError(
        `${option}: there is no column ${JSON.stringify(unknown)}; the file has ${toList(known.keys())}.`,
      );
  }
  if (features && new Set(features).size < features.length)
    throw new CommandError('--features: expected each name once.');
}

/** The user's choice comes first, then what the upstream declares, then all columns of the file. */
function chooseNames(
  present: readonly string[],
  declared: Inspection['columns'],
  { label, features, drop = [] }: ColumnChoices,
): readonly string[] {
  const all = declared?.map(({ name }) => name) ?? present.filter((name) => name !== label);
  return (features ?? all).filter((name) => !drop.includes(name));
}

function planColumn(
  sample: RowsColumn,
  declared: Partial<PlannedColumn> | undefined,
  categories: readonly string[] | undefined,
): PlannedColumn {
  const { name, hasMissing } = sample;
  const type = declared?.type ?? sample.type;
  if (type === undefined) {
    const hint = 'add a row with a value, or leave the column out with --drop';
    throw new CommandError(`--rows: the type of column ${JSON.stringify(name)} cannot be determined: ${hint}.`);
  }
  return {
    name,
    type,
    nullable: hasMissing || declared?.nullable === true,
    ...(categories && { categories: categories.map((category) => toCategory(category, name, type)) }),
  };
}

/** A category as a cell of its column. */
function toCategory(text: string, name: string, type: PlannedColumn['type']): string | number | boolean {
  if (type === 'string') return text;
  if (type === 'boolean' && /^(?:true|false)$/.test(text)) return text === 'true';
  if (type !== 'boolean' && text.trim() !== '' && Number.isFinite(Number(text))) return Number(text);
  throw new CommandError(
    `--categories ${name}: expected values of type ${type}, which the column has; ${JSON.stringify(text)} is not.`,
  );
}

const MAX_NAMES = 20;

function toList(names: Iterable<string>): string {
  const all = [...names];
  const shown = all.slice(0, MAX_NAMES).map((name) => JSON.stringify(name));
  return [...shown, ...(all.length > MAX_NAMES ? ['…'] : [])].join(', ');
}
