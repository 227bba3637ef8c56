/** Decides what a column holds, from the count of what its cells can be. */
import { readDate, type DateOrder } from '../models/calendar-date.ts';
import { toBoolean } from './cell-type.ts';
import type { ColumnQuestion, ColumnSurvey } from './column-survey.ts';
import type { ColumnTally } from './column-tally.ts';
import { Examples, formatExample, type Example } from './examples.ts';
import type { MissingMarkers } from './missing-markers.ts';
import { formatCount, quoteText } from '../errors/quote-text.ts';
import { DECIMAL_SIGNS, readNumber, toPlainNumber, type DecimalSign } from './read-number.ts';

/** A column with this share of numbers or dates is one of numbers or dates, with some cells that are not. */
const MOSTLY = 2 / 3;
/** A column of text with this share of numbers or booleans is said to have them. */
const NOTABLE = 1 / 5;
const NO_RANGE = [Infinity, -Infinity] as const;

/** What the user decided about a column. */
export interface ColumnRules {
  readonly isNumeric?: boolean;
  readonly isCategorical?: boolean;
  readonly decimal?: DecimalSign;
  readonly dateOrder?: DateOrder;
}

/** What is the same for all columns of a file. */
export interface FileContext {
  readonly markers: MissingMarkers;
  /** The decimal signs of the columns that leave no doubt of theirs. */
  readonly signs: ReadonlySet<DecimalSign>;
  readonly delimiter: string;
}

/** What a column holds, and how its cells are read. */
export type Decision = Pick<
  ColumnSurvey,
  'nature' | 'gaps' | 'range' | 'dates' | 'read' | 'isMissing' | 'question' | 'notices'
>;

/** The decimal sign of a column of numbers, if its cells leave no doubt of it. */
export function findCertainSign(tally: ColumnTally): DecimalSign | undefined {
  const { numbers, withSign } = tally;
  if (numbers.count < MOSTLY * countPresent(tally)) return undefined;
  const certain = DECIMAL_SIGNS.filter(
    (sign) => withSign[sign].only.count > 0 && withSign[sign].count === numbers.count,
  );
  return certain.length === 1 ? certain[0] : undefined;
}

/** Decides what a column holds. */
export function decideColumn(tally: ColumnTally, rules: ColumnRules, file: FileContext): Decision {
  const { numbers, booleans, dates, markers } = tally;
  const present = countPresent(tally);
  if (present + markers.count === 0) return decideEmpty(tally, file);
  if (rules.isCategorical) return decideCategories(tally, rules, file);
  if (rules.isNumeric) return decideNumbers(tally, rules, file);
  if (present === 0) return decideText(tally, file);
  if (numbers.count >= MOSTLY * present)
    return areCodes(tally) ? decideText(tally, file) : decideNumbers(tally, rules, file);
  if (booleans.count === present && markers.count === 0) return decideBooleans(tally, file);
  return dates.count >= MOSTLY * present ? decideDates(tally, rules, file) : decideText(tally, file);
}

function countPresent({ numbers, texts, booleans, dates }: ColumnTally): number {
  return numbers.count + texts.count + booleans.count + dates.count;
}

/** Whether the numbers are codes such as zip codes and account numbers: digits, some with leading zeros or most too long. */
function areCodes({ numbers, leadingZeros, tooLong, areDigits }: ColumnTally): boolean {
  return areDigits && (leadingZeros.count > 0 || (tooLong.count > 0 && tooLong.count >= MOSTLY * numbers.count));
}

/** Categories are numbers or booleans if all cells are, and text otherwise. */
function decideCategories(tally: ColumnTally, rules: ColumnRules, file: FileContext): Decision {
  const { numbers, booleans, markers } = tally;
  const present = countPresent(tally);
  if (numbers.count === present + markers.count && present > 0 && !areCodes(tally)) {
    const decision = decideNumbers(tally, rules, file);
    if (!decision.question) return decision;
  }
  return booleans.count === present + markers.count ? decideBooleans(tally, file) : decideText(tally, file);
}

function decideEmpty({ empty, missing }: ColumnTally, { markers }: FileContext): Decision {
  return {
    nature: 'empty',
    gaps: { empty: empty.count, marked: missing, unreadable: new Examples() },
    range: NO_RANGE,
    dates: undefined,
    read: () => null,
    isMissing: (text) => markers.isMissing(text.trim()),
    question: undefined,
    notices: [],
  };
}

function decideNumbers(tally: ColumnTally, rules: ColumnRules, file: FileContext): Decision {
  const { texts, booleans, dates, withSign, empty, missing, markers } = tally;
  const sign = chooseSign(tally, rules, file);
  const tallied = withSign[sign];
  const unreadable = joinExamples(texts, booleans, dates, withSign[sign === '.' ? ',' : '.'].only);
  return {
    nature: tallied.isWhole ? 'integer' : 'double',
    gaps: { empty: empty.count, marked: joinExamples(missing, markers), unreadable },
    range: [tallied.min, tallied.max],
    dates: undefined,
    read: buildNumberReader(sign, file.markers),
    isMissing: (text) => file.markers.isMissingNumber(text.trim()),
    question:
      findOddQuestion(tally, sign, unreadable, rules) ??
      findSignQuestion(tally, rules, file) ??
      findUnitQuestion(tally, rules),
    notices: toSpellingNotices(tally, sign),
  };
}

/** The sign that reads all numbers; where both or neither does, the one that is given, certain elsewhere, or more frequent. */
function chooseSign({ numbers, withSign }: ColumnTally, rules: ColumnRules, { signs }: FileContext): DecimalSign {
  const all = DECIMAL_SIGNS.filter((sign) => withSign[sign].count === numbers.count);
  if (all.length === 1) return all[0] as DecimalSign;
  if (rules.decimal) return rules.decimal;
  if (all.length === 0) return withSign[','].count > withSign['.'].count ? ',' : '.';
  return signs.size === 1 && signs.has(',') ? ',' : '.';
}

function buildNumberReader(sign: DecimalSign, markers: MissingMarkers): Decision['read'] {
  const toCell = (value: number) => (Number.isFinite(value) && !markers.isSentinel(value) ? value : null);
  return (text) => {
    const trimmed = text.trim();
    if (markers.isMissing(trimmed)) return null;
    return toCell(toPlainNumber(trimmed, sign) ?? readNumber(trimmed)?.[sign]?.value ?? NaN);
  };
}

function findOddQuestion(
  { withSign }: ColumnTally,
  sign: DecimalSign,
  odd: Examples,
  { isNumeric }: ColumnRules,
): ColumnQuestion | undefined {
  const { count } = withSign[sign];
  if (isNumeric && count === 0) return { topic: 'no numbers', problem: `has no numbers, but ${odd.format()}` };
  if (isNumeric || odd.count === 0) return undefined;
  const [usual] = withSign[sign].only.first;
  const [other] = withSign[sign === '.' ? ',' : '.'].only.first;
  const problem =
    usual && other
      ? `has numbers with a decimal point and others with a decimal comma, such as ${formatExample(usual)} and ${formatExample(other)}`
      : `has ${formatCount(count, 'number')}, and ${formatCount(odd.count, 'cell')} that cannot be read as ${odd.count === 1 ? 'one' : 'numbers'}: ${odd.format()}`;
  return { topic: 'odd cells', problem, ...(odd.texts && { texts: odd.texts }) };
}

function findSignQuestion(
  { numbers, withSign, ambiguous }: ColumnTally,
  rules: ColumnRules,
  { signs, delimiter }: FileContext,
): ColumnQuestion | undefined {
  const isEither = withSign['.'].count === numbers.count && withSign[','].count === numbers.count;
  if (rules.decimal || !isEither || signs.size === 1) return undefined;
  // A point is the usual sign, except where semicolons suggest that the comma is.
  const isPointDoubtful = signs.size > 1 || delimiter === ';';
  const [first] = ambiguous[','].count > 0 || !isPointDoubtful ? ambiguous[','].first : ambiguous['.'].first;
  const reading = first && readNumber(first.text);
  if (!first || !reading) return undefined;
  const values = DECIMAL_SIGNS.map((sign) => String(reading[sign]?.value)).join(' or ');
  const problem = `has numbers such as ${formatExample(first)}, which can be ${values}`;
  return { topic: 'decimal sign', problem, texts: [first.text] };
}

function findUnitQuestion({ units }: ColumnTally, rules: ColumnRules): ColumnQuestion | undefined {
  const named = [...units].filter(([unit]) => unit !== '');
  const bare = units.get('');
  const mixed = named.length > 1 ? named.map(([, example]) => example) : [];
  if (named.length === 1 && named[0]?.[0] === '%' && bare) mixed.push(named[0][1], bare);
  if (rules.isNumeric || mixed.length === 0) return undefined;
  return { topic: 'units', problem: `mixes units, as in ${mixed.slice(0, 3).map(formatExample).join(' and ')}` };
}

function toSpellingNotices(
  { decorated, ambiguous, numbers, compactDates, tooLong }: ColumnTally,
  sign: DecimalSign,
): string[] {
  const [compact] = compactDates.first;
  if (compact && compactDates.count === numbers.count)
    return [
      `numbers such as ${formatExample(compact)} look like dates, but only dates such as 2026-11-23 are read as dates`,
    ];
  const [long] = tooLong.first;
  if (long) return [`numbers of 16 digits or more, such as ${formatExample(long)}, are rounded`];
  const show = (examples: Iterable<Example>) =>
    [...examples].flatMap((example) => {
      const value = readNumber(example.text)?.[sign]?.value;
      return value === undefined ? [] : [[formatExample(example), String(value)] as const];
    });
  const shown = show(decorated.values());
  const [first, ...others] = shown.length > 0 || sign === '.' ? shown : show(ambiguous['.'].first.slice(0, 1));
  if (!first) return [];
  return [[`numbers such as ${first[0]} are read as ${first[1]}`, ...others.map((one) => one.join(' as '))].join(', ')];
}

function decideDates(tally: ColumnTally, rules: ColumnRules, { markers }: FileContext): Decision {
  const { texts, booleans, numbers, inOrder, empty, missing } = tally;
  const order = rules.dateOrder ?? (inOrder.mdy.count > inOrder.dmy.count ? 'mdy' : 'dmy');
  const unreadable = joinExamples(texts, booleans, numbers, inOrder[order === 'dmy' ? 'mdy' : 'dmy'].only);
  return {
    nature: 'date',
    gaps: { empty: empty.count, marked: joinExamples(missing, tally.markers), unreadable },
    range: NO_RANGE,
    dates: { order, since: inOrder[order].min },
    read: (text) => {
      const trimmed = text.trim();
      return !markers.isMissing(trimmed) && readDate(trimmed)?.[order] !== undefined ? trimmed : null;
    },
    isMissing: (text) => markers.isMissingNumber(text.trim()),
    question: toDateQuestion(tally, rules, unreadable),
    notices: [],
  };
}

function toDateQuestion(
  { dates, inOrder, ambiguousDates }: ColumnTally,
  { dateOrder }: ColumnRules,
  odd: Examples,
): ColumnQuestion | undefined {
  if (odd.count > 0) {
    const cells = `${formatCount(odd.count, 'cell')} that cannot be read as ${odd.count === 1 ? 'one' : 'dates'}`;
    const problem = `has ${formatCount(dates.count, 'date')}, and ${cells}: ${odd.format()}`;
    const hasOtherOrder = odd.first.every(({ text }) => readDate(text) !== undefined);
    return {
      topic: 'odd cells',
      problem,
      ...(odd.texts && { texts: odd.texts }),
      ...(hasOtherOrder && { hasOtherOrder }),
    };
  }
  const [first] = ambiguousDates.first;
  const isCertain = inOrder.dmy.only.count + inOrder.mdy.only.count > 0;
  if (!first || isCertain || dateOrder) return undefined;
  return {
    topic: 'date order',
    problem: `has dates such as ${formatExample(first)}, of which either number can be the day`,
  };
}

function decideBooleans({ empty, missing }: ColumnTally, { markers }: FileContext): Decision {
  const isMissing = (text: string) => markers.isMissing(text.trim());
  return {
    nature: 'boolean',
    gaps: { empty: empty.count, marked: missing, unreadable: new Examples() },
    range: NO_RANGE,
    dates: undefined,
    read: (text) => (isMissing(text) ? null : (toBoolean(text.trim()) ?? null)),
    isMissing,
    question: undefined,
    notices: [],
  };
}

function decideText(tally: ColumnTally, { markers }: FileContext): Decision {
  const { empty, missing } = tally;
  const isMissing = (text: string) => markers.isMissing(text.trim());
  return {
    nature: 'text',
    gaps: { empty: empty.count, marked: missing, unreadable: new Examples() },
    range: NO_RANGE,
    dates: undefined,
    read: (text) => (isMissing(text) ? null : text.trim()),
    isMissing,
    question: undefined,
    notices: toMixtureNotices(tally),
  };
}

/** Why a column with numbers or booleans is one of text. */
function toMixtureNotices(tally: ColumnTally): string[] {
  const { numbers, texts, booleans, dates, markers, leadingZeros, tooLong, measures } = tally;
  const present = countPresent(tally);
  const [code = tooLong.first[0]] = leadingZeros.first;
  if (code && areCodes(tally) && numbers.count >= MOSTLY * present) {
    const what = leadingZeros.count > 0 ? 'digits with leading zeros' : 'numbers of 16 digits or more';
    return [`${what}, such as ${formatExample(code)}, are codes, not numbers`];
  }
  const [[unit, measured] = []] = measures;
  const [example] = measured?.first ?? [];
  if (measures.size === 1 && unit !== undefined && example && measured && measured.count >= MOSTLY * present)
    return [
      `numbers with a unit, such as ${formatExample(example)}, are texts; without ${quoteText(unit)} they would be numbers`,
    ];
  for (const [kind, some, others] of [
    ['numbers', numbers, joinExamples(texts, booleans, dates, markers)],
    ['booleans', booleans, joinExamples(texts, numbers, dates, markers)],
    ['dates', dates, joinExamples(texts, numbers, booleans, markers)],
  ] as const) {
    const [other] = others.first;
    if (some.count === 0 || some.count < NOTABLE * present || !other) continue;
    return [
      `${some.count} of ${present + markers.count} cells are ${kind}, but ${formatExample(other)} is not, so all are text`,
    ];
  }
  return [];
}

function joinExamples(...parts: readonly Examples[]): Examples {
  return parts.reduce((all, part) => all.merge(part), new Examples());
}
