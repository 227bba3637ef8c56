/** What-if: the rows in which one column moves and all others stay, and what their answers say. */
import { findCategory, writeCell, writeFormRow, type CellText, type Row } from './cells.ts';
import { FIRST_DAY, LAST_DAY, listExampleNumbers, listKnownNumbers, toDateText, toNumber } from './column-numbers.ts';
import type { ColumnData, DeploymentDetails } from './data.ts';

/** The answer to a row. */
export interface RowAnswer {
  /** The predicted class, or the number. */
  readonly prediction: unknown;
  /** By class, in their order; empty if the model has none. */
  readonly probabilities: readonly number[];
}

/** Values of a column that are tried. */
export interface Variation {
  readonly column: ColumnData;
  /** Whether the values are in the order of numbers or dates. */
  readonly isNumeric: boolean;
  readonly values: readonly string[];
}

const MAX_CATEGORIES = 40;
/** Days before and after the only date that is known. */
const DAYS_AROUND = 183;

/** Whether a column is a number that can take any value of a range. */
export function isNumeric({ type, categories }: ColumnData): boolean {
  return !categories && type !== 'string' && type !== 'boolean';
}

/**
 * The values that are tried of a column: evenly over its range, or all categories. Undefined for texts without categories, and for
 * dates of which none of the example and the form can be read.
 * @param count how many of a number or a date, at most
 */
export function toVariation(
  column: ColumnData,
  current: CellText,
  example: DeploymentDetails['example'],
  count: number,
): Variation | undefined {
  if (isNumeric(column)) {
    const [min, max] = toSpan(column, current, example);
    const step = (max - min) / (count - 1);
    const all = Array.from({ length: count }, (_, index) => min + step * index);
    const numbers = column.type === 'double' ? all.map((value) => Number(value.toPrecision(6))) : all.map(Math.round);
    return { column, isNumeric: true, values: [...new Set(numbers)].map(String) };
  }
  if (column.isDate) {
    if (listExampleNumbers(column, current, example).length === 0) return undefined;
    const [min, max] = toSpan(column, current, example);
    const days = Array.from({ length: count }, (_, index) => Math.round(min + ((max - min) * index) / (count - 1)));
    return { column, isNumeric: true, values: [...new Set(days)].map((day) => toDateText(day, current)) };
  }
  const values = column.categories?.map(String) ?? (column.type === 'boolean' ? ['false', 'true'] : undefined);
  return values && { column, isNumeric: false, values: values.slice(0, MAX_CATEGORIES) };
}

/** A variation that has the current value as well: between two numbers, models may jump, and a category may be an unknown one. */
export function withCurrent(variation: Variation, current: CellText): Variation {
  const { column, isNumeric } = variation;
  if (!isNumeric) {
    if (current === null || !column.categories || !('json' in writeCell(column, current))) return variation;
    const value = findCategory(column, current) ?? current;
    return variation.values.includes(value) ? variation : { ...variation, values: [...variation.values, value] };
  }
  const now = column.isDate ? (current ?? '') : (current?.trim() ?? '');
  const number = toNumber(column, now);
  if (!Number.isFinite(number) || variation.values.includes(now)) return variation;
  const values = [...variation.values.filter((value) => toNumber(column, value) !== number), now];
  return { ...variation, values: values.sort((one, other) => toNumber(column, one) - toNumber(column, other)) };
}

/** The range of a number or a date: the learned one, or else that of the example, and the current value. */
export function toSpan(column: ColumnData, current: CellText, example: DeploymentDetails['example']): [number, number] {
  const known = listKnownNumbers(column, current, example);
  if (known.length === 0) return [0, 1];
  const [min, max] = [Math.min(...known), Math.max(...known)];
  if (max > min) return [min, max];
  if (column.isDate) return [Math.max(FIRST_DAY, min - DAYS_AROUND), Math.min(LAST_DAY, max + DAYS_AROUND)];
  const margin = min === 0 ? 1 : Math.abs(min) / 2;
  return [min - margin, max + margin];
}

/** The rows of a variation as JSON: the row with each value in the column. */
export function toVariedRows(columns: readonly ColumnData[], row: Row, { column, values }: Variation): string[] {
  return values.map((value) => writeFormRow(columns, { ...row, [column.name]: value }).json);
}

/** Whether a row can be scored but for one column. */
export function isFixed(columns: readonly ColumnData[], row: Row, except: string): boolean {
  return columns.every(
    (column) =>
      column.name === except || 'json' in writeCell(column, row[column.name] ?? null) || column.type === 'string',
  );
}

/** How far the answers to a variation are apart. */
export interface Movement {
  readonly column: ColumnData;
  /** The class whose probability moves most; undefined for a regression. */
  readonly label: unknown;
  readonly low: number;
  readonly high: number;
  /** The values with the lowest and with the highest answer. */
  readonly lowAt: string;
  readonly highAt: string;
  /** Whether the predicted class changes. */
  readonly flips: boolean;
}

/** How far a column moves the answer: the class that it moves most, or the number. */
export function toMovement(
  { column, values }: Variation,
  answers: readonly RowAnswer[],
  labels: readonly unknown[],
): Movement {
  const flips = labels.length > 0 && new Set(answers.map(({ prediction }) => prediction)).size > 1;
  const hasProbabilities = answers.every(({ probabilities }) => probabilities.length > 0);
  const series = hasProbabilities
    ? labels.map((label, index) => ({
        label,
        numbers: answers.map(({ probabilities }) => probabilities[index] as number),
      }))
    : [
        {
          label: undefined,
          numbers: answers.map(({ prediction }) =>
            labels.length > 0 ? labels.indexOf(prediction) : Number(prediction),
          ),
        },
      ];
  const spans = series.map(({ label, numbers }) => {
    const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
    const at = (number: number) => values[numbers.indexOf(number)] as string;
    return { column, label, low, high, lowAt: at(low), highAt: at(high), flips };
  });
  return spans.reduce((one, other) => (other.high - other.low > one.high - one.low + 1e-9 ? other : one));
}

/** The columns that move the answer, the one that moves it most first. */
export function rankMovements(movements: readonly Movement[]): Movement[] {
  return [...movements].sort((one, other) => other.high - other.low - (one.high - one.low));
}

/** Where the predicted class changes: between which values, and from which class to which. */
export function findFlips(
  values: readonly string[],
  answers: readonly RowAnswer[],
): { readonly from: unknown; readonly to: unknown; readonly before: string; readonly after: string }[] {
  return answers.flatMap(({ prediction }, index) => {
    const last = answers[index - 1];
    if (!last || last.prediction === prediction) return [];
    return [
      { from: last.prediction, to: prediction, before: values[index - 1] as string, after: values[index] as string },
    ];
  });
}

/** Splits rows into requests that the engine takes: by their number, and by their bytes. */
export function splitRows(
  rows: readonly string[],
  maxRows: number,
  maxBytes: number,
): (readonly [from: number, to: number])[] {
  const parts: [number, number][] = [];
  let [from, bytes] = [0, 0];
  for (const [index, row] of rows.entries()) {
    // A character takes at most three bytes in UTF-8.
    const size = 3 * row.length + 1;
    if (index > from && (index - from >= maxRows || bytes + size > maxBytes)) {
      parts.push([from, index]);
      [from, bytes] = [index, 0];
    }
    bytes += size;
  }
  if (from < rows.length) parts.push([from, rows.length]);
  return parts;
}
