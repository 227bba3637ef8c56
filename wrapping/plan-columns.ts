/** Plans the columns of a wrapped model: those that its upstream declares, else those of the rows. */
import type { Column } from '../models/deployment-file.ts';
import type { Inspection } from '../remote/adapter.ts';
import type { RequestTable } from '../models/table.ts';
import type { RowsFile } from '../csv/load-rows.ts';
import type { RowsColumn } from '../csv/rows-column.ts';
import { formatName, quoteList } from '../errors/quote-text.ts';
import { isNameless } from '../csv/nameless.ts';
import { resolveName, resolveNames } from '../csv/resolve-names.ts';
import { CommandError } from '../errors/command-error.ts';

type PlannedColumn = Pick<Column, 'name' | 'type' | 'nullable' | 'categories'>;

export interface ColumnChoices {
  /** The column with the true label, which is not a feature. */
  readonly label: string;
  /** The features, in the order of the model; names, or lists of names as on the command line. */
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
  const { label, features, drop, categories } = resolveChoices([...byName.keys()], choices);
  const present = [...byName.keys()].filter((name) => name !== label);
  const all = declared?.map(({ name }) => name) ?? present.filter((name) => !isNameless(name));
  // The user's choice comes first, then what the upstream declares, then all columns of the file.
  const names = (features ?? all).filter((name) => !drop.includes(name));
  const missing = names.filter((name) => !byName.has(name));
  if (missing.length > 0)
    throw new CommandError(
      `--rows: the model needs the columns ${quoteList(missing)}; the file has ${quoteList(byName.keys())}.`,
    );
  if (names.length === 0) throw new CommandError('No columns are left for the model.');
  const columns = names.map((name) =>
    planColumn(
      byName.get(name) as RowsColumn,
      declared?.find((column) => column.name === name),
      categories.get(name),
    ),
  );
  const cells = columns.map(({ name, type }) => (byName.get(name) as RowsColumn).toCells(type));
  const unused = [...byName.keys()].filter((name) => !names.includes(name) && name !== label);
  return {
    columns,
    table: {
      fields: names,
      values: Array.from({ length: rows.count }, (_, row) => cells.map((column) => column[row])),
    },
    label: [...names, ...drop].includes(label) ? undefined : byName.get(label),
    notices: unused.length > 0 ? [`Not sent to the model: ${unused.map(formatName).join(', ')}.`] : [],
  };
}

/** The choices with the names that the file has. */
function resolveChoices(
  known: readonly string[],
  { label, features, drop = [], categories = new Map<string, readonly string[]>() }: ColumnChoices,
) {
  const chosen = features && resolveNames('--features', features, known);
  if (chosen && new Set(chosen).size < chosen.length) throw new CommandError('--features: expected each name once.');
  return {
    label,
    features: chosen,
    drop: resolveNames('--drop', drop, known),
    categories: new Map([...categories].map(([name, values]) => [resolveName('--categories', name, known), values])),
  };
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
