/**
 * Plans what a wrapped model predicts: the classes named by the user, else those that the upstream declares, else those in its
 * answers. The order of the probabilities is never guessed: it is stated, or the rows prove it.
 */
import type { RemoteAnswer } from '../remote/adapter.ts';
import { MAX_NUMBER_CLASSES } from '../csv/survey-columns.ts';
import type { ProblemType } from '../models/deployment-file.ts';
import { findOrder } from './find-order.ts';
import { toTypeOfNumbers, type RowsColumn } from '../csv/rows-column.ts';
import { CommandError } from '../errors/command-error.ts';

export type Class = string | number;

export interface OutcomeHints {
  /** The user's choices. */
  readonly labels?: readonly Class[];
  readonly problemType?: ProblemType;
  /** The classes that the upstream declares. */
  readonly declared?: readonly Class[] | undefined;
  /** The true labels of the rows. */
  readonly label: RowsColumn | undefined;
  /** Whether the upstream answers indices of classes. */
  readonly hasClassIndices: boolean;
}

export interface OutcomePlan {
  readonly problemType: ProblemType;
  readonly type: 'string' | 'integer' | 'long' | 'double';
  /** In the order of the probabilities; missing for a regression. */
  readonly classes?: readonly Class[];
  readonly notices: readonly string[];
}

/**
 * Plans the outcome.
 * @param score scores the rows; called only if nothing else decides
 * @throws {CommandError} if the user must decide
 */
export async function planOutcome(hints: OutcomeHints, score: () => Promise<RemoteAnswer>): Promise<OutcomePlan> {
  const { labels, problemType, declared, label } = hints;
  if (problemType === 'regression') {
    if (labels) throw new CommandError('--labels: a regression has no classes.');
    return toRegression();
  }
  const known = labels ?? declared;
  if (known) return toClassification(known, problemType);
  if (!problemType && label && isAmount(label))
    return toRegression(
      `Column ${label.name} has amounts: this is a regression, unless --problem-type says otherwise.`,
    );
  return readOutcome(await score(), hints);
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
    throw new CommandError(`One class is not enough (${toList(classes)}); name all classes with --labels.`);
  const problemType = classes.length === 2 ? 'binary' : 'multiclass';
  if (wanted && wanted !== problemType)
    throw new CommandError(`--problem-type: ${classes.length} classes are ${problemType}, not ${wanted}.`);
  return { problemType, type: numbers.length > 0 ? toTypeOfNumbers(numbers) : 'string', classes, notices };
}

/** Whether the values of a column are amounts rather than class numbers. */
function isAmount(label: RowsColumn): boolean {
  return (
    label.type !== undefined && label.type !== 'string' && label.type !== 'boolean' && areAmounts(listCells(label))
  );
}

function areAmounts(values: readonly unknown[]): boolean {
  return values.some((value) => !Number.isInteger(value)) || new Set(values).size > MAX_NUMBER_CLASSES;
}

function listCells({ type, toCells }: RowsColumn): readonly unknown[] {
  return type === undefined ? [] : toCells(type).filter((cell) => cell !== null);
}

function readOutcome({ predictions, probabilities, positive }: RemoteAnswer, hints: OutcomeHints): OutcomePlan {
  const { problemType, label } = hints;
  const expected = label && sortClasses(listCells(label).map(toClass));
  if (positive)
    throw toLabelsError('The reply has one probability per row, that of the second of two classes', 2, expected);
  if (!predictions) {
    const width = toWidth(probabilities ?? [], label?.toCells('string').length);
    throw toLabelsError(`The reply has ${width} probabilities per row and no labels`, width, expected);
  }
  const values = predictions.map((value) => toClass(Array.isArray(value) && value.length === 1 ? value[0] : value));
  if (hints.hasClassIndices) throw toLabelsError('The reply has class indices (output.scalar)', undefined, expected);
  const areNumbers = values.every((value) => typeof value === 'number');
  if (areNumbers && !problemType && !probabilities && areAmounts(values))
    return toRegression('The predictions are amounts: this is a regression, unless --problem-type says otherwise.');
  const found = sortClasses([...values, ...(expected ?? []).filter((name) => typeof name === typeof values[0])]);
  if (!probabilities) return fromLabelsAlone(found, areNumbers, problemType);
  const vectors = toVectors(probabilities, values.length);
  const width = vectors[0]?.length ?? 0;
  if (found.length !== width)
    throw toLabelsError(
      `The reply has ${width} probabilities per row, but ${found.length} labels occur (${toList(found)})`,
      width,
      undefined,
    );
  const order = findOrder(values, vectors, found);
  if (!order) {
    const hint = '; if the prediction is not always the most probable class, --set output.argmax=true ignores it';
    throw toLabelsError('The rows do not prove the order of the probabilities', width, found, hint);
  }
  return toClassification(
    order,
    problemType,
    `The order of the probabilities follows from the rows: ${toList(order)}.`,
  );
}

function fromLabelsAlone(found: readonly Class[], areNumbers: boolean, wanted: ProblemType | undefined): OutcomePlan {
  if (found.length < 2) {
    const amounts = areNumbers ? ' If it is an amount, use --problem-type regression.' : '';
    throw new CommandError(
      `The answers have only one label (${toList(found)}): give more rows, or name all classes with --labels.${amounts}`,
    );
  }
  const more = 'If there are more, name all of them with --labels.';
  return toClassification(found, wanted, `The classes are those found in the rows: ${toList(found)}. ${more}`);
}

/** Does not propose an order: a user who copies a wrong one gets wrong probabilities that nobody notices. */
function toLabelsError(
  what: string,
  count: number | undefined,
  inFile: readonly Class[] | undefined,
  hint = '',
): CommandError {
  const number = count === undefined ? '' : `${count} `;
  const inRows = inFile && inFile.length > 0 ? ` (the rows have ${toList(inFile)})` : '';
  return new CommandError(
    `${what}: name the ${number}classes${inRows} in the order of the probabilities with --labels${hint}.`,
  );
}

/** A label as a class. A boolean becomes text, because OpenScale rejects boolean predictions. */
function toClass(value: unknown): Class {
  if (typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value))) return value;
  if (typeof value === 'boolean') return String(value);
  throw new CommandError(
    'The reply does not have one label or number per row; --set output.prediction=… names the key that has it.',
  );
}

function sortClasses(values: readonly Class[]): Class[] {
  return [...new Set(values)].sort((one, other) =>
    typeof one === 'number' && typeof other === 'number' ? one - other : String(one) < String(other) ? -1 : 1,
  );
}

/** The vectors as arrays of numbers of the same length; empty if they are anything else. */
export function toVectors(probabilities: readonly unknown[], rowCount: number): number[][] {
  const width = toWidth(probabilities, rowCount);
  const vectors = Array.isArray(probabilities[0])
    ? probabilities
    : Array.from({ length: rowCount }, (_, row) => probabilities.slice(row * width, (row + 1) * width));
  const areVectors = vectors.every(
    (vector): vector is number[] =>
      Array.isArray(vector) && vector.length === width && vector.every((value) => typeof value === 'number'),
  );
  return areVectors && vectors.length === rowCount ? (vectors as number[][]) : [];
}

function toWidth(probabilities: readonly unknown[], rowCount = 1): number {
  const [first] = probabilities;
  return Array.isArray(first) ? first.length : Math.floor(probabilities.length / rowCount);
}

const MAX_NAMES = 20;

function toList(classes: readonly Class[]): string {
  return [...classes.slice(0, MAX_NAMES), ...(classes.length > MAX_NAMES ? ['…'] : [])].join(', ');
}
