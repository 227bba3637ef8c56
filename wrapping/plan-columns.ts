/** The columns of a wrapped model: what its upstream declares, else what the rows show. */
import type { Column } from '../models/deployment-file.ts';
import type { Inspection } from '../remote/adapter.ts';
import type { RequestTable } from '../models/table.ts';
import type { RowsFile } from '../csv/load-rows.ts';
import type { RowsColumn } from '../csv/rows-column.ts';
import { CommandError } from '../errors/command-error.ts';

type PlannedColumn = Pick<Column, 'name' | 'type' | 'nullable'>;

export interface ColumnChoices {
  /** The column that holds the true label, and is no feature. */
  readonly label: string;
  /** The features, in the order of the model. */
  readonly features?: readonly string[];
  readonly drop?: readonly string[];
}

export interface ColumnPlan {
  /** In the order in which the model takes them. No categories: a few rows do not know them all, and a text is one anyway. */
  readonly columns: readonly PlannedColumn[];
  /** The rows with those columns. */
  readonly table: RequestTable;
  /** The label's column, where the rows have it and it is not dropped. */
  readonly label: RowsColumn | undefined;
  readonly notices: readonly string[];
}

/**
 * Plans the columns.
 * @param declared what the upstream declares, if it does
 * @throws {CommandError} where the rows do not have a column that is needed, or do not tell what it is
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
  if (names.length === 0) throw new CommandError('No column is left for the model.');
  const columns = names.map((name) =>
    planColumn(
      byName.get(name) as RowsColumn,
      declared?.find((column) => column.name === name),
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

function checkNames(known: ReadonlyMap<string, unknown>, { features, drop }: ColumnChoices): void {
  for (const [option, names] of Object.entries({ '--features': features, '--drop': drop })) {
    const stranger = names?.find((name) => !known.has(name));
    if (stranger !== undefined)
      throw new CommandError(
        `${option}: no column is called ${JSON.stringify(stranger)}; there are ${toList(known.keys())}.`,
      );
  }
  if (features && new Set(features).size < features.length)
    throw new CommandError('--features: expected each name once.');
}

/** What the user names comes before what the upstream declares, and that before all that the file has. */
function chooseNames(
  present: readonly string[],
  declared: Inspection['columns'],
  { label, features, drop = [] }: ColumnChoices,
): readonly string[] {
  const all = declared?.map(({ name }) => name) ?? present.filter((name) => name !== label);
  return (features ?? all).filter((name) => !drop.includes(name));
}

function planColumn(sample: RowsColumn, declared: Partial<PlannedColumn> | undefined): PlannedColumn {
  const { name, hasMissing } = sample;
  const type = declared?.type ?? sample.type;
  if (type === undefined) {
    const hint = 'add a row that shows it, or leave the column out with --drop';
    throw new CommandError(`--rows: what the column ${JSON.stringify(name)} holds cannot be told: ${hint}.`);
  }
  return { name, type, nullable: hasMissing || declared?.nullable === true };
}

const MOST_NAMES = 20;

function toList(names: Iterable<string>): string {
  const all = [...names];
  const shown = all.slice(0, MOST_NAMES).map((name) => JSON.stringify(name));
  return [...shown, ...(all.length > MOST_NAMES ? ['…'] : [])].join(', ');
}
