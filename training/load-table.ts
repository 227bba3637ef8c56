/** The columns of a CSV file that a model learns from, in typed arrays: eight bytes per cell. */
import { isMissing, toCell, toNumber, type Cell } from '../csv/cell-type.ts';
import type { FeaturePlan, TrainingPlan } from './plan-training.ts';
import type { CsvFile } from '../csv/read-csv.ts';

/** A feature of n rows. */
export interface TrainingColumn {
  readonly plan: FeaturePlan;
  /** One number per row: the number itself, 0 or 1 for a boolean, a position in `categories`; NaN if it is missing. */
  readonly values: Float64Array;
  /** The categories in order of first appearance; empty for other columns. */
  readonly categories: readonly Cell[];
}

export interface TrainingTable {
  readonly rowCount: number;
  readonly columns: readonly TrainingColumn[];
  /** The label of each row: a class index, or for a regression a number. */
  readonly target: Float64Array;
}

/** Reads the planned columns of a file. Rows without a label are left out. */
export async function loadTable(csv: CsvFile, plan: TrainingPlan, rows: number): Promise<TrainingTable> {
  const target = new Float64Array(rows);
  const columns = plan.features.map((feature) => ({
    plan: feature,
    values: new Float64Array(rows),
    indices: new Map<Cell, number>(),
  }));
  let row = 0;
  for await (const { cells } of csv.records()) {
    const label = cells[plan.label.index] as string;
    if (isMissing(label)) continue;
    target[row] = plan.label.texts ? (plan.label.texts.get(label) ?? NaN) : toNumber(label);
    for (const { plan: feature, values, indices } of columns) {
      const cell = toCell(feature.type, cells[feature.index] as string);
      values[row] = cell === null ? NaN : feature.categorical ? toIndex(indices, cell) : Number(cell);
    }
    row += 1;
  }
  return {
    rowCount: row,
    target: target.subarray(0, row),
    columns: columns.map(({ plan: feature, values, indices }) => ({
      plan: feature,
      values: values.subarray(0, row),
      categories: [...indices.keys()],
    })),
  };
}

function toIndex(indices: Map<Cell, number>, cell: Cell): number {
  const known = indices.get(cell);
  if (known !== undefined) return known;
  indices.set(cell, indices.size);
  return indices.size - 1;
}

/** The cell of a row as a request sends it. */
export function cellAt({ plan, values, categories }: TrainingColumn, row: number): Cell | null {
  const value = values[row] as number;
  if (Number.isNaN(value)) return null;
  if (plan.categorical) return categories[value] as Cell;
  return plan.type === 'boolean' ? value === 1 : value;
}

/** Rows of a table as a request sends them. */
export function toRequest({ columns }: TrainingTable, rows: ArrayLike<number>) {
  return {
    fields: columns.map(({ plan }) => plan.name),
    values: Array.from(rows, (row) => columns.map((column) => cellAt(column, row))),
  };
}
