/** Plans the columns of an imported model: from the model file where it knows them, and from the rows where it does not. */
import type { Cell } from '../csv/cell-type.ts';
import type { RowsFile } from '../csv/load-rows.ts';
import { quoteList, quoteText, toArgument, toListArgument } from '../errors/quote-text.ts';
import { resolveName, resolveNames } from '../csv/resolve-names.ts';
import type { RowsColumn } from '../csv/rows-column.ts';
import { CommandError } from '../errors/command-error.ts';
import type { Column, Scalar } from '../models/deployment-file.ts';
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

/** A column, and its cells as requests send them. */
interface PlannedCells {
  readonly column: PlannedColumn;
  readonly cells: readonly unknown[];
  /** Whether some cells are not missing that would be without the categories. */
  readonly hasValues: boolean;
  /** The codes of its categories, where the model does not know that it has any, or knows other codes than 0, 1, 2 and so on. */
  readonly codes: readonly number[] | undefined;
}

export interface FeaturePlan {
  /** In the order of the model's inputs. */
  readonly columns: readonly PlannedColumn[];
  /** The rows with those columns. */
  readonly table: RequestTable;
  /** The setting `encoding`, where the codes of categories are not 0, 1, 2 and so on. */
  readonly encoding?: readonly { readonly column: string; readonly codes?: readonly number[] }[];
  /** Notices of the rows about texts that count as missing, and do not here, because they are categories. */
  readonly mistaken: readonly string[];
  /** Columns of the rows that the model does not use. */
  readonly unused: readonly string[];
}

/**
 * Plans the columns.
 * @param hasEncoding whether the kind has the setting `encoding`
 * @throws {CommandError} where rows and model do not fit, with the way out
 */
export function planFeatures(
  rows: RowsFile,
  features: readonly FileFeature[],
  choices: FeatureChoices,
  hasEncoding: boolean,
): FeaturePlan {
  const byName = new Map(rows.columns.map((column) => [column.name, column]));
  const known = [...byName.keys()];
  const names = chooseNames(known, features, choices);
  const categories = new Map(
    [...(choices.categories ?? [])].map(([name, values]) => [resolveName('--categories', name, known), values]),
  );
  const problems: string[] = [];
  const plans = names.flatMap((name, index) => {
    try {
      const feature = features[index] as FileFeature;
      return [planColumn(byName.get(name) as RowsColumn, feature, categories.get(name), hasEncoding)];
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      problems.push(error.message);
      return [];
    }
  });
  if (problems.length > 0) throw new CommandError(problems.join('\n'));
  return {
    columns: plans.map(({ column }) => column),
    table: {
      fields: names,
      values: Array.from({ length: rows.count }, (_, row) => plans.map(({ cells }) => cells[row])),
    },
    ...(plans.some(({ codes }) => codes) && {
      encoding: plans.map(({ column, codes }) => ({ column: column.name, ...(codes && { codes }) })),
    }),
    mistaken: plans.flatMap(({ column: { name }, hasValues }) =>
      hasValues ? (byName.get(name)?.missingNotices ?? []) : [],
    ),
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

function planColumn(
  sample: RowsColumn,
  feature: FileFeature,
  chosen: readonly string[] | undefined,
  hasEncoding: boolean,
): PlannedCells {
  const { name } = sample;
  const column = quoteText(name);
  const isText = sample.type === 'string';
  // Texts that the user replaced by numbers before training, which the model knows nothing of.
  const isCoded = !feature.isCategorical || (feature.codes !== undefined && isText);
  if (chosen && isCoded) return planCodes(sample, feature, chosen, hasEncoding);
  const texts = chosen ?? feature.categories?.map(String);
  const type = toType(sample, feature, texts);
  if (isCoded && isText && feature.type !== 'string') {
    const what = feature.codes ? 'to the model its categories are integers' : 'is a number to the model';
    const way = hasEncoding
      ? `, or name its texts in the order of their codes 0, 1, 2 and so on with --categories ${toArgument(`${name}=`)}…`
      : '';
    throw new CommandError(
      `--rows: column ${column} has text, but ${what}. Give the rows as the model was given them, with its encoding applied${way}.`,
    );
  }
  const cells = sample.toCells(type, new Set(type === 'string' ? texts : []));
  checkMissing(cells, feature.nullable, column);
  const categories = feature.isCategorical ? chooseCategories(sample, cells, type, feature, chosen) : undefined;
  const planned = { name, type, nullable: feature.nullable, ...(categories && { categories }) };
  return { column: planned, cells, hasValues: hasMoreValues(sample, type, cells), codes: feature.codes };
}

/** A column of texts that are 0, 1, 2 and so on to the model. */
function planCodes(
  sample: RowsColumn,
  { type: known }: FileFeature,
  chosen: readonly string[],
  hasEncoding: boolean,
): PlannedCells {
  const { name, type = 'string' } = sample;
  const column = quoteText(name);
  if (!hasEncoding || known === 'string')
    throw new CommandError(`--categories: column ${column} is a number to the model.`);
  const cells = sample.toCells(type, new Set(type === 'string' ? chosen : []));
  // What a missing cell was replaced by nobody says.
  checkMissing(cells, false, column);
  const categories = chosen.map((text) => toCategory(text, column, type));
  const unlisted = cells.findIndex((cell) => !categories.includes(cell as Cell));
  if (unlisted >= 0)
    throw new CommandError(
      `--categories: column ${column} has other values than those that are listed (first in row ${unlisted + 1}); list all.`,
    );
  return {
    column: { name, type, nullable: false, categories },
    cells,
    hasValues: hasMoreValues(sample, type, cells),
    codes: chosen.map((_, code) => code),
  };
}

function hasMoreValues(sample: RowsColumn, type: Column['type'], cells: readonly unknown[]): boolean {
  return sample.hasMissing && sample.toCells(type).some((cell, row) => cell === null && cells[row] !== null);
}

function checkMissing(cells: readonly unknown[], nullable: boolean, column: string): void {
  if (nullable || !cells.includes(null)) return;
  throw new CommandError(
    `--rows: column ${column} has missing cells, which the model does not take. Fill them as before training; if a text that ` +
      'counts as missing is a value there, --missing names the texts that are missing instead.',
  );
}

/** @param texts the categories, where they are known */
function toType(sample: RowsColumn, feature: FileFeature, texts: readonly string[] | undefined): Column['type'] {
  const { type, isCategorical, comparesTexts = false } = feature;
  // To a model, true is 1: the cells stay as they are in the rows.
  if (sample.type === 'boolean' && type !== 'string' && !isCategorical) return 'boolean';
  if (type === 'boolean' && sample.type !== 'string') return sample.type ?? 'boolean';
  const found = type ?? sample.type;
  // A model that has texts was trained on texts, even if they look like numbers.
  const hasTexts = !comparesTexts && typeof feature.categories?.[0] === 'string';
  if (isCategorical && type === undefined && hasTexts) return 'string';
  if (isCategorical && type === undefined && texts && !canHold(found, texts, comparesTexts)) return 'string';
  if (found !== undefined) return found;
  // A column with no value in any row can only be a number if it is no category.
  if (!isCategorical && feature.nullable && sample.hasMissing) return 'double';
  throw new CommandError(
    `--rows: the type of column ${quoteText(sample.name)} cannot be determined: add a row with a value.`,
  );
}

/** Whether cells of a type can be each of these categories: 01 and 1 are the same number, and nan is none. */
function canHold(type: Column['type'] | undefined, texts: readonly string[], comparesTexts: boolean): boolean {
  if (type === undefined) return false;
  if (type === 'string') return true;
  if (type === 'boolean') return texts.every((text) => (comparesTexts ? /^[01]$/ : /^(?:true|false)$/i).test(text));
  const numbers = texts.map(Number);
  const isNumber = (text: string, at: number) => text.trim() !== '' && Number.isFinite(numbers[at]);
  const isSame = (text: string, at: number) => !comparesTexts || String(numbers[at]) === text;
  return texts.every((text, at) => isNumber(text, at) && isSame(text, at)) && new Set(numbers).size === texts.length;
}

function chooseCategories(
  sample: RowsColumn,
  cells: readonly unknown[],
  type: Column['type'],
  { categories, comparesTexts }: FileFeature,
  chosen: readonly string[] | undefined,
): Cell[] {
  const column = quoteText(sample.name);
  if (chosen && !categories) return chosen.map((text) => toCategory(text, column, type));
  if (chosen?.some((text, code) => text !== String(categories?.[code])))
    throw new CommandError(
      `--categories: the model file has the categories of column ${column} itself: ${quoteList((categories ?? []).map(String))}.`,
    );
  if (categories && comparesTexts) return addCategories(cells, column, type, categories);
  if (categories)
    return categories.map((value) => (typeof value === type ? value : toCategory(String(value), column, type)));
  const found = [...new Set(cells.filter((cell) => cell !== null))].map(String).sort();
  throw new CommandError(
    `Column ${column} has categories, and the model file does not say which code each has. Name all of them in the order of ` +
      `their codes (pandas sorts them), for example --categories ${toArgument(`${sample.name}=`)}${toListArgument(found.slice(0, 20))}.`,
  );
}

/** The categories of a model that compares texts, then the others of the rows, which are all the same to it. */
function addCategories(
  cells: readonly unknown[],
  column: string,
  type: Column['type'],
  categories: readonly Scalar[],
): Cell[] {
  const own = categories.map((value) =>
    toCategory(type === 'boolean' ? (BOOLEAN_TEXTS.get(String(value)) ?? '') : String(value), column, type),
  );
  return [...new Set([...own, ...(cells as readonly (Cell | null)[]).filter((cell) => cell !== null)])];
}

const BOOLEAN_TEXTS: ReadonlyMap<string, string> = new Map([
  ['0', 'false'],
  ['1', 'true'],
]);

function toCategory(text: string, column: string, type: Column['type']): Cell {
  if (type === 'string') return text;
  if (type === 'boolean' && /^(?:true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  if (type !== 'boolean' && text.trim() !== '' && Number.isFinite(Number(text))) return Number(text);
  throw new CommandError(
    `Column ${column}: expected categories of type ${type}, as in the rows; ${quoteText(text)} is not.`,
  );
}
