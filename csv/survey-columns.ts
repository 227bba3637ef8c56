/** Infers what the columns of a CSV file hold. */
import { isCommaNumber, isDate, isMissing, toBoolean, toNumber } from './cell-type.ts';
import type { CsvFile } from './read-csv.ts';

/** Distinct values of a column are counted up to this number. */
export const MAX_CATEGORIES = 10_000;

/** A label of whole numbers with at most this many distinct values is treated as classes. */
export const MAX_NUMBER_CLASSES = 10;

const LEADING_ZERO = /^0\d/;

/** What all non-missing cells of a column have in common. */
export type ColumnNature = 'empty' | 'integer' | 'double' | 'boolean' | 'date' | 'comma-number' | 'text';

/** What was found in a column. */
export interface ColumnSurvey {
  readonly name: string;
  readonly nature: ColumnNature;
  readonly missing: number;
  /** How often each text occurs, in order of first appearance; undefined if there are more than MAX_CATEGORIES. */
  readonly counts: ReadonlyMap<string, number> | undefined;
  /** Minimum and maximum, if all cells are numbers. */
  readonly range: readonly [number, number];
  /** Whether the numbers count the rows: whole, each one more than the one before. */
  readonly isRowNumber: boolean;
  /** The line of the first non-missing cell. */
  readonly firstLine: number;
}

export interface Survey {
  readonly rows: number;
  readonly columns: readonly ColumnSurvey[];
}

/** Surveys the columns of a file in one pass. */
export async function surveyColumns(csv: CsvFile): Promise<Survey> {
  const surveyors = csv.header.map((name) => new Surveyor(name));
  let rows = 0;
  for await (const { cells, line } of csv.records()) {
    rows += 1;
    surveyors.forEach((surveyor, index) => surveyor.see(cells[index] as string, line));
  }
  return { rows, columns: surveyors.map((surveyor) => surveyor.conclude()) };
}

class Surveyor {
  readonly #name: string;
  readonly #could = { number: true, whole: true, boolean: true, date: true, comma: true };
  #counts: Map<string, number> | undefined = new Map();
  #missing = 0;
  #present = 0;
  #min = Infinity;
  #max = -Infinity;
  #last = NaN;
  #isRowNumber = true;
  #firstLine = 0;

  constructor(name: string) {
    this.#name = name;
  }

  see(text: string, line: number): void {
    if (isMissing(text)) {
      this.#missing += 1;
      this.#isRowNumber = false;
      return;
    }
    if (this.#present++ === 0) this.#firstLine = line;
    const trimmed = text.trim();
    const could = this.#could;
    if (could.number) this.#seeNumber(trimmed);
    if (could.boolean) could.boolean = toBoolean(trimmed) !== undefined;
    if (could.date) could.date = isDate(trimmed);
    if (could.comma) could.comma = isCommaNumber(trimmed) || !Number.isNaN(toNumber(trimmed));
    if (!this.#counts) return;
    this.#counts.set(text, (this.#counts.get(text) ?? 0) + 1);
    if (this.#counts.size > MAX_CATEGORIES) this.#counts = undefined;
  }

  #seeNumber(text: string): void {
    const number = toNumber(text);
    if (!Number.isFinite(number) || LEADING_ZERO.test(text)) {
      this.#could.number = false;
      return;
    }
    this.#could.whole &&= Number.isSafeInteger(number) && !/[.eE]/.test(text);
    this.#isRowNumber &&= this.#could.whole && (Number.isNaN(this.#last) || number === this.#last + 1);
    this.#last = number;
    this.#min = Math.min(this.#min, number);
    this.#max = Math.max(this.#max, number);
  }

  conclude(): ColumnSurvey {
    const nature = this.#toNature();
    const isNumber = nature === 'integer' || nature === 'double';
    return {
      name: this.#name,
      nature,
      missing: this.#missing,
      counts: this.#counts,
      range: [this.#min, this.#max],
      isRowNumber: isNumber && this.#isRowNumber && this.#present > 2,
      firstLine: this.#firstLine,
    };
  }

  #toNature(): ColumnNature {
    if (this.#present === 0) return 'empty';
    if (this.#could.number) return this.#could.whole ? 'integer' : 'double';
    if (this.#could.boolean) return 'boolean';
    if (this.#could.date) return 'date';
    return this.#could.comma ? 'comma-number' : 'text';
  }
}
