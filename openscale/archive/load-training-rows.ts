/** Reads the training data of a deployment: its columns, by their names and types, and its label. */
import { toBoolean, type Cell } from '../../csv/cell-type.ts';
import type { ColumnSurvey } from '../../csv/column-survey.ts';
import { formatUnreadable } from '../../csv/describe-column.ts';
import { openCsv, type CsvFormat } from '../../csv/read-csv.ts';
import { resolveName } from '../../csv/resolve-names.ts';
import { resolveRules } from '../../csv/resolve-rules.ts';
import { surveyColumns, type CellRules } from '../../csv/survey-columns.ts';
import { CommandError } from '../../errors/command-error.ts';
import { formatCount, formatName, quoteList, quoteText } from '../../errors/quote-text.ts';
import type { Column, DeploymentFile } from '../../models/deployment-file.ts';
import { formatQuestion } from '../../training/ask-user.ts';
import type { TypedTable } from '../../training/load-table.ts';

/** The file with the rows, and how it is read. */
export interface TrainingFile {
  readonly path: string;
  readonly format?: CsvFormat;
  readonly rules?: CellRules;
  /** The column with the true labels; by default the one with the name of the deployment's label. */
  readonly label?: string;
}

export interface TrainingRows {
  /** The rows without a missing cell: IBM's tools leave out all others. */
  readonly table: TypedTable;
  /** How many rows were left out. */
  readonly incomplete: number;
  /** What the user should know, one sentence each. */
  readonly notices: readonly string[];
}

/** IBM's monitors compare no fewer rows (DEFAULT_MIN_SAMPLES of ibm-metrics-plugin). */
const MIN_ROWS = 10;
/** What `train --safe-names` replaces in names. */
const UNSAFE = /["=]/g;

/**
 * Reads the rows.
 * @throws {CommandError} if the file cannot be read, does not fit the deployment, or has too few complete rows
 */
export async function loadTrainingRows(
  { path, format = {}, rules = {}, label }: TrainingFile,
  file: Pick<DeploymentFile, 'columns' | 'label'>,
  signal?: AbortSignal,
): Promise<TrainingRows> {
  const csv = await openCsv(path, format);
  const survey = await surveyColumns(csv, resolveRules(rules, csv.header));
  if (survey.rows === 0) throw new CommandError('The file has a header and no rows.');
  signal?.throwIfAborted();
  const target = planLabel(findLabel(survey.columns, file.label.name, label), file.label);
  const columns = findColumns(survey.columns, file.columns).map(
    (column, index) => new ColumnReader(file.columns[index] as Column, column, survey.rows),
  );
  if (target.range) checkRange(file.label.name, target.range);
  const labels = new Float64Array(survey.rows);
  let [count, incomplete] = [0, 0];
  for await (const { cells, line } of csv.records()) {
    const value = target.read(cells[target.index] as string, line);
    const isComplete = columns.reduce((all, column) => column.read(cells, line, count) && all, value !== null);
    if (isComplete) labels[count++] = value as number;
    else incomplete += 1;
    signal?.throwIfAborted();
  }
  if (count < MIN_ROWS)
    throw new CommandError(
      `${formatCount(count, 'row')} of ${survey.rows} ${count === 1 ? 'is' : 'are'} complete; expected at least ${MIN_ROWS}. ` +
        `Rows with a missing cell are left out, as by IBM's tools${toWorst(columns)}.`,
    );
  return {
    table: { rowCount: count, columns: columns.map((column) => column.finish(count)), target: labels.slice(0, count) },
    incomplete,
    notices: [
      ...survey.warnings,
      ...survey.notices,
      ...columns.flatMap((column) => column.notices),
      ...(incomplete > 0
        ? [
            `${formatCount(incomplete, 'row')} with missing cells left out${toWorst(columns)}: IBM's tools leave them out, too.`,
          ]
        : []),
    ],
  };
}

/** The column that has the most missing cells. */
function toWorst(columns: readonly ColumnReader[]): string {
  const worst = columns.reduce((one, other) => (other.missing > one.missing ? other : one));
  return worst.missing > 0 ? `, most of them for ${formatName(worst.name)}` : '';
}

function findLabel(columns: readonly ColumnSurvey[], name: string, chosen: string | undefined): ColumnSurvey {
  const names = columns.map((column) => column.name);
  const wanted = chosen === undefined ? findName(names, name) : resolveName('--label', chosen, names);
  const found = columns.find((column) => column.name === wanted);
  if (found) return found;
  throw new CommandError(
    `The file has no column ${quoteText(name)}, which the deployment predicts; --label names the column with the true labels. The columns are ${quoteList(names)}.`,
  );
}

function findColumns(surveys: readonly ColumnSurvey[], columns: readonly Column[]): ColumnSurvey[] {
  const names = surveys.map(({ name }) => name);
  const found = columns.map(({ name }) => {
    const column = findName(names, name);
    return surveys.find((survey) => survey.name === column);
  });
  const missing = columns.filter((_, index) => found[index] === undefined).map(({ name }) => name);
  if (missing.length > 0)
    throw new CommandError(
      `The model needs the ${missing.length === 1 ? 'column' : 'columns'} ${quoteList(missing)}; the file has ${quoteList(names)}.`,
    );
  return found as ColumnSurvey[];
}

/** The name that the file has for a column of the deployment, which may have come from --safe-names. */
function findName(names: readonly string[], name: string): string | undefined {
  if (names.includes(name)) return name;
  const matches = names.filter((other) => other.trim() === name || other.replace(UNSAFE, '_') === name);
  return matches.length === 1 ? matches[0] : undefined;
}

function planLabel(survey: ColumnSurvey, { name, classes }: DeploymentFile['label']) {
  const { index, nature, isMissing } = survey;
  if (survey.question) throw new CommandError(formatQuestion(survey, 'label'));
  const isNumber = nature === 'integer' || nature === 'double';
  if (!classes) {
    if (!isNumber)
      throw new CommandError(`The label ${formatName(survey.name)} is not numeric; the model predicts numbers.`);
    return { index, range: survey.range, read: (text: string) => survey.read(text) as number | null };
  }
  const positions = new Map<Cell, number>(classes.map((value, position) => [value, position]));
  const known = new Map<string, number | null>();
  const read = (text: string, line: number): number | null => {
    const position = known.get(text) ?? toPosition(text.trim(), line);
    known.set(text, position);
    return position;
  };
  const toPosition = (text: string, line: number): number | null => {
    const isClass = positions.has(text);
    if (!isClass && isMissing(text)) return null;
    const boolean = toBoolean(text);
    const position =
      positions.get(text) ??
      positions.get(isNumber ? (survey.read(text) ?? text) : text) ??
      // `train` names the classes of booleans as most of the cells spell them.
      classes.findIndex((value) => boolean !== undefined && toBoolean(String(value)) === boolean);
    if (position >= 0) return position;
    throw new CommandError(
      `Line ${line}: the label ${formatName(name)} is a class that the deployment does not have; it has ${quoteList(classes.map(String))}. --missing names texts that stand for a missing label.`,
    );
  };
  return { index, read };
}

/** Statistics have the squares of numbers, and their sum over the rows. */
const MAX_NUMBER = 1e150;

function checkRange(name: string, range: ColumnSurvey['range']): void {
  if (range.every((bound) => Math.abs(bound) <= MAX_NUMBER || !Number.isFinite(bound))) return;
  throw new CommandError(
    `Column ${quoteText(name)} has numbers beyond ${MAX_NUMBER}, of which there are no statistics. Divide them, or leave the column out, and train again.`,
  );
}

class ColumnReader {
  readonly notices: readonly string[];
  missing = 0;
  readonly #column: Column;
  readonly #survey: ColumnSurvey;
  readonly #values: Float64Array;
  /** Of a column of texts or of categories, the positions of the categories. */
  readonly #positions = new Map<Cell, number>();
  /** The categories of the deployment: they are values even if they usually stand for a missing one, such as `None`. */
  readonly #categories: ReadonlySet<Cell>;
  /** What becomes of a text, so that each is read once. */
  readonly #known = new Map<string, number>();

  constructor(column: Column, survey: ColumnSurvey, rows: number) {
    const isNumber = column.type !== 'string' && column.type !== 'boolean';
    const hasNumbers = survey.nature === 'integer' || survey.nature === 'double' || survey.nature === 'empty';
    if (isNumber && survey.question) throw new CommandError(formatQuestion(survey, 'feature'));
    if (isNumber && !hasNumbers)
      throw new CommandError(
        `Column ${quoteText(column.name)}: the model expects numbers; the file has other cells. --numeric treats those as missing.`,
      );
    if (isNumber) checkRange(column.name, survey.range);
    this.#column = column;
    this.#survey = survey;
    this.#values = new Float64Array(rows);
    this.#categories = new Set(column.type === 'string' ? column.categories : []);
    this.notices = isNumber ? formatUnreadable(survey).map((notice) => `${formatName(column.name)}: ${notice}.`) : [];
  }

  get name(): string {
    return this.#column.name;
  }

  /** Reads a cell into a row; whether it is there. */
  read(cells: readonly string[], line: number, row: number): boolean {
    const text = cells[this.#survey.index] as string;
    const value = this.#isCoded() ? (this.#known.get(text) ?? this.#toPosition(text)) : this.#toNumber(text, line);
    this.#values[row] = value;
    const isMissing = Number.isNaN(value);
    if (isMissing) this.missing += 1;
    return !isMissing;
  }

  #isCoded(): boolean {
    return this.#column.type === 'string' || (this.#column.categories !== undefined && this.#column.type !== 'boolean');
  }

  #toPosition(text: string): number {
    const cell = this.#column.type === 'string' ? this.#toText(text) : (this.#survey.read(text) ?? null);
    const position = cell === null ? NaN : (this.#positions.get(cell) ?? this.#positions.size);
    if (cell !== null) this.#positions.set(cell, position);
    this.#known.set(text, position);
    return position;
  }

  #toText(text: string): string | null {
    const trimmed = text.trim();
    return !this.#categories.has(trimmed) && this.#survey.isMissing(text) ? null : trimmed;
  }

  #toNumber(text: string, line: number): number {
    if (this.#column.type === 'boolean') return this.#toBit(text, line);
    const value = this.#survey.read(text);
    return value === null ? NaN : Number(value);
  }

  #toBit(text: string, line: number): number {
    if (this.#survey.isMissing(text)) return NaN;
    const value = this.#survey.nature === 'boolean' ? this.#survey.read(text) : toBoolean(text.trim());
    if (typeof value === 'boolean') return Number(value);
    throw new CommandError(
      `Line ${line}: the model expects true or false in column ${quoteText(this.#column.name)}; the file has another text. --missing names texts that stand for a missing value.`,
    );
  }

  finish(rows: number): TypedTable['columns'][number] {
    const { name, type } = this.#column;
    return {
      plan: { name, type, categorical: this.#isCoded() },
      values: this.#values.slice(0, rows),
      categories: [...this.#positions.keys()],
    };
  }
}
