/** Plans the columns of an imported model: from the model file where it knows them, and from the rows where it does not. */
import type { Cell } from '../csv/cell-type.ts';
import type { RowsFile } from '../csv/load-rows.ts';
import { quoteList, quoteText, toArgument, toListArgument } from '../errors/quote-text.ts';
import { resolveName, resolveNames } from '../csv/resolve-names.ts';
import type { RowsColumn } from '../csv/rows-column.ts';
import { CommandError } from '../errors/command-error.ts';
import type { Column } from '../models/deployment-file.ts';
import type { FileFeature } from '../models/kinds/model-file.ts';
import type { RequestTable } from '../models/table.ts';

export type PlannedColumn = Pick<Column, 'name' | 'type' | 'nullable' | 'categories'>;

export interface FeatureChoices {
  /** The column with the true label, which is not a feature. */
  readonly label: string;
  /** The columns of the rows in the order of the model's inputs; names, or lists of names as on the command line. */
  readonly features?: readonly string[];
  readonly drop?: readonly string[];
  /** The categories of columns, as text, in the order of the model's codes. */
  readonly categories?: ReadonlyMap<string, readonly string[]>;
}

export interface FeaturePlan {
  /** In the order of the model's inputs. */
  readonly columns: readonly PlannedColumn[];
  /** The rows with those columns. */
  readonly table: RequestTable;
  /** Columns of the rows that the model does not use. */
  readonly unused: readonly string[];
}

/**
 * Plans the columns.
 * @throws {CommandError} where rows and model do not fit, with the way out
 */
export function planFeatures(rows: RowsFile, features: readonly FileFeature[], choices: FeatureChoices): FeaturePlan {
  const byName = new Map(rows.columns.map((column) => [column.name, column]));
  const known = [...byName.keys()];
  const names = chooseNames(known, features, choices);
  const categories = new Map(
    [...(choices.categories ?? [])].map(([name, values]) => [resolveName('--categories', name, known), values]),
  );
  const problems: string[] = [];
  const columns = names.flatMap((name, index) => {
    try {
      return [planColumn(byName.get(name) as RowsColumn, features[index] as FileFeature, categories.get(name))];
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      problems.push(error.message);
      return [];
    }
  });
  if (problems.length > 0) throw new CommandError(problems.join('\n'));
  const cells = columns.map(({ name, type }) => (byName.get(name) as RowsColumn).toCells(type));
  return {
    columns,
    table: {
      fields: names,
      values: Array.from({ length: rows.count }, (_, row) => cells.map((column) => column[row])),
    },
    unused: known.filter((name) => !names.includes(name) && name !== choices.label),
  };
}

/** The columns of the rows that are the features, in the order of the model's inputs. */
function chooseNames(
  known: readonly string[],
  features: readonly FileFeature[],
  { label, features: chosen, drop = [] }: FeatureChoices,
): readonly string[] {
  const dropped = resolveNames('--drop', drop, known);
  if (chosen) {
    const names = resolveNames('--features', chosen, known);
    if (new Set(names).size < names.length) throw new CommandError('--features: expected each name once.');
    return checkCount(names, features, '--features has');
  }
  if (features.every(({ name }) => name === undefined)) {
    const names = known.filter((name) => name !== label && !dropped.includes(name));
    return checkCount(names, features, 'without the label and those that are dropped, the rows have');
  }
  const names = features.map(({ name = '' }) => findName(known, name));
  const missing = features.filter((_, index) => names[index] === undefined).map(({ name = '' }) => name);
  if (missing.length > 0) {
    throw new CommandError(
      `--rows: the model needs the columns ${quoteList(missing)}; the file has ${quoteList(known)}. ` +
        `If the columns have other names there, list them in the model's order with --features.`,
    );
  }
  return names as readonly string[];
}

/** Libraries replace characters of names; LightGBM writes _ for a blank. */
function findName(known: readonly string[], name: string): string | undefined {
  if (known.includes(name)) return name;
  const matches = known.filter((other) => other.trim().replace(/\s/g, '_') === name.trim());
  return matches.length === 1 ? matches[0] : undefined;
}

function checkCount(names: readonly string[], features: readonly FileFeature[], source: string): readonly string[] {
  if (names.length === features.length) return names;
  throw new CommandError(
    `The model has ${features.length} features, and ${source} ${names.length} columns (${quoteList(names)}). ` +
      `Name the columns in the model's order with --features, or leave some out with --drop.`,
  );
}

function planColumn(sample: RowsColumn, feature: FileFeature, chosen: readonly string[] | undefined): PlannedColumn {
  const { name, hasMissing } = sample;
  const column = quoteText(name);
  const type = toType(sample, feature);
  if (hasMissing && !feature.nullable)
    throw new CommandError(`--rows: column ${column} has missing cells, which the model does not take.`);
  if (!feature.isCategorical) {
    if (chosen) throw new CommandError(`--categories: column ${column} is a number to the model.`);
    if (sample.type === 'string' && feature.type !== 'string') {
      throw new CommandError(
        `--rows: column ${column} has text, but is a number to the model. ` +
          `Give the rows as the model was given them, with its encoding applied.`,
      );
    }
    return { name, type, nullable: feature.nullable };
  }
  const categories = chooseCategories(sample, type, feature, chosen);
  return { name, type, nullable: feature.nullable, categories };
}

function toType(sample: RowsColumn, feature: FileFeature): Column['type'] {
  const { type } = feature;
  // To a model, true is 1: the cells stay as they are in the rows.
  if (sample.type === 'boolean' && type !== 'string') return 'boolean';
  if (type === 'boolean' && sample.type !== 'string') return sample.type ?? 'boolean';
  const found = type ?? sample.type;
  if (found !== undefined) return found;
  // A column with no value in any row can only be a number if it is no category.
  if (!feature.isCategorical && feature.nullable && sample.hasMissing) return 'double';
  throw new CommandError(
    `--rows: the type of column ${quoteText(sample.name)} cannot be determined: add a row with a value.`,
  );
}

function chooseCategories(
  sample: RowsColumn,
  type: Column['type'],
  { categories }: FileFeature,
  chosen: readonly string[] | undefined,
): Cell[] {
  const column = quoteText(sample.name);
  if (chosen && !categories) return chosen.map((text) => toCategory(text, column, type));
  if (chosen) throw new CommandError(`--categories: the model file has the categories of column ${column} itself.`);
  if (categories)
    return categories.map((value) => (typeof value === type ? value : toCategory(String(value), column, type)));
  const found = [...new Set(sample.toCells(type).filter((cell) => cell !== null))].map(String).sort();
  throw new CommandError(
    `Column ${column} has categories, and the model file does not say which code each has. Name all of them in the order of ` +
      `their codes (pandas sorts them), for example --categories ${toArgument(`${sample.name}=`)}${toListArgument(found.slice(0, 20))}.`,
  );
}

function toCategory(text: string, column: string, type: Column['type']): Cell {
  if (type === 'string') return text;
  if (type === 'boolean' && /^(?:true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  if (type !== 'boolean' && text.trim() !== '' && Number.isFinite(Number(text))) return Number(text);
  throw new CommandError(
    `Column ${column}: expected categories of type ${type}, as in the rows; ${quoteText(text)} is not.`,
  );
}
