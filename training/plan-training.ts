/** Decides what is learned from which columns, given the survey of a file and the user's options. */
import type { ColumnSurvey, Survey } from '../csv/survey-columns.ts';
import { toNumber, toNumberType } from '../csv/cell-type.ts';
import { MAX_CATEGORIES, MAX_NUMBER_CLASSES } from '../csv/survey-columns.ts';
import type { ProblemType } from '../models/deployment-file.ts';
import { CommandError } from '../errors/command-error.ts';

/** OpenScale's limit. */
const MAX_FEATURES = 1012;
const MAX_CLASSES = 1000;
/** Text columns with a larger share of distinct values are treated as identifiers. */
const IDENTIFIER_SHARE = 0.5;
const UNSAFE = /["=]/g;

/** The user's options; names are those of the file. */
export interface TrainingChoices {
  readonly label: string;
  readonly problemType?: ProblemType;
  /** The features; by default all columns but the label. */
  readonly features?: readonly string[];
  /** Columns to treat as categories, whatever they hold. */
  readonly categorical?: readonly string[];
  readonly drop?: readonly string[];
  /** Whether `"` and `=` in names, on which OpenScale fails, are replaced by `_`. */
  readonly safeNames?: boolean;
}

/** A column to learn from. */
export interface FeaturePlan {
  /** Its position in the file, from 0. */
  readonly index: number;
  readonly name: string;
  readonly type: 'integer' | 'long' | 'double' | 'boolean' | 'string';
  readonly categorical: boolean;
  readonly nullable: boolean;
  readonly survey: ColumnSurvey;
}

export interface LabelPlan {
  readonly index: number;
  readonly name: string;
  readonly type: 'integer' | 'long' | 'double' | 'string';
  /** The classes in order, and the texts of the file with the class of each; undefined for a regression. */
  readonly classes: readonly (string | number)[] | undefined;
  readonly texts: ReadonlyMap<string, number> | undefined;
}

export interface TrainingPlan {
  readonly problemType: ProblemType;
  readonly label: LabelPlan;
  readonly features: readonly FeaturePlan[];
  /** What was left out or treated differently than expected, and why; one sentence each. */
  readonly notices: readonly string[];
}

/**
 * Decides what to learn.
 * @throws {CommandError} if nothing can be learned, with the way out
 */
export function planTraining({ rows, columns }: Survey, choices: TrainingChoices): TrainingPlan {
  checkNames(columns, choices);
  if (rows === 0) throw new CommandError('The file has a header and no rows.');
  const notices: string[] = [];
  const labelSurvey = columns.find(({ name }) => name === choices.label) as ColumnSurvey;
  const { problemType, ...label } = planLabel(labelSurvey, rows, choices, notices);
  const features: FeaturePlan[] = [];
  for (const [index, survey] of columns.entries()) {
    if (survey === labelSurvey || choices.drop?.includes(survey.name)) continue;
    if (choices.features && !choices.features.includes(survey.name)) continue;
    const feature = planFeature(survey, index, rows, choices, notices);
    if (feature) features.push({ ...feature, name: toSafeName(survey.name, choices) });
  }
  if (features.length === 0) throw new CommandError(['No column is left to learn from.', ...notices].join(' '));
  const name = toSafeName(labelSurvey.name, choices);
  checkFeatureNames(features, name, problemType);
  if (features.length > MAX_FEATURES) {
    throw new CommandError(
      `The file has ${features.length} features; OpenScale accepts at most ${MAX_FEATURES}. Choose some with --features or leave some out with --drop.`,
    );
  }
  return {
    problemType,
    label: { ...label, index: columns.indexOf(labelSurvey), name },
    features,
    notices,
  };
}

function checkNames(columns: readonly ColumnSurvey[], choices: TrainingChoices): void {
  const names = columns.map(({ name }) => name);
  const asked: [string, readonly string[] | undefined][] = [
    ['--label', [choices.label]],
    ['--features', choices.features],
    ['--categorical', choices.categorical],
    ['--drop', choices.drop],
  ];
  for (const [option, wanted] of asked) {
    const unknown = wanted?.find((name) => !names.includes(name));
    if (unknown === undefined) continue;
    throw new CommandError(
      `${option}: there is no column ${JSON.stringify(unknown)}; the columns are ${names.slice(0, 20).join(', ')}${names.length > 20 ? ', …' : ''}.`,
    );
  }
  if (choices.drop?.includes(choices.label)) throw new CommandError('--drop: the label cannot be dropped.');
}

/** Names must differ from each other, also after --safe-names, and from those of the result columns. */
function checkFeatureNames(features: readonly FeaturePlan[], label: string, problemType: ProblemType): void {
  const results = problemType === 'regression' ? ['prediction'] : ['prediction', 'probability'];
  const taken = new Set([label]);
  for (const { name } of features) {
    if (results.includes(name)) {
      throw new CommandError(
        `Column ${JSON.stringify(name)}: scoring answers contain a column of this name. Rename it in the file or leave it out with --drop.`,
      );
    }
    if (taken.has(name)) {
      throw new CommandError(
        `--safe-names gives two columns the name ${JSON.stringify(name)}. Rename one in the file.`,
      );
    }
    taken.add(name);
  }
}

function toSafeName(name: string, { safeNames }: TrainingChoices): string {
  if (!UNSAFE.test(name)) return name;
  UNSAFE.lastIndex = 0;
  if (safeNames) return name.replace(UNSAFE, '_');
  throw new CommandError(
    `Column ${JSON.stringify(name)}: OpenScale fails on names with " or =. Rename it in the file, leave it out with --drop, or replace these characters with --safe-names.`,
  );
}

function planLabel(survey: ColumnSurvey, rows: number, choices: TrainingChoices, notices: string[]) {
  const { name, nature, counts, missing } = survey;
  const what = `The label ${JSON.stringify(name)}`;
  if (missing > 0) notices.push(`${name}: ${missing} rows without a label are left out.`);
  if (nature === 'empty') throw new CommandError(`${what} has no values.`);
  if (nature === 'comma-number')
    throw new CommandError(`${what} has numbers with commas (line ${survey.firstLine}); decimal points are required.`);
  if (counts?.size === 1 || survey.range[0] === survey.range[1])
    throw new CommandError(`${what} has the same value in every row; there is nothing to learn.`);
  const isNumber = nature === 'integer' || nature === 'double';
  const fewNumbers = counts !== undefined && counts.size <= MAX_NUMBER_CLASSES && nature === 'integer';
  const wanted = choices.problemType ?? (isNumber && !fewNumbers ? 'regression' : undefined);
  const type = toNumberType(nature === 'integer', survey.range);
  if (wanted === 'regression') {
    if (!isNumber) throw new CommandError(`${what} is not numeric; a regression needs numbers.`);
    if (survey.isRowNumber)
      throw new CommandError(`${what} counts the rows; it is an identifier, not something to predict.`);
    return { problemType: wanted, type, classes: undefined, texts: undefined } as const;
  }
  if (!counts || counts.size > MAX_CLASSES || (counts.size > 20 && counts.size > IDENTIFIER_SHARE * (rows - missing))) {
    const size = counts ? `${counts.size}` : `more than ${MAX_CATEGORIES}`;
    throw new CommandError(`${what} has ${size} different values in ${rows} rows: it looks like an identifier.`);
  }
  if (nature === 'boolean')
    notices.push(`${name}: booleans are treated as text, because OpenScale rejects boolean predictions.`);
  const texts = [...counts.keys()];
  const classes = isNumber ? [...new Set(texts.map(toNumber))].sort((a, b) => a - b) : texts.sort();
  const problemType = classes.length === 2 ? 'binary' : 'multiclass';
  if (choices.problemType && choices.problemType !== problemType) {
    throw new CommandError(
      `${what} has ${classes.length} classes; that is ${problemType}, not ${choices.problemType}.`,
    );
  }
  const positions = new Map<string | number, number>(classes.map((value, position) => [value, position]));
  const index = new Map(texts.map((text) => [text, positions.get(isNumber ? toNumber(text) : text) as number]));
  return { problemType, type: isNumber ? type : 'string', classes, texts: index } as const;
}

/** A feature; or undefined, with a notice, if nothing can be learned from the column. */
function planFeature(survey: ColumnSurvey, index: number, rows: number, choices: TrainingChoices, notices: string[]) {
  const { name, nature, counts, missing } = survey;
  const forced = choices.categorical?.includes(name) ?? false;
  const leave = (why: string): Omit<FeaturePlan, 'name'> | undefined => {
    notices.push(`${name}: left out; ${why}.`);
    return undefined;
  };
  if (nature === 'empty') return leave('it has no values');
  if (counts?.size === 1 && missing === 0) return leave('it has the same value in every row');
  if (nature === 'comma-number' && !forced) {
    throw new CommandError(
      `Column ${JSON.stringify(name)} has numbers with commas (line ${survey.firstLine}); decimal points are required. --categorical treats them as categories, --drop leaves the column out.`,
    );
  }
  const feature = { index, nullable: missing > 0, survey };
  const isNumber = nature === 'integer' || nature === 'double';
  if (isNumber) {
    const type = toNumberType(nature === 'integer', survey.range);
    if (forced) return { ...feature, type, categorical: true };
    if (survey.isRowNumber && !choices.features) return leave('it counts the rows (--features includes it anyway)');
    return { ...feature, type, categorical: false };
  }
  if (nature === 'boolean') return { ...feature, type: 'boolean', categorical: false } as const;
  if (nature === 'date' && !forced)
    return leave('it holds dates, which the models cannot use (--categorical treats them as categories)');
  const distinct = counts?.size ?? Infinity;
  const asked = forced || choices.features;
  if (!asked && distinct > 20 && distinct > IDENTIFIER_SHARE * (rows - missing)) {
    return leave('almost every row has a different text (--categorical includes it anyway)');
  }
  return { ...feature, type: 'string', categorical: true } as const;
}
