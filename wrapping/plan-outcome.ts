/**
 * Plans what a wrapped model predicts: the classes named by the user, else those that the upstream declares, else those in its
 * answers. Neither the order of probabilities nor the meaning of a number is guessed: it is stated, or the rows prove it.
 */
import type { RemoteAnswer } from '../remote/adapter.ts';
import { MAX_NUMBER_CLASSES } from '../csv/survey-columns.ts';
import type { ProblemType } from '../models/deployment-file.ts';
import { isNumeric } from '../remote/reply/is-numeric.ts';
import type { OutputSettings } from '../remote/remote-settings.ts';
import { formatClasses, sortClasses, type Class } from './class-labels.ts';
import { checkClasses, checkSpelling, type LabelComparison } from './compare-labels.ts';
import { explainNumber, toNumberQuestion, type NumberMeaning } from './explain-number.ts';
import { findOrder } from './find-order.ts';
import { toTypeOfNumbers, type RowsColumn } from '../csv/rows-column.ts';
import { toVectors, toWidth } from './to-vectors.ts';
import { CommandError } from '../errors/command-error.ts';

export interface OutcomeHints {
  /** The user's choices. */
  readonly labels?: readonly Class[];
  readonly problemType?: ProblemType;
  /** The classes that the upstream declares, by its own labels. */
  readonly declared?: readonly Class[] | undefined;
  /** The true labels of the rows. */
  readonly label: RowsColumn | undefined;
  readonly output: Partial<OutputSettings>;
}

export interface OutcomePlan {
  readonly problemType: ProblemType;
  readonly type: 'string' | 'integer' | 'long' | 'double';
  /** In the order of the probabilities; missing for a regression. */
  readonly classes?: readonly Class[];
  /** Settings that follow from the rows. */
  readonly settings?: { readonly output: Readonly<Record<string, string>> };
  readonly notices: readonly string[];
}

/**
 * Plans the outcome.
 * @param answer the upstream's answer to the rows
 * @throws {CommandError} if the user must decide
 */
export function planOutcome(hints: OutcomeHints, answer: RemoteAnswer): OutcomePlan {
  const { labels, problemType, declared, label, output } = hints;
  if (problemType === 'regression') {
    if (labels) throw new CommandError('--labels: a regression has no classes.');
    return toRegression();
  }
  const hasAmounts = label !== undefined && isAmount(label);
  const truth = label && !hasAmounts ? listTruth(label) : undefined;
  const known = labels ?? declared?.map((name) => mapLabel(name, output.labels));
  const numbers = listProbabilities(answer, known);
  if (numbers && !(hasAmounts && !known && !problemType))
    throw toNumberQuestion({ numbers, classes: known, truth, column: label?.name });
  if (known) {
    const plan = toClassification(known, problemType);
    const predicted = output.argmax ? [] : listLabels(answer, output);
    const comparison = { predicted, truth, column: label?.name ?? '' };
    checkClasses(known, labels ? '--labels has' : 'the server declares', comparison);
    return plan;
  }
  if (!problemType && hasAmounts)
    return toRegression(
      `Column ${label.name} has amounts: this is a regression, unless --problem-type says otherwise.`,
    );
  return readOutcome(answer, truth, hints);
}

function toRegression(...notices: string[]): OutcomePlan {
  return { problemType: 'regression', type: 'double', notices };
}

function toClassification(
  classes: readonly Class[],
  wanted: ProblemType | undefined,
  ...notices: string[]
): OutcomePlan {
  const numbers = classes.filter((name) => typeof name === 'number');
  if (numbers.length > 0 && numbers.length < classes.length)
    throw new CommandError('--labels: expected either text or numbers, not both.');
  if (new Set(classes).size < classes.length) throw new CommandError('--labels: expected each class once.');
  if (classes.length < 2)
    throw new CommandError(`One class is not enough (${formatClasses(classes)}); name all classes with --labels.`);
  const problemType = classes.length === 2 ? 'binary' : 'multiclass';
  if (wanted && wanted !== problemType)
    throw new CommandError(`--problem-type: ${classes.length} classes are ${problemType}, not ${wanted}.`);
  return { problemType, type: numbers.length > 0 ? toTypeOfNumbers(numbers) : 'string', classes, notices };
}

/** Whether the values of a column are amounts rather than class numbers. */
function isAmount({ type, toCells }: RowsColumn): boolean {
  if (type === undefined || type === 'string' || type === 'boolean') return false;
  return areAmounts(toCells(type).filter((cell) => cell !== null));
}

function areAmounts(values: readonly unknown[]): boolean {
  return values.some((value) => !Number.isInteger(value)) || new Set(values).size > MAX_NUMBER_CLASSES;
}

/** The true class of each row; undefined without a usable column. */
function listTruth({ type, toCells }: RowsColumn): (Class | undefined)[] | undefined {
  if (type === undefined) return undefined;
  return toCells(type).map((cell) => (cell === null ? undefined : toClass(cell)));
}

/** Predictions that look like probabilities, one per row; undefined if they are the known classes, or anything else. */
function listProbabilities(
  { predictions, probabilities, positive, confidences }: RemoteAnswer,
  known: readonly Class[] | undefined,
): number[] | undefined {
  if (!predictions || probabilities || positive || confidences) return undefined;
  const values = readFractions(predictions.map(unwrap));
  const numbers = values.filter((value) => typeof value === 'number' && value >= 0 && value <= 1) as number[];
  if (numbers.length < values.length || numbers.every(Number.isInteger)) return undefined;
  return known && numbers.every((number) => known.some((name) => Number(name) === number)) ? undefined : numbers;
}

/** The predicted labels as classes; empty if there are none, or only class indices. */
function listLabels({ predictions }: RemoteAnswer, { scalar, labels }: OutcomeHints['output']): Class[] {
  if (!predictions || scalar === 'class_index') return [];
  return readFractions(predictions.map(unwrap)).map((value) => mapLabel(toClass(value), labels));
}

/** Numbers with fractions that a server has written as text, as numbers; whole numbers as text may be classes. */
function readFractions(values: readonly unknown[]): readonly unknown[] {
  const areNumeric = values.every((value) => typeof value === 'string' && isNumeric(value));
  return areNumeric && values.some((value) => !Number.isInteger(Number(value))) ? values.map(Number) : values;
}

function mapLabel(label: Class, labels: OutputSettings['labels']): Class {
  return labels && Object.hasOwn(labels, String(label)) ? (labels[String(label)] as Class) : label;
}

function unwrap(value: unknown): unknown {
  return Array.isArray(value) && value.length === 1 ? (value[0] as unknown) : value;
}

function readOutcome(
  answer: RemoteAnswer,
  truth: readonly (Class | undefined)[] | undefined,
  hints: OutcomeHints,
): OutcomePlan {
  const { problemType, output, label } = hints;
  const { predictions, probabilities, positive } = answer;
  const expected = truth && sortClasses(truth.filter((value) => value !== undefined));
  if (positive)
    throw toLabelsError('The reply has one probability per row, that of the second of two classes', 2, expected);
  if (!predictions) {
    const width = toWidth(probabilities ?? [], truth?.length);
    if (width === 0) throw toUnknownResultError();
    throw toLabelsError(`The reply has ${width} probabilities per row and no labels`, width, expected);
  }
  if (output.scalar === 'class_index')
    throw toLabelsError('The reply has class indices (output.scalar)', undefined, expected);
  const values = listLabels(answer, output);
  const areNumbers = values.every((value) => typeof value === 'number');
  if (areNumbers && !problemType && !probabilities && areAmounts(values)) {
    checkRegression(expected, label);
    return toRegression('The predictions are amounts: this is a regression, unless --problem-type says otherwise.');
  }
  const comparison = { predicted: values, truth, column: label?.name ?? '' };
  checkSpelling(comparison);
  const found = joinClasses(comparison, Object.values(output.labels ?? {}));
  if (probabilities) return fromProbabilities(values, probabilities, found, problemType);
  return fromLabelsAlone(found, areNumbers, problemType, explainNumber(answer.number, values, found));
}

/** Amounts as predictions contradict true labels that are text, or only two numbers. */
function checkRegression(expected: readonly Class[] | undefined, label: RowsColumn | undefined): void {
  if (!expected || !label || expected.length === 0) return;
  if (expected.every((name) => typeof name === 'number') && expected.length > 2) return;
  throw new CommandError(
    `The server predicts amounts, but column ${JSON.stringify(label.name)} has ${formatClasses(expected)}. If this is a regression, ` +
      '--problem-type regression says so; if the server also sends labels or probabilities, --set output.prediction=… or ' +
      '--set output.probability=… names them.',
  );
}

/** The classes in predictions, in the true labels, and in the setting that maps labels; all of one type. */
function joinClasses({ predicted, truth = [] }: LabelComparison, mapped: readonly Class[]): Class[] {
  const [first] = predicted;
  const others = [...truth.filter((value) => value !== undefined), ...mapped].filter(
    (name) => !predicted.some((label) => String(label) === String(name)),
  );
  return sortClasses([...predicted, ...others.map((name) => (typeof first === 'string' ? String(name) : name))]);
}

function fromProbabilities(
  values: readonly Class[],
  probabilities: readonly unknown[],
  found: readonly Class[],
  problemType: ProblemType | undefined,
): OutcomePlan {
  const vectors = toVectors(probabilities, values.length);
  const width = vectors[0]?.length ?? 0;
  if (found.length !== width)
    throw toLabelsError(
      `The reply has ${width} probabilities per row, but ${found.length} labels occur (${formatClasses(found)})`,
      width,
      undefined,
    );
  const order = findOrder(values, vectors, found);
  if (!order) {
    const hint = '; if the prediction is not always the most probable class, --set output.argmax=true ignores it';
    throw toLabelsError('The rows do not prove the order of the probabilities', width, found, hint);
  }
  const notice = `The order of the probabilities follows from the rows: ${formatClasses(order)}.`;
  return toClassification(order, problemType, notice);
}

function fromLabelsAlone(
  found: readonly Class[],
  areNumbers: boolean,
  wanted: ProblemType | undefined,
  meaning: NumberMeaning | undefined,
): OutcomePlan {
  if (found.length < 2) {
    const amounts = areNumbers ? ' If it is an amount, use --problem-type regression.' : '';
    throw new CommandError(
      `The replies contain only one label (${formatClasses(found)}): give more rows, or name all classes with --labels.${amounts}`,
    );
  }
  const notices = [
    `The classes are those found in the rows: ${formatClasses(found)}. If there are more, name all of them with --labels.`,
    ...(meaning ? [meaning.notice] : []),
  ];
  const plan = toClassification(meaning?.classes ?? found, wanted, ...notices);
  return meaning?.settings ? { ...plan, settings: meaning.settings } : plan;
}

/** Does not propose an order: a user who copies a wrong one gets wrong probabilities that nobody notices. */
function toLabelsError(
  what: string,
  count: number | undefined,
  inFile: readonly Class[] | undefined,
  hint = '',
): CommandError {
  const number = count === undefined ? '' : `${count} `;
  const inRows = inFile && inFile.length > 0 ? ` (the rows have ${formatClasses(inFile)})` : '';
  return new CommandError(
    `${what}: name the ${number}classes${inRows} in the order of the probabilities with --labels${hint}.`,
  );
}

/** A label as a class. A boolean becomes text, because OpenScale rejects boolean predictions. */
function toClass(value: unknown): Class {
  if (typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value))) return value;
  if (typeof value === 'boolean') return String(value);
  throw toUnknownResultError();
}

function toUnknownResultError(): CommandError {
  return new CommandError(
    'The reply does not have one label or number per row; --set output.prediction=… names the key that has it.',
  );
}
