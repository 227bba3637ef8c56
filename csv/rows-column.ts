/** A column of a file of rows, whether the file is CSV or JSON. */
import { isMissing, toCell, toNumberType, type ColumnType } from './cell-type.ts';
import type { ColumnSurvey } from './survey-columns.ts';

/** A column of n rows. */
export interface RowsColumn {
  readonly name: string;
  /** The type of its cells; undefined where it has none, or several. */
  readonly type: ColumnType | undefined;
  readonly hasMissing: boolean;
  /** The n cells as a request sends them if the column has a type; those that are not of it are left as they are. */
  readonly toCells: (type: ColumnType) => readonly unknown[];
}

/** A column of a CSV file, with the texts of its cells. */
export function toTextColumn(survey: ColumnSurvey, texts: readonly string[]): RowsColumn {
  const toTyped = (type: ColumnType) => (text: string) => {
    const cell = toCell(type, text);
    return isMissing(text) || (cell !== null && !Number.isNaN(cell)) ? cell : text;
  };
  return {
    name: survey.name,
    type: toType(survey),
    hasMissing: survey.missing > 0,
    toCells: (type) => texts.map(toTyped(type)),
  };
}

function toType({ nature, range }: ColumnSurvey): ColumnType | undefined {
  if (nature === 'empty') return undefined;
  if (nature === 'integer' || nature === 'double') return toNumberType(nature === 'integer', range);
  return nature === 'boolean' ? 'boolean' : 'string';
}

/** A column of JSON. */
export function toTypedColumn(name: string, cells: readonly unknown[]): RowsColumn {
  const present = cells.filter((cell) => cell !== null);
  const types = new Set(present.map((cell) => typeof cell));
  const [only] = types.size === 1 ? types : [];
  return {
    name,
    type:
      only === 'number'
        ? toTypeOfNumbers(present as number[])
        : only === 'string' || only === 'boolean'
          ? only
          : undefined,
    hasMissing: present.length < cells.length,
    toCells: () => cells,
  };
}

/** The type of some numbers, by the rule for those of a CSV file. */
export function toTypeOfNumbers(numbers: readonly number[]): 'integer' | 'long' | 'double' {
  const range = [0, 0] as [number, number];
  for (const number of numbers) {
    range[0] = Math.min(range[0], number);
    range[1] = Math.max(range[1], number);
  }
  return toNumberType(numbers.every(Number.isSafeInteger), range);
}
