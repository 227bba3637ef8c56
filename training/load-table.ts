/** The columns of a CSV file that a model learns from, in typed arrays: eight bytes per cell. */
import type { Cell } from '../csv/cell-type.ts';
import { CommandError } from '../errors/command-error.ts';
import { formatName, toArgument } from '../errors/quote-text.ts';
import type { CsvFile } from '../csv/read-csv.ts';
import type { FeaturePlan, TrainingPlan } from './plan-training.ts';
import type { SplitPlan } from './plan-split.ts';

/** Max size of a number: boosting has labels in 32 bits, evaluations have sums of fourth powers, and all must stay finite. */
const MAX_SIZE = 1e30;

/** A column of n rows. */
export interface TableColumn {
  readonly plan: Pick<FeaturePlan, 'name' | 'type' | 'categorical'>;
  /** One number per row: the number itself, 0 or 1 for a boolean, a position in `categories`; NaN if it is missing. */
  readonly values: Float64Array;
  /** The categories in order of first appearance; empty for other columns. */
  readonly categories: readonly Cell[];
}

/** A feature of n rows. */
export interface TrainingColumn extends TableColumn {
  readonly plan: FeaturePlan;
}

/** Rows of a model's columns, and their labels. */
export interface TypedTable {
  readonly rowCount: number;
  readonly columns: readonly TableColumn[];
  /** The label of each row: a class index, or for a regression a number. */
  readonly target: Float64Array;
}

export interface TrainingTable extends TypedTable {
  readonly columns: readonly TrainingColumn[];
  /** The number of the group of each row, or its time, if one of them decides which rows are held out; NaN if it is missing. */
  readonly groups?: Float64Array;
  readonly times?: Float64Array;
}

/**
 * Reads the planned columns of a file. Rows without a label are left out.
 * @throws {CommandError} if there are numbers too large to compute with
 */
export async function loadTable(csv: CsvFile, plan: TrainingPlan, rows: number): Promise<TrainingTable> {
  const target = new Float64Array(rows);
  const columns = plan.features.map((feature) => new ColumnLoader(feature, rows));
  const split = plan.split && new SplitLoader(plan.split, rows);
  let row = 0;
  for await (const { cells } of csv.records()) {
    const label = plan.label.read(cells[plan.label.index] as string);
    if (label === null) continue;
    target[row] = label;
    for (const column of columns) column.load(cells, row);
    split?.load(cells, row);
    row += 1;
  }
  if (target.some(isTooLarge))
    throw new CommandError(
      `The label ${formatName(plan.label.name)} has numbers beyond ${MAX_SIZE}, which are too large to compute with. Scale them, or name the text that marks missing values with --missing.`,
    );
  return {
    rowCount: row,
    target: target.subarray(0, row),
    columns: columns.map((column) => column.finish(row)),
    ...split?.finish(row),
  };
}

class SplitLoader {
  readonly #plan: SplitPlan;
  readonly #values: Float64Array;
  readonly #groups = new Map<Cell, number>();

  constructor(plan: SplitPlan, rows: number) {
    this.#plan = plan;
    this.#values = new Float64Array(rows);
  }

  load(cells: readonly string[], row: number): void {
    const { by, index, read } = this.#plan;
    const cell = read(cells[index] as string);
    this.#values[row] = cell === null ? NaN : by === 'time' ? Number(cell) : this.#toGroup(cell);
  }

  #toGroup(cell: Cell): number {
    const group = this.#groups.get(cell) ?? this.#groups.size;
    this.#groups.set(cell, group);
    return group;
  }

  finish(rows: number): Pick<TrainingTable, 'groups' | 'times'> {
    const values = this.#values.subarray(0, rows);
    return this.#plan.by === 'time' ? { times: values } : { groups: values };
  }
}

class ColumnLoader {
  readonly #plan: FeaturePlan;
  readonly #values: Float64Array;
  readonly #positions = new Map<Cell, number>();
  /** What becomes of a text of a categorical column, so that each is read once. */
  readonly #known = new Map<string, number>();

  constructor(plan: FeaturePlan, rows: number) {
    this.#plan = plan;
    this.#values = new Float64Array(rows);
  }

  load(cells: readonly string[], row: number): void {
    const { survey, categorical } = this.#plan;
    const text = cells[survey.index] as string;
    if (categorical) {
      this.#values[row] = this.#known.get(text) ?? this.#toPosition(text);
      return;
    }
    const cell = survey.read(text);
    this.#values[row] = cell === null ? NaN : Number(cell);
  }

  #toPosition(text: string): number {
    const cell = this.#plan.survey.read(text);
    const position = cell === null ? NaN : (this.#positions.get(cell) ?? this.#positions.size);
    if (cell !== null) this.#positions.set(cell, position);
    this.#known.set(text, position);
    return position;
  }

  finish(rows: number): TrainingColumn {
    const { name } = this.#plan.survey;
    if (!this.#plan.categorical && this.#values.some(isTooLarge))
      throw new CommandError(
        `Column ${formatName(name)} has numbers beyond ${MAX_SIZE}, which are too large to compute with. Scale them, leave the column out with --drop ${toArgument(name)}, or name the text that marks missing values with --missing.`,
      );
    return { plan: this.#plan, values: this.#values.subarray(0, rows), categories: [...this.#positions.keys()] };
  }
}

function isTooLarge(value: number): boolean {
  return Math.abs(value) > MAX_SIZE;
}

/** The cell of a row as a request sends it. */
export function cellAt({ plan, values, categories }: TableColumn, row: number): Cell | null {
  const value = values[row] as number;
  if (Number.isNaN(value)) return null;
  if (plan.categorical) return categories[value] as Cell;
  return plan.type === 'boolean' ? value === 1 : value;
}

/** Rows of a table as a request sends them. */
export function toRequest({ columns }: TypedTable, rows: ArrayLike<number>) {
  return {
    fields: columns.map(({ plan }) => plan.name),
    values: Array.from(rows, (row) => columns.map((column) => cellAt(column, row))),
  };
}
