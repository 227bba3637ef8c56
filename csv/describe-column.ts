/** Decides what a column holds, from the count of what its cells can be. */
import { readDate, type DateOrder } from '../models/calendar-date.ts';
import { toBoolean, type Cell } from './cell-type.ts';
import type { ColumnTally } from './column-tally.ts';
import { Examples, formatExample, type Example } from './examples.ts';
import type { MissingMarkers } from './missing-markers.ts';
import { formatCount, quoteList } from './quote-text.ts';
import { isPlainNumber, readNumber, type DecimalSign } from './read-number.ts';

/** What the cells of a column hold that are not missing. */
export type ColumnNature = 'empty' | 'integer' | 'double' | 'boolean' | 'date' | 'text';

/** A column with this share of numbers or dates is one of numbers or dates, with some cells that are not. */
const MOSTLY = 2 / 3;
/** A column of text with this share of numbers is said to have them. */
const NOTABLE = 1 / 5;

/** What the user decided about a column. */
export interface ColumnRules {
  readonly isNumeric?: boolean;
  readonly isText?: boolean;
  readonly decimal?: DecimalSign;
  readonly dateOrder?: DateOrder;
}

/** What only the user can decide about a column, as the end of a sentence that begins with its name. */
export interface ColumnQuestion {
  readonly topic: 'odd cells' | 'decimal sign' | 'units' | 'date order';
  readonly problem: string;
  /** All texts in question, where they are few. */
  readonly texts?: readonly string[];
}

/** What was found in a column. */
export interface ColumnSurvey {
  readonly name: string;
  /** Its position in the records, from 0. */
  readonly index: number;
  readonly nature: ColumnNature;
  /** How many cells are missing, those included that cannot be read. */
  readonly missing: number;
  /** The cells that are missing although something is written in them, and those that are empty: `3 empty, "NA" (line 5)`. */
  readonly missingText: string;
  /** How often each value occurs, in order of first appearance; undefined if there are more than MAX_CATEGORIES. */
  readonly counts: ReadonlyMap<Cell, number> | undefined;
  /** The most frequent spelling of each boolean. */
  readonly spellings: ReadonlyMap<Cell, string>;
  /** Minimum and maximum, if all cells are numbers. */
  readonly range: readonly [number, number];
  /** Whether the numbers count the rows: whole, each one more than the one before. */
  readonly isRowNumber: boolean;
  /** The first cell that is not missing. */
  readonly first: Example | undefined;
  /** The order of the dates, and the first of them as days since 1970-01-01. */
  readonly dates: { readonly order: DateOrder; readonly since: number } | undefined;
  /** The value of a cell; null if it is missing, or cannot be read. */
  readonly read: (text: string) => Cell | null;
  /** Whether a cell is missing, apart from those that cannot be read. */
  readonly isMissing: (text: string) => boolean;
  readonly question: ColumnQuestion | undefined;
  /** How the cells are read where that is not obvious, as ends of sentences that begin with the column's name. */
  readonly notices: readonly string[];
  /** The same for the texts that stand for a missing value. */
  readonly missingNotices: readonly string[];
  /** Texts with blanks around them, which do not count. */
  readonly padded: Examples;
}

/** What describeColumn is given. */
export interface ColumnSource {
  readonly name: string;
  readonly index: number;
  readonly tally: ColumnTally;
  /** How often each text occurs, if there are few enough. */
  readonly texts: ReadonlyMap<string, number> | undefined;
}

/** What is the same for all columns of a file. */
export interface FileContext {
  readonly markers: MissingMarkers;
  /** The decimal signs that other columns leave no doubt of. */
  readonly signs: ReadonlySet<DecimalSign>;
  readonly delimiter: string;
}

type Decision = Pick<
  ColumnSurvey,
  'nature' | 'missing' | 'range' | 'dates' | 'read' | 'question' | 'notices' | 'missingNotices'
>;
const NO_RANGE = [Infinity, -Infinity] as const;

/** The decimal sign of a column of numbers, if its cells leave no doubt of it. */
export function findCertainSign({ numbers, texts, booleans, dates, withSign }: ColumnTally): DecimalSign | undefined {
  const present = numbers.count + texts.count + booleans.count + dates.count;
  if (numbers.count < MOSTLY * present) return undefined;
  const certain = (['.', ','] as const).filter(
    (sign) => withSign[sign].only.count > 0 && withSign[sign].count === numbers.count,
  );
  return certain.length === 1 ? certain[0] : undefined;
}

/** Describes a column. */
export function describeColumn(source: ColumnSource, rules: ColumnRules, file: FileContext): ColumnSurvey {
  const { name, index, tally, texts } = source;
  const decision = decide(tally, rules, file);
  const counts = countValues(texts, decision);
  const isNumber = decision.nature === 'integer' || decision.nature === 'double';
  return {
    name,
    index,
    ...decision,
    notices: [...decision.notices, ...(decision.nature === 'text' ? toVariantNotices(counts) : [])],
    missingText: toMissingText(tally, decision),
    counts,
    isMissing: (text) => {
      const trimmed = text.trim();
      return isNumber || decision.nature === 'date'
        ? file.markers.isMissingNumber(trimmed)
        : file.markers.isMissing(trimmed);
    },
    spellings: decision.nature === 'boolean' ? findSpellings(texts) : new Map(),
    isRowNumber: isNumber && tally.isRowNumber,
    first: tally.first,
    padded: decision.nature === 'text' ? tally.padded : new Examples(),
  };
}

function decide(tally: ColumnTally, rules: ColumnRules, file: FileContext): Decision {
  const { numbers, texts, booleans, dates, markers } = tally;
  const present = numbers.count + texts.count + booleans.count + dates.count;
  if (present + markers.count === 0) return decideEmpty(tally);
  if (rules.isText) return decideCategories(tally, rules, file);
  if (rules.isNumeric) return decideNumber(tally, rules, file);
  if (present > 0 && numbers.count >= MOSTLY * present)
    return tally.leadingZeros.count > 0 && tally.areDigits ? decideText(tally, file) : decideNumber(tally, rules, file);
  if (present > 0 && booleans.count === present && markers.count === 0) return decideBoolean(tally, file);
  if (present > 0 && dates.count >= MOSTLY * present) return decideDate(tally, rules, file);
  return decideText(tally, file);
}

/** Categories are numbers or booleans where all cells are, and text otherwise. */
function decideCategories(tally: ColumnTally, rules: ColumnRules, file: FileContext): Decision {
  const { numbers, texts, booleans, dates, leadingZeros, areDigits } = tally;
  const rest = texts.count + dates.count;
  const areCodes = leadingZeros.count > 0 && areDigits;
  if (rest + booleans.count === 0 && numbers.count > 0 && !areCodes) {
    const decision = decideNumber(tally, rules, file);
    if (!decision.question) return decision;
  }
  if (rest + numbers.count + tally.markers.count === 0) return decideBoolean(tally, file);
  return decideText(tally, file);
}

function decideEmpty({ empty, missing }: ColumnTally): Decision {
  return {
    nature: 'empty',
    missing: empty.count + missing.count,
    range: NO_RANGE,
    dates: undefined,
    read: () => null,
    question: undefined,
    notices: [],
    missingNotices: toMissingNotices(missing),
  };
}

function decideNumber(tally: ColumnTally, rules: ColumnRules, file: FileContext): Decision {
  const { numbers, texts, booleans, dates, withSign, markers, missing } = tally;
  const sign = chooseSign(tally, rules, file);
  const read = withSign[sign];
  const others = withSign[sign === '.' ? ',' : '.'].only;
  const odd = joinExamples(texts, booleans, dates, others);
  const found: Pick<Decision, 'question' | 'notices'> = rules.isNumeric
    ? { question: read.count === 0 ? toOddQuestion(numbers, odd) : undefined, notices: toIgnoredNotices(odd) }
    : { question: odd.count > 0 ? toOddQuestion(numbers, odd) : undefined, notices: [] };
  return {
    nature: read.isWhole ? 'integer' : 'double',
    missing: tally.empty.count + missing.count + markers.count + odd.count,
    range: [read.min, read.max],
    dates: undefined,
    read: buildNumberReader(sign, file.markers),
    question: found.question ?? findSignQuestion(tally, rules, file) ?? findUnitQuestion(tally, rules),
    notices: [...found.notices, ...toSpellingNotices(tally, sign)],
    missingNotices: toMissingNotices(joinExamples(missing, markers)),
  };
}

/** The sign that reads all numbers; where both or neither does, the one that is given, certain elsewhere, or more frequent. */
function chooseSign({ numbers, withSign }: ColumnTally, rules: ColumnRules, { signs }: FileContext): DecimalSign {
  const all = (['.', ','] as const).filter((sign) => withSign[sign].count === numbers.count);
  if (all.length === 1) return all[0] as DecimalSign;
  if (rules.decimal) return rules.decimal;
  if (all.length === 0) return withSign[','].count > withSign['.'].count ? ',' : '.';
  return signs.size === 1 && signs.has(',') ? ',' : '.';
}

function findSignQuestion(
  { numbers, withSign, ambiguous }: ColumnTally,
  rules: ColumnRules,
  { signs, delimiter }: FileContext,
): ColumnQuestion | undefined {
  const isEither = withSign['.'].count === numbers.count && withSign[','].count === numbers.count;
  if (rules.decimal || !isEither || signs.size === 1) return undefined;
  const [point, comma] = [ambiguous['.'], ambiguous[',']];
  // A point is the usual sign, except where semicolons suggest that the comma is.
  const doubtful = comma.count > 0 ? comma : signs.size > 1 || delimiter === ';' ? point : undefined;
  const [first] = doubtful?.first ?? [];
  if (!first) return undefined;
  const reading = readNumber(first.text);
  const values = `${String(reading?.['.']?.value)} or ${String(reading?.[',']?.value)}`;
  return {
    topic: 'decimal sign',
    problem: `has numbers such as ${formatExample(first)}, which can be ${values}`,
    texts: [first.text],
  };
}

function findUnitQuestion({ units }: ColumnTally, rules: ColumnRules): ColumnQuestion | undefined {
  const named = [...units].filter(([unit]) => unit !== '');
  const bare = units.get('');
  const mixed = named.length > 1 ? named.map(([, example]) => example) : [];
  if (named[0]?.[0] === '%' && bare) mixed.push(named[0][1], bare);
  if (rules.isNumeric || mixed.length === 0) return undefined;
  return { topic: 'units', problem: `mixes units, as in ${mixed.slice(0, 3).map(formatExample).join(' and ')}` };
}

function toOddQuestion(numbers: Examples, odd: Examples): ColumnQuestion {
  const cells = formatCount(odd.count, 'cell');
  const { texts } = odd;
  return {
    topic: 'odd cells',
    problem: `has ${formatCount(numbers.count, 'number')}, and ${cells} that cannot be read as ${odd.count === 1 ? 'one' : 'numbers'}: ${odd.format()}`,
    ...(texts && { texts }),
  };
}

function decideDate(tally: ColumnTally, rules: ColumnRules, { markers }: FileContext): Decision {
  const { texts, booleans, numbers, inOrder, ambiguousDates, missing } = tally;
  const { dmy, mdy } = inOrder;
  const isEither = dmy.only.count === 0 && mdy.only.count === 0;
  const order = rules.dateOrder ?? (mdy.count > dmy.count ? 'mdy' : 'dmy');
  const odd = joinExamples(texts, booleans, numbers, inOrder[order === 'dmy' ? 'mdy' : 'dmy'].only);
  const [first] = ambiguousDates.first;
  const question: ColumnQuestion | undefined =
    odd.count > 0
      ? {
          topic: 'odd cells',
          problem: `has ${formatCount(tally.dates.count, 'date')}, and ${formatCount(odd.count, 'cell')} that cannot be read as ${odd.count === 1 ? 'one' : 'dates'}: ${odd.format()}`,
          ...(odd.texts && { texts: odd.texts }),
        }
      : first && isEither && !rules.dateOrder
        ? { topic: 'date order', problem: `has dates such as ${formatExample(first)}, whose day can be either number` }
        : undefined;
  return {
    nature: 'date',
    missing: tally.empty.count + missing.count + tally.markers.count + odd.count,
    range: NO_RANGE,
    dates: { order, since: inOrder[order].min },
    read: (text) => {
      const trimmed = text.trim();
      return !markers.isMissing(trimmed) && readDate(trimmed)?.[order] !== undefined ? trimmed : null;
    },
    question,
    notices: [],
    missingNotices: toMissingNotices(joinExamples(missing, tally.markers)),
  };
}

function decideBoolean({ empty, missing }: ColumnTally, { markers }: FileContext): Decision {
  return {
    nature: 'boolean',
    missing: empty.count + missing.count,
    range: NO_RANGE,
    dates: undefined,
    read: (text) => {
      const trimmed = text.trim();
      return markers.isMissing(trimmed) ? null : (toBoolean(trimmed) ?? null);
    },
    question: undefined,
    notices: [],
    missingNotices: toMissingNotices(missing),
  };
}

function decideText(tally: ColumnTally, { markers }: FileContext): Decision {
  const { numbers, texts, booleans, leadingZeros, areDigits, empty, missing } = tally;
  const [code] = leadingZeros.first;
  const [other] = joinExamples(texts, booleans).first;
  const present = numbers.count + texts.count + booleans.count + tally.dates.count;
  const notices: string[] = [];
  if (code && areDigits && numbers.count >= MOSTLY * present)
    notices.push(`digits with leading zeros, such as ${formatExample(code)}, are codes, not numbers`);
  else if (other && numbers.count >= NOTABLE * present)
    notices.push(`${numbers.count} of ${present} cells are numbers, but ${formatExample(other)} is not: all are text`);
  else if (other && booleans.count >= NOTABLE * present)
    notices.push(
      `${booleans.count} of ${present} cells are booleans, but ${formatExample(texts.first[0] ?? other)} is not: all are text`,
    );
  return {
    nature: 'text',
    missing: empty.count + missing.count,
    range: NO_RANGE,
    dates: undefined,
    read: (text) => {
      const trimmed = text.trim();
      return markers.isMissing(trimmed) ? null : trimmed;
    },
    question: undefined,
    notices,
    missingNotices: toMissingNotices(missing),
  };
}

function buildNumberReader(sign: DecimalSign, markers: MissingMarkers): ColumnSurvey['read'] {
  const toCell = (value: number) => (Number.isFinite(value) && !markers.isSentinel(value) ? value : null);
  return (text) => {
    const trimmed = text.trim();
    if (markers.isMissing(trimmed)) return null;
    // The usual case, without the other readings.
    if (sign === '.' && isPlainNumber(trimmed)) return toCell(Number(trimmed));
    return toCell(readNumber(trimmed)?.[sign]?.value ?? NaN);
  };
}

function toSpellingNotices({ decorated, ambiguous }: ColumnTally, sign: DecimalSign): string[] {
  const grouped = sign === ',' ? ambiguous['.'].first[0] : undefined;
  const example = [decorated, grouped].find(
    (candidate) => candidate && readNumber(candidate.text)?.[sign] !== undefined,
  );
  if (!example) return [];
  const value = readNumber(example.text)?.[sign]?.value;
  return [`numbers such as ${formatExample(example)} are read as ${String(value)}`];
}

function toIgnoredNotices(odd: Examples): string[] {
  return odd.count === 0
    ? []
    : [`${formatCount(odd.count, 'cell')} without a number count as missing: ${odd.format()}`];
}

function toMissingNotices(missing: Examples): string[] {
  if (missing.count === 0) return [];
  return [
    `${missing.format()} ${missing.texts?.length === 1 ? 'counts' : 'count'} as missing (${formatCount(missing.count, 'cell')})`,
  ];
}

function toMissingText({ empty, missing: marked }: ColumnTally, { missing }: Decision): string {
  const unreadable = missing - empty.count - marked.count;
  return [
    empty.count > 0 ? `${empty.count} empty` : '',
    marked.count > 0 ? `${marked.count} with ${marked.format()}` : '',
    unreadable > 0 ? `${unreadable} that cannot be read` : '',
  ]
    .filter(Boolean)
    .join(', ');
}

function toVariantNotices(counts: ColumnSurvey['counts']): string[] {
  const groups = new Map<string, string[]>();
  for (const value of counts?.keys() ?? []) {
    const key = String(value).toLowerCase().replace(/\s+/g, ' ');
    groups.set(key, [...(groups.get(key) ?? []), String(value)]);
  }
  const variants = [...groups.values()].filter((group) => group.length > 1);
  if (variants.length === 0) return [];
  const shown = variants
    .slice(0, 3)
    .map((group) => quoteList(group, 5))
    .join('; ');
  return [`different values that differ only by case or blanks: ${shown}${variants.length > 3 ? '; …' : ''}`];
}

function countValues(
  texts: ReadonlyMap<string, number> | undefined,
  { read }: Decision,
): ReadonlyMap<Cell, number> | undefined {
  if (!texts) return undefined;
  const counts = new Map<Cell, number>();
  for (const [text, count] of texts) {
    const value = read(text);
    if (value !== null) counts.set(value, (counts.get(value) ?? 0) + count);
  }
  return counts;
}

/** The most frequent spelling of true and of false. */
function findSpellings(texts: ReadonlyMap<string, number> | undefined): ReadonlyMap<Cell, string> {
  const counts = new Map<string, number>();
  for (const [text, count] of texts ?? []) counts.set(text.trim(), (counts.get(text.trim()) ?? 0) + count);
  const sorted = [...counts].sort(([, a], [, b]) => a - b);
  return new Map(sorted.map(([text]) => [toBoolean(text) ?? text, text]));
}

function joinExamples(...parts: readonly Examples[]): Examples {
  return parts.reduce((all, part) => all.merge(part), new Examples());
}
