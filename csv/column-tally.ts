/** What is seen of a column, cell by cell, before it is decided what the column holds. */
import { DATE_ORDERS, readDate, type DateOrder, type DateReading } from '../models/calendar-date.ts';
import { classifyCell, type SeenCell } from './classify-cell.ts';
import { Examples, type Example } from './examples.ts';
import type { MissingMarkers } from './missing-markers.ts';
import { DECIMAL_SIGNS, type DecimalSign, type NumberReading } from './read-number.ts';

/** Distinct values of a column are counted up to this number. */
export const MAX_CATEGORIES = 10_000;

/** So many manners of writing numbers are shown. */
const MAX_MANNERS = 3;
const DIGITS = /^\d+$/;
/** A number with a unit: 43 kg, 1.5mm, 12 years. */
const MEASURE = /^[-+]?[\d.,]*\d ?(\p{L}[\p{L}.²³/]{0,11})$/u;

/** The numbers of a column, read with one decimal sign. */
class NumberTally {
  count = 0;
  min = Infinity;
  max = -Infinity;
  isWhole = true;
  /** Those that are not numbers with the other sign. */
  readonly only = new Examples();
}

/** The dates of a column, read in one order. */
class DateTally {
  count = 0;
  /** The day of the first date. */
  min = Infinity;
  /** Those that are not dates in the other order. */
  readonly only = new Examples();
}

/** A text of a column: how often it occurs, where first, and what it can be. */
interface SeenText {
  count: number;
  readonly line: number;
  readonly cell: SeenCell;
}

/** Counts the cells of a column by what they can be. */
export class ColumnTally {
  readonly #markers: MissingMarkers;
  #texts: Map<string, SeenText> | undefined = new Map();
  #last = NaN;
  #isRowNumber = true;

  /** The first cell that is not missing. */
  first: Example | undefined;
  readonly empty = new Examples();
  readonly missing = new Examples();
  readonly markers = new Examples();
  readonly texts = new Examples();
  readonly booleans = new Examples();
  /** Texts with blanks around them. */
  readonly padded = new Examples();
  readonly numbers = new Examples();
  readonly withSign: Readonly<Record<DecimalSign, NumberTally>> = { '.': new NumberTally(), ',': new NumberTally() };
  /** Numbers with either sign, but not the same, by the sign that is in them. */
  readonly ambiguous: Readonly<Record<DecimalSign, Examples>> = { '.': new Examples(), ',': new Examples() };
  readonly units = new Map<string, Example>();
  /** The first numbers that need interpretation, one for each manner of writing, by what is around their digits. */
  readonly decorated = new Map<string, Example>();
  /** Texts that are a number with a unit, by the unit. */
  readonly measures = new Map<string, Examples>();
  readonly leadingZeros = new Examples();
  /** More digits than a number keeps. */
  readonly tooLong = new Examples();
  /** Whether all numbers are digits only, as codes are. */
  areDigits = true;
  /** Numbers that look like dates: 20261123. */
  readonly compactDates = new Examples();
  readonly dates = new Examples();
  readonly inOrder: Readonly<Record<DateOrder, DateTally>> = { dmy: new DateTally(), mdy: new DateTally() };
  /** Dates in either order, but not the same. */
  readonly ambiguousDates = new Examples();

  readonly #ofKind = { missing: this.missing, marker: this.markers, text: this.texts, boolean: this.booleans };

  constructor(markers: MissingMarkers) {
    this.#markers = markers;
  }

  /** Whether the numbers count the rows: digits, each one more than the one before. */
  get isRowNumber(): boolean {
    return this.#isRowNumber && this.numbers.count > 2;
  }

  /** Adds the next cell. */
  see(text: string, line: number): void {
    const known = this.#texts?.get(text);
    if (known) {
      known.count += 1;
      this.#isRowNumber = false;
      return;
    }
    const trimmed = text.trim();
    const cell = classifyCell(trimmed, this.#markers);
    this.#follow(cell);
    if (!this.#texts) {
      this.#add(text, trimmed, { count: 1, line, cell });
      return;
    }
    this.#texts.set(text, { count: 1, line, cell });
    if (this.#texts.size > MAX_CATEGORIES) this.#empty();
  }

  /** Ends the counting: the different texts and how often each occurs, undefined if there are more than MAX_CATEGORIES. */
  finish(): ReadonlyMap<string, number> | undefined {
    const texts = this.#texts;
    this.#empty();
    return texts && new Map([...texts].map(([text, { count }]) => [text, count]));
  }

  /** Adds the texts that were counted one by one, each as often as it occurs. */
  #empty(): void {
    const texts = this.#texts;
    this.#texts = undefined;
    texts?.forEach((seen, text) => this.#add(text, text.trim(), seen));
  }

  #follow(cell: SeenCell): void {
    if (!this.#isRowNumber) return;
    const { value = NaN, isWhole = false } =
      cell.kind === 'number' && cell.number.isPlain ? (cell.number['.'] ?? {}) : {};
    this.#isRowNumber = isWhole && (Number.isNaN(this.#last) || value === this.#last + 1);
    this.#last = value;
  }

  #add(text: string, trimmed: string, { cell, line, count }: SeenText): void {
    if (trimmed === '') {
      this.empty.add(trimmed, line, count);
      return;
    }
    if (cell.kind !== 'missing') this.first ??= { text: trimmed, line };
    if (cell.kind === 'number') this.#addNumber(trimmed, cell.number, line, count);
    else if (cell.kind === 'date') this.#addDate(trimmed, cell.date, line, count);
    else this.#ofKind[cell.kind].add(trimmed, line, count);
    if (cell.kind === 'text') this.#measure(trimmed, line, count);
    if (cell.kind !== 'number' && text.length !== trimmed.length) this.padded.add(text, line, count);
  }

  #addNumber(text: string, number: NumberReading, line: number, count: number): void {
    this.numbers.add(text, line, count);
    for (const sign of DECIMAL_SIGNS) {
      const reading = number[sign];
      if (!reading) continue;
      const tally = this.withSign[sign];
      const { value, isWhole } = reading;
      tally.count += count;
      if (value < tally.min) tally.min = value;
      if (value > tally.max) tally.max = value;
      tally.isWhole &&= isWhole;
    }
    const { '.': point, ',': comma } = number;
    if (!point) this.withSign[','].only.add(text, line, count);
    else if (!comma) this.withSign['.'].only.add(text, line, count);
    else if (point.value !== comma.value) this.ambiguous[text.includes(',') ? ',' : '.'].add(text, line, count);
    if (!number.isPlain) this.#decorate(text, line);
    if (!this.units.has(number.unit)) this.units.set(number.unit, { text, line });
    if (text.length === 8 && isCompactDate(text)) this.compactDates.add(text, line, count);
    const isDigits = number.isPlain && DIGITS.test(text);
    if (isDigits && number.hasLeadingZero) this.leadingZeros.add(text, line, count);
    else if (isDigits && !point?.isWhole) this.tooLong.add(text, line, count);
    this.areDigits &&= isDigits;
  }

  #decorate(text: string, line: number): void {
    if (this.decorated.size >= MAX_MANNERS) return;
    const manner = text.replace(/\s+/g, '').replace(/[\d.,](?:.*[\d.,])?/, '0');
    if (!this.decorated.has(manner)) this.decorated.set(manner, { text, line });
  }

  #measure(text: string, line: number, count: number): void {
    const unit = this.measures.size > 1 ? undefined : MEASURE.exec(text)?.[1];
    if (unit === undefined) return;
    const measured = this.measures.get(unit) ?? new Examples();
    measured.add(text, line, count);
    this.measures.set(unit, measured);
  }

  #addDate(text: string, date: DateReading, line: number, count: number): void {
    this.dates.add(text, line, count);
    for (const order of DATE_ORDERS) {
      const day = date[order];
      if (day === undefined) continue;
      const tally = this.inOrder[order];
      tally.count += count;
      if (day < tally.min) tally.min = day;
      if (date[order === 'dmy' ? 'mdy' : 'dmy'] === undefined) tally.only.add(text, line, count);
    }
    if (date.dmy !== undefined && date.mdy !== undefined && date.dmy !== date.mdy)
      this.ambiguousDates.add(text, line, count);
  }
}

function isCompactDate(text: string): boolean {
  return (
    /^(19|20)\d{6}$/.test(text) && readDate(`${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}`) !== undefined
  );
}
