/** What is found in a column of a CSV file. */
import type { DateOrder } from '../models/calendar-date.ts';
import type { Cell } from './cell-type.ts';
import type { Example, Examples } from './examples.ts';

/** What the cells of a column hold that are not missing. */
export type ColumnNature = 'empty' | 'integer' | 'double' | 'boolean' | 'date' | 'text';

/** What only the user can decide about a column. */
export interface ColumnQuestion {
  readonly topic: 'odd cells' | 'no numbers' | 'decimal sign' | 'units' | 'date order';
  /** The end of a sentence that begins with the column's name. */
  readonly problem: string;
  /** All texts in question, if there are few. */
  readonly texts?: readonly string[];
  /** Whether the cells in question are dates in the other order. */
  readonly hasOtherOrder?: boolean;
}

/** The cells without a value. */
export interface ColumnGaps {
  readonly empty: number;
  /** Those with a text that stands for a missing value. */
  readonly marked: Examples;
  /** Those with a text that cannot be read as what the column holds. */
  readonly unreadable: Examples;
}

export interface ColumnSurvey {
  readonly name: string;
  /** Its position in the records, from 0. */
  readonly index: number;
  readonly nature: ColumnNature;
  readonly gaps: ColumnGaps;
  /** How many cells have no value. */
  readonly missing: number;
  /** How often each value occurs, in order of first appearance; undefined if there are more than MAX_CATEGORIES. */
  readonly counts: ReadonlyMap<Cell, number> | undefined;
  /** The spellings of each boolean, the most frequent first. */
  readonly spellings: ReadonlyMap<Cell, readonly string[]>;
  /** Texts that differ only by case, blanks or invisible characters, group by group. */
  readonly variants: readonly (readonly string[])[];
  /** Texts with blanks around them, which do not count. */
  readonly padded: Examples;
  /** Minimum and maximum of a column of numbers. */
  readonly range: readonly [number, number];
  /** Whether the numbers count the rows: whole, each one more than the one before. */
  readonly isRowNumber: boolean;
  /** The first cell that is not missing. */
  readonly first: Example | undefined;
  /** The order of the dates, and the first of them as days since 1970-01-01. */
  readonly dates: { readonly order: DateOrder; readonly since: number } | undefined;
  /** The value of a cell; null if it has none. */
  readonly read: (text: string) => Cell | null;
  /** Whether a cell is empty or has a text that stands for a missing value. */
  readonly isMissing: (text: string) => boolean;
  readonly question: ColumnQuestion | undefined;
  /** How the cells are read where that is not obvious: ends of sentences that begin with the column's name. */
  readonly notices: readonly string[];
}
