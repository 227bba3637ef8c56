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
/** The share of the label's variance that another unit explains, even if it is rounded to few digits. */
const MIN_DETERMINATION = 0.9999;

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

/** Values of which each has one class only: all of them, a missing one included, or else those that are not missing. */
function findClassLeak(column: TrainingColumn, { target }: TrainingTable, label: string): string | undefined {
  const { values } = column;
  const every = countClasses(values, target, () => true);
  if (every) return toClassLeak(every, label, '');
  const isPresent = (row: number) => !Number.isNaN(values[row]);
  const present = countClasses(values, target, isPresent);
  // A class that only the missing cells have may be hidden in them.
  return present && present.classes > 1 ? toClassLeak(present, label, ' where it is not missing') : undefined;
}

interface ClassCount {
  readonly rows: number;
  readonly values: number;
  readonly classes: number;
}

/** Counts the values of some rows and their classes; undefined if a value has more than one, or there are too many. */
function countClasses(
  values: Float64Array,
  target: Float64Array,
  isCounted: (row: number) => boolean,
): ClassCount | undefined {
  const classes = new Map<number, number>();
  let rows = 0;
  for (let row = 0; row < values.length; row++) {
    if (!isCounted(row)) continue;
    rows += 1;
    // As keys of a map, all NaN are the same.
    const value = values[row] as number;
    const known = classes.get(value);
    if (known !== undefined && known !== target[row]) return undefined;
    if (known !== undefined) continue;
    classes.set(value, target[row] as number);
    if (classes.size > MAX_LEAK_VALUES) return undefined;
  }
  return { rows, values: classes.size, classes: new Set(classes.values()).size };
}

function toClassLeak({ rows, values, classes }: ClassCount, label: string, where: string): string | undefined {
  const what = `gives the label ${formatName(label)} away${where}`;
  if (rows >= MIN_ROWS && values === classes) return `${what}: each of its values stands for one class`;
  return values * MIN_ROWS_PER_VALUE > rows
    ? undefined
    : `${what}: each of its ${values} values has rows of one class only`;
}

/** Numbers from which those of the label follow by a factor and a difference, as another unit would, rounded or not. */
function findNumberLeak(
  { plan, values }: TrainingColumn,
  { target, rowCount }: TrainingTable,
  label: string,
): string | undefined {
  if (plan.categorical) return undefined;
  const rows = Array.from({ length: rowCount }, (_, row) => row).filter((row) => !Number.isNaN(values[row]));
  if (rows.length < MIN_ROWS) return undefined;
  const where = rows.length < rowCount ? ' where it is not missing' : '';
  if (rows.every((row) => values[row] === target[row])) return `equals the label ${formatName(label)}${where}`;
  const determination = correlate(rows, values, target) ** 2;
  if (determination < MIN_DETERMINATION) return undefined;
  const follows = determination > 1 - 1e-9 ? 'follows' : 'nearly follows';
  return `gives the label ${formatName(label)} away${where}: the label ${follows} from it by a factor and a difference`;
}

/** Pearson's correlation of two columns of numbers over some rows; 0 if either is constant. */
function correlate(rows: readonly number[], xs: Float64Array, ys: Float64Array): number {
  const mean = (values: Float64Array) => rows.reduce((sum, row) => sum + (values[row] as number), 0) / rows.length;
  const [meanX, meanY] = [mean(xs), mean(ys)];
  let [xx, xy, yy] = [0, 0, 0];
  for (const row of rows) {
    const [x, y] = [(xs[row] as number) - meanX, (ys[row] as number) - meanY];
    xx += x * x;
    xy += x * y;
    yy += y * y;
  }
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : 0;
}
