/** A column of the rows that a wrapped model is shown, whichever file they come from. */
import { isMissing, type ColumnSurvey } from './survey-columns.ts';
import { toCell, toNumberType } from '../training/plan-training.ts';

export type ColumnType = 'string' | 'integer' | 'long' | 'double' | 'boolean';

/** A column of the rows. */
export interface SampleColumn {
  readonly name: string;
  /** The type of its cells; undefined where it has none, or several. */
  readonly type: ColumnType | undefined;
  readonly hasMissing: boolean;
  /** The cells as a request sends them if the column has a type; those that are not of it are left as they are. */
  readonly toCells: (type: ColumnType) => readonly unknown[];
}

/** A column of a CSV file, with the texts of its cells. */
export function toTextColumn(survey: ColumnSurvey, texts: readonly string[]): SampleColumn {
  const toTyped = (type: ColumnType) => (text: string) => {
    if (isMissing(text)) return null;
    const cell = toCell({ type }, text, false);
    return cell === null || Number.isNaN(cell) ? text : cell;
  };
  return {
    name: survey.name,
    type: toType(survey),
    hasMissing: survey.missing > 0,
    toCells: (type) => texts.map(toTyped(type)),
  };
}

function toType(survey: ColumnSurvey): ColumnType | undefined {
  const { nature } = survey;
  if (nature === 'empty') return undefined;
  if (nature === 'integer' || nature === 'double') return toNumberType(survey);
  return nature === 'boolean' ? 'boolean' : 'string';
}

/** A column of JSON. */
export function toTypedColumn(name: string, cells: readonly unknown[]): SampleColumn {
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

/** The type of some numbers, as that of a CSV file's is told. */
export function toTypeOfNumbers(numbers: readonly number[]): 'integer' | 'long' | 'double' {
  const bounds = [0, 0] as [number, number];
  for (const number of numbers) {
    bounds[0] = Math.min(bounds[0], number);
    bounds[1] = Math.max(bounds[1], number);
  }
  return toNumberType({ nature: numbers.every(Number.isSafeInteger) ? 'integer' : 'double', range: bounds });
}
