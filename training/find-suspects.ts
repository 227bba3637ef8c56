/** Columns that a model should probably not learn from: identifiers of rows, and the label in other words. */
import { formatName, toListArgument } from '../errors/quote-text.ts';
import type { TrainingColumn, TrainingTable } from './load-table.ts';
import type { TrainingPlan } from './plan-training.ts';

/** Fewer rows than these say nothing about a column. */
const MIN_ROWS = 10;
const MIN_IDENTIFIERS = 20;
/** How many rows each value of a column must have on average before it is said to determine the class. */
const MIN_ROWS_PER_VALUE = 5;
const MAX_LEAK_VALUES = 1000;

/** Names the columns that are unique per row or give the label away, one sentence each. */
export function findSuspects(table: TrainingTable, { label }: TrainingPlan): string[] {
  if (table.rowCount < MIN_ROWS) return [];
  return table.columns.flatMap((column) => {
    const reason =
      (label.classes ? findClassLeak : findNumberLeak)(column, table, label.name) ?? findIdentifier(column);
    const { name, survey } = column.plan;
    return reason === undefined
      ? []
      : [`${formatName(name)} ${reason}; --drop ${toListArgument([survey.name])} leaves it out.`];
  });
}

/** Whole numbers that are different in every row. */
function findIdentifier({ plan, values }: TrainingColumn): string | undefined {
  if (plan.categorical || plan.type === 'boolean') return undefined;
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  if (sorted.length < MIN_IDENTIFIERS || !sorted.every(Number.isInteger)) return undefined;
  for (let index = 1; index < sorted.length; index++) if (sorted[index] === sorted[index - 1]) return undefined;
  return 'has a different whole number in each row, like an identifier';
}

/** Values of which each, a missing one included, has one class only. */
function findClassLeak(
  { values }: TrainingColumn,
  { target, rowCount }: TrainingTable,
  label: string,
): string | undefined {
  const classes = new Map<number, number>();
  for (let row = 0; row < rowCount; row++) {
    // As keys of a map, all NaN are the same.
    const value = values[row] as number;
    const known = classes.get(value);
    if (known !== undefined && known !== target[row]) return undefined;
    if (known !== undefined) continue;
    classes.set(value, target[row] as number);
    if (classes.size > MAX_LEAK_VALUES) return undefined;
  }
  const isSame = classes.size === new Set(classes.values()).size;
  if (isSame) return `gives the label ${formatName(label)} away: each of its values stands for one class`;
  return classes.size * MIN_ROWS_PER_VALUE > rowCount
    ? undefined
    : `gives the label ${formatName(label)} away: each of its ${classes.size} values has rows of one class only`;
}

/** Numbers from which those of the label follow by a factor and a difference, as another unit would. */
function findNumberLeak(
  { plan, values }: TrainingColumn,
  { target, rowCount }: TrainingTable,
  label: string,
): string | undefined {
  if (plan.categorical || plan.nullable) return undefined;
  const [x, y] = [values[0] as number, target[0] as number];
  const other = values.findIndex((value) => value !== x);
  if (other < 0) return undefined;
  const factor = ((target[other] as number) - y) / ((values[other] as number) - x);
  const range = target.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  for (let row = 0; row < rowCount; row++) {
    const expected = y + factor * ((values[row] as number) - x);
    // Converted units are rounded.
    if (!(Math.abs(expected - (target[row] as number)) <= 1e-6 * range)) return undefined;
  }
  return factor === 1 && x === y
    ? `equals the label ${formatName(label)}`
    : `gives the label ${formatName(label)} away: the label follows from it by a factor and a difference`;
}
