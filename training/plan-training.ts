/** Decides what is learned from which columns, given the survey of a file and the user's options. */
import { toNumberType, type Cell } from '../csv/cell-type.ts';
import { MAX_CATEGORIES } from '../csv/column-tally.ts';
import type { ColumnSurvey } from '../csv/column-survey.ts';
import { formatMarked, formatSpellings, formatUnreadable, formatVariants } from '../csv/describe-column.ts';
import { formatExample } from '../csv/examples.ts';
import { formatName, quoteText, toListArgument } from '../errors/quote-text.ts';
import { isNameless } from '../csv/nameless.ts';
import { MAX_NUMBER_CLASSES, type Survey } from '../csv/survey-columns.ts';
import { CommandError } from '../errors/command-error.ts';
import type { DateOrder } from '../models/calendar-date.ts';
import type { ProblemType } from '../models/deployment-file.ts';
import { formatQuestion } from './ask-user.ts';
import { planSplit, type SplitPlan } from './plan-split.ts';
import { findPositive } from './positive-class.ts';
import type { TrainingChoices } from './training-choices.ts';

/** OpenScale's limit. */
const MAX_FEATURES = 1012;
const MAX_CLASSES = 1000;
/** Columns of at most this many different values are never taken for identifiers. */
const FEW_VALUES = 20;
/** Text columns with a larger share of distinct values are treated as identifiers. */
const IDENTIFIER_SHARE = 0.5;
const UNSAFE = /["=]/g;

/** A column to learn from. */
export interface FeaturePlan {
  readonly name: string;
  readonly type: 'integer' | 'long' | 'double' | 'boolean' | 'string';
  readonly categorical: boolean;
  readonly nullable: boolean;
  /** How the dates of the column are read, if it is one of dates. */
  readonly dates?: { readonly order: DateOrder; readonly since: number };
  readonly survey: ColumnSurvey;
}

export interface LabelPlan {
  /** Its position in the records, from 0. */
  readonly index: number;
  readonly name: string;
  readonly type: 'integer' | 'long' | 'double' | 'string';
  /** The classes in order; undefined for a regression. */
  readonly classes: readonly (string | number)[] | undefined;
  /** The position of the class that the user calls positive. */
  readonly positive?: number;
  /** The target of a cell: the position of its class, or its number; null if it is missing. */
  readonly read: (text: string) => number | null;
}

export interface TrainingPlan {
  readonly problemType: ProblemType;
  readonly label: LabelPlan;
  readonly features: readonly FeaturePlan[];
  /** What decides which rows are held out; by default they are drawn at random. */
  readonly split?: SplitPlan;
  /** What probably should not be so: rows that are lost, columns that should not be learned from; one sentence each. */
  readonly warnings: readonly string[];
  /** What was left out or treated differently than expected, and why; one sentence each. */
  readonly notices: readonly string[];
}

/**
 * Decides what to learn.
 * @param choices as resolveChoices gives them
 * @throws {CommandError} if nothing can be learned, with the way out
 */
export function planTraining(survey: Survey, choices: TrainingChoices): TrainingPlan {
  const { rows, columns } = survey;
  if (rows === 0) throw new CommandError('The file has a header and no rows.');
  const labelSurvey = columns.find(({ name }) => name === choices.label);
  if (!labelSurvey) throw new CommandError(`There is no column ${quoteText(choices.label)}.`);
  const separating = columns.find(({ name }) => name === (choices.group ?? choices.time));
  const used = columns.filter(
    (column) =>
      column !== labelSurvey &&
      !choices.drop?.includes(column.name) &&
      (choices.features?.includes(column.name) ?? column !== separating),
  );
  checkQuestions(labelSurvey, used, separating, choices);
  const warnings: string[] = [];
  const notices = [...survey.notices];
  const split = planSplit(columns, choices, warnings);
  if (split && !choices.features)
    notices.push(
      `${formatName(split.name)}: decides which rows are held out, and is not learned from (--features can name it).`,
    );
  const { problemType, ...label } = planLabel(labelSurvey, rows, choices, warnings, notices);
  const features: FeaturePlan[] = [];
  for (const column of used) {
    const feature = planFeature(column, rows, choices, notices);
    if (feature) features.push({ ...feature, name: toSafeName(column.name, choices) });
  }
  if (features.length === 0) throw new CommandError(toNothingLeft(columns, used, notices));
  const name = toSafeName(labelSurvey.name, choices);
  checkFeatureNames(features, name, problemType);
  const positive = choices.positive === undefined ? undefined : findPositive(choices.positive, name, label.classes);
  if (features.length > MAX_FEATURES) {
    throw new CommandError(
      `The file has ${features.length} features; OpenScale accepts at most ${MAX_FEATURES}. Choose some with --features or leave some out with --drop.`,
    );
  }
  notices.push(...toBlankNotices([labelSurvey, ...features.map((feature) => feature.survey)]));
  return {
    problemType,
    label: { ...label, index: labelSurvey.index, name, ...(positive !== undefined && { positive }) },
    features,
    ...(split && { split }),
    warnings: [...warnings, ...survey.warnings],
    notices,
  };
}

function toNothingLeft(
  columns: readonly ColumnSurvey[],
  used: readonly ColumnSurvey[],
  notices: readonly string[],
): string {
  const others = columns.length - 1;
  const why =
    others === 0 ? 'The label is the only column of the file.' : '--features and --drop leave out all others.';
  return ['No column is left to learn from.', ...(used.length === 0 ? [why] : []), ...notices].join(' ');
}

/** Everything that the user has to decide is said at once. */
function checkQuestions(
  label: ColumnSurvey,
  features: readonly ColumnSurvey[],
  separating: ColumnSurvey | undefined,
  { dates, time }: TrainingChoices,
): void {
  const timeColumns = separating && time !== undefined ? [separating] : [];
  // Dates that are left out need no order.
  const isRead = (column: ColumnSurvey) => dates === true || column.nature !== 'date' || timeColumns.includes(column);
  const others = [...new Set([...timeColumns, ...features])].filter((column) => column.question && isRead(column));
  const questions = [
    ...(label.question ? [formatQuestion(label, 'label')] : []),
    ...others.map((column) => formatQuestion(column, 'feature')),
  ];
  if (questions.length > 1)
    throw new CommandError(`${questions.length} columns need a decision:\n${questions.join('\n')}`);
  if (questions[0] !== undefined) throw new CommandError(questions[0]);
}

/** Names must differ from each other, also after --safe-names, and from those of the result columns. */
function checkFeatureNames(features: readonly FeaturePlan[], label: string, problemType: ProblemType): void {
  const results = problemType === 'regression' ? ['prediction'] : ['prediction', 'probability'];
  const taken = new Set([label]);
  for (const { name } of features) {
    if (results.includes(name)) {
      throw new CommandError(
        `Column ${quoteText(name)}: scoring answers contain a column of this name. Rename it in the file or leave it out with --drop.`,
      );
    }
    if (taken.has(name)) {
      throw new CommandError(`--safe-names gives two columns the name ${quoteText(name)}. Rename one in the file.`);
    }
    taken.add(name);
  }
}

function toSafeName(name: string, { safeNames }: TrainingChoices): string {
  if (!/["=]/.test(name)) return name;
  if (safeNames) return name.replace(UNSAFE, '_');
  throw new CommandError(
    `Column ${quoteText(name)}: OpenScale fails on names with " or =. Rename it in the file, leave it out with --drop, or replace these characters with --safe-names.`,
  );
}

function planLabel(
  survey: ColumnSurvey,
  rows: number,
  choices: TrainingChoices,
  warnings: string[],
  notices: string[],
) {
  const { name, nature, counts, missing, first, range } = survey;
  const what = `The label ${quoteText(name)}`;
  const dropped = missing > 0 ? [toDroppedWarning(survey, rows, choices)] : [];
  warnings.push(...dropped);
  if (nature === 'empty') throw new CommandError([`${what} has no values.`, ...dropped].join(' '));
  if (counts?.size === 1 || range[0] === range[1]) {
    const where = missing > 0 ? 'in every row that has one' : 'in every row';
    const complaint = `${what} has the same value ${where}, ${first ? formatExample(first) : ''}; there is nothing to learn.`;
    throw new CommandError([complaint, ...dropped].join(' '));
  }
  const isNumber = nature === 'integer' || nature === 'double';
  const hasFewNumbers =
    isNumber && counts !== undefined && counts.size <= MAX_NUMBER_CLASSES && [...counts.keys()].every(Number.isInteger);
  const areClasses = !isNumber || hasFewNumbers || choices.categorical?.includes(name);
  const type = isNumber ? toNumberType(nature === 'integer', range) : 'string';
  notices.push(...survey.notices.map((notice) => `${formatName(name)}: ${notice}.`));
  warnings.push(...formatVariants(survey).map((notice) => `The classes ${notice}.`));
  if (choices.problemType === 'regression' || (!choices.problemType && !areClasses)) {
    if (!isNumber) throw new CommandError(`${what} is not numeric; a regression needs numbers.`);
    if (survey.isRowNumber)
      throw new CommandError(`${what} counts the rows; it is an identifier, not something to predict.`);
    const read = survey.read as LabelPlan['read'];
    return { problemType: 'regression', type: type, classes: undefined, read } as const;
  }
  if (
    !counts ||
    counts.size > MAX_CLASSES ||
    (counts.size > FEW_VALUES && counts.size > IDENTIFIER_SHARE * (rows - missing))
  ) {
    const size = counts ? `${counts.size}` : `more than ${MAX_CATEGORIES}`;
    throw new CommandError(
      `${what} has ${size} different values in ${rows} rows, such as ${first ? formatExample(first) : ''}: it looks like an identifier.`,
    );
  }
  if (nature === 'boolean') notices.push(...formatSpellings(survey).map((notice) => `${formatName(name)}: ${notice}.`));
  if (nature === 'boolean')
    notices.push(`${formatName(name)}: booleans are treated as text, because OpenScale rejects boolean predictions.`);
  // A boolean has the name that it has most often in the file.
  const toClass = (value: Cell) =>
    typeof value === 'boolean' ? (survey.spellings.get(value)?.[0] ?? String(value)) : value;
  const values = [...counts.keys()].sort((a, b) => compareClasses(toClass(a), toClass(b)));
  const classes = values.map(toClass);
  const problemType = classes.length === 2 ? 'binary' : 'multiclass';
  if (choices.problemType && choices.problemType !== problemType) {
    throw new CommandError(
      `${what} has ${classes.length} classes; that is ${problemType}, not ${choices.problemType}.`,
    );
  }
  const positions = new Map(values.map((value, position) => [value, position]));
  const read = (text: string) => {
    const value = survey.read(text);
    return value === null ? null : (positions.get(value) ?? null);
  };
  return { problemType, type, classes, read } as const;
}

function compareClasses(a: string | number, b: string | number): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return a < b ? -1 : a > b ? 1 : 0;
}

function toDroppedWarning({ name, nature, missing, gaps }: ColumnSurvey, rows: number, choices: TrainingChoices) {
  const { empty, marked, unreadable } = gaps;
  const parts = [
    ...(empty > 0 ? [`${empty} empty`] : []),
    ...(marked.count > 0 ? [`${marked.count} with ${marked.format()}`] : []),
    ...(unreadable.count > 0 ? [`${unreadable.count} with ${unreadable.format()}, which cannot be read`] : []),
  ];
  const isText = nature === 'text' || nature === 'boolean' || nature === 'empty';
  const keeping = `--missing ""${isText ? '' : ` --categorical ${toListArgument([name])}`}`;
  const hint = marked.count > 0 && !choices.missing ? ` If that is a class, ${keeping} keeps it.` : '';
  return `${missing} of ${rows} rows have no label in ${formatName(name)} and are left out: ${parts.join('; ')}.${hint}`;
}

/** A feature; or undefined, with a notice, if nothing can be learned from the column. */
function planFeature(
  survey: ColumnSurvey,
  rows: number,
  choices: TrainingChoices,
  notices: string[],
): Omit<FeaturePlan, 'name'> | undefined {
  const { name, nature, counts, missing, first } = survey;
  const shown = formatName(name);
  const example = first ? formatExample(first) : '';
  const forced = choices.categorical?.includes(name) ?? false;
  const column = toListArgument([name]);
  const leave = (why: string): undefined => {
    notices.push(`${shown}: left out; ${why}.`);
    return undefined;
  };
  if (nature === 'empty') {
    leave('it has no values');
    return;
  }
  if (counts?.size === 1 && missing === 0) {
    leave(`it has the same value in every row, ${example}`);
    return;
  }
  if (isNameless(name) && !choices.features) {
    leave(`pandas names columns without a name like this (--features ${column} includes it)`);
    return;
  }
  const keep = (feature: Pick<FeaturePlan, 'type' | 'categorical' | 'dates'>) => {
    notices.push(...toCellNotices(survey, choices).map((notice) => `${shown}: ${notice}.`));
    return { ...feature, nullable: missing > 0, survey };
  };
  if (nature === 'integer' || nature === 'double') {
    const type = toNumberType(nature === 'integer', survey.range);
    if (forced) return keep({ type, categorical: true });
    if (survey.isRowNumber && !choices.features) {
      leave(`it counts the rows, from ${example} on (--features ${column} includes it anyway)`);
      return;
    }
    return keep({ type, categorical: false });
  }
  if (nature === 'boolean') return keep({ type: 'boolean', categorical: false });
  if (nature === 'date') {
    if (choices.dates && survey.dates) return keep({ type: 'string', categorical: true, dates: survey.dates });
    leave(
      `it holds dates, such as ${example} (--dates learns from their year, month, weekday and the days since the first; --categorical ${column} treats them as categories)`,
    );
    return;
  }
  const distinct = counts?.size ?? Infinity;
  const asked = forced || choices.features;
  if (!asked && distinct > FEW_VALUES && distinct > IDENTIFIER_SHARE * (rows - missing)) {
    const reason = survey.notices.map((notice) => `; ${notice}`).join('');
    leave(
      `almost every row has a different text, such as ${example}${reason} (--categorical ${column} includes it anyway)`,
    );
    return;
  }
  return keep({ type: 'string', categorical: true });
}

function toCellNotices(survey: ColumnSurvey, { missing }: TrainingChoices): string[] {
  const hint = survey.nature === 'text' && !missing ? '; --missing "" keeps them as categories' : '';
  return [
    ...survey.notices,
    ...formatVariants(survey),
    ...formatUnreadable(survey),
    ...formatMarked(survey).map((notice) => `${notice}${hint}`),
  ];
}

function toBlankNotices(columns: readonly ColumnSurvey[]): string[] {
  const padded = columns.filter((column) => column.padded.count > 0);
  const [first] = padded[0]?.padded.first ?? [];
  if (!first) return [];
  const names = padded.slice(0, 5).map(({ name }) => formatName(name));
  const list = `${names.join(', ')}${padded.length > names.length ? ', …' : ''}`;
  return [`Blanks around the texts of ${list} do not count, as in ${formatExample(first)}.`];
}
