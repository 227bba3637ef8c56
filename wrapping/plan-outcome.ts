/**
 * What a wrapped model predicts: the classes that the user names, else those that the upstream declares, else those that its
 * answers show. The order of the probabilities is never guessed: it is told, or the rows prove it.
 */
import type { RemoteAnswer } from '../remote/adapter.ts';
import { MAX_NUMBER_CLASSES } from '../csv/survey-columns.ts';
import type { ProblemType } from '../models/deployment-file.ts';
import { findOrder } from './find-order.ts';
import { toTypeOfNumbers, type RowsColumn } from '../csv/rows-column.ts';
import { CommandError } from '../errors/command-error.ts';

export type Class = string | number;

export interface OutcomeHints {
  /** What the user says. */
  readonly labels?: readonly Class[];
  readonly problemType?: ProblemType;
  /** What the upstream declares. */
  readonly declared?: readonly Class[] | undefined;
  /** The true labels of the rows. */
  readonly label: RowsColumn | undefined;
  /** Whether the upstream answers numbers of classes. */
  readonly hasClassIndices: boolean;
}

export interface OutcomePlan {
  readonly problemType: ProblemType;
  readonly type: 'string' | 'integer' | 'long' | 'double';
  /** In the order of the probabilities; none for a regression. */
  readonly classes?: readonly Class[];
  readonly notices: readonly string[];
}

/**
 * Plans the outcome.
 * @param ask has the upstream answer the rows; called only where nothing else tells
 * @throws {CommandError} where the user has to tell more
 */
export async function planOutcome(hints: OutcomeHints, ask: () => Promise<RemoteAnswer>): Promise<OutcomePlan> {
  const { labels, problemType, declared, label } = hints;
  if (problemType === 'regression') {
    if (labels) throw new CommandError('--labels: a regression has no classes.');
    return toRegression();
  }
  const known = labels ?? declared;
  if (known) return toClassification(known, problemType);
  if (!problemType && label && isAmount(label))
    return toRegression(`${label.name} holds amounts: this is a regression, unless --problem-type says otherwise.`);
  return learnOutcome(await ask(), hints);
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
    throw new CommandError('--labels: expected texts alone, or numbers alone.');
  if (new Set(classes).size < classes.length) throw new CommandError('--labels: expected each class once.');
  if (classes.length < 2)
    throw new CommandError(`One class is too few (${toList(classes)}); --labels names all of them.`);
  const problemType = classes.length === 2 ? 'binary' : 'multiclass';
  if (wanted && wanted !== problemType)
    throw new CommandError(`--problem-type: ${classes.length} classes are ${problemType}, not ${wanted}.`);
  return { problemType, type: numbers.length > 0 ? toTypeOfNumbers(numbers) : 'string', classes, notices };
}

/** Whether the values of a column are amounts rather than the numbers of classes. */
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

function learnOutcome({ predictions, probabilities, positive }: RemoteAnswer, hints: OutcomeHints): OutcomePlan {
  const { problemType, label } = hints;
  const expected = label && sortClasses(listCells(label).map(toClass));
  if (positive) throw askForLabels('One probability a row came, that of the second of two classes', 2, expected);
  if (!predictions) {
    const width = toWidth(probabilities ?? [], label?.toCells('string').length);
    throw askForLabels(`${width} probabilities a row came, and no labels`, width, expected);
  }
  const values = predictions.map((value) => toClass(Array.isArray(value) && value.length === 1 ? value[0] : value));
  if (hints.hasClassIndices) throw askForLabels('Numbers of classes came (output.scalar)', undefined, expected);
  const areNumbers = values.every((value) => typeof value === 'number');
  if (areNumbers && !problemType && !probabilities && areAmounts(values))
    return toRegression('Amounts came: this is a regression, unless --problem-type says otherwise.');
  const shown = sortClasses([...values, ...(expected ?? []).filter((name) => typeof name === typeof values[0])]);
  if (!probabilities) return fromLabelsAlone(shown, areNumbers, problemType);
  const vectors = toVectors(probabilities, values.length);
  const width = vectors[0]?.length ?? 0;
  if (shown.length !== width)
    throw askForLabels(
      `${width} probabilities a row came, and ${shown.length} labels (${toList(shown)})`,
      width,
      undefined,
    );
  const order = findOrder(values, vectors, shown);
  if (!order) {
    const hint = '; where the prediction is not the most probable class, --set output.argmax=true leaves it aside';
    throw askForLabels('The rows do not prove in which order the probabilities are', width, shown, hint);
  }
  return toClassification(
    order,
    problemType,
    `The order of the probabilities follows from the rows: ${toList(order)}.`,
  );
}

function fromLabelsAlone(shown: readonly Class[], areNumbers: boolean, wanted: ProblemType | undefined): OutcomePlan {
  if (shown.length < 2) {
    const amounts = areNumbers ? ' Where it is an amount, --problem-type regression says so.' : '';
    throw new CommandError(
      `The answers have one label only (${toList(shown)}): give more rows, or all classes with --labels.${amounts}`,
    );
  }
  const more = 'More rows may show more of them; --labels names them all.';
  return toClassification(shown, wanted, `The classes are those that the rows show: ${toList(shown)}. ${more}`);
}

/** The labels that the rows hold are no order: a guess that is copied would be a wrong probability that nobody notices. */
function askForLabels(
  what: string,
  count: number | undefined,
  held: readonly Class[] | undefined,
  hint = '',
): CommandError {
  const number = count === undefined ? '' : `${count} `;
  const inRows = held && held.length > 0 ? ` (the rows have ${toList(held)})` : '';
  return new CommandError(
    `${what}: --labels names the ${number}classes${inRows} in the order of the probabilities${hint}.`,
  );
}

/** A label as a class: a boolean is taken for its text, because OpenScale refuses boolean predictions. */
function toClass(value: unknown): Class {
  if (typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value))) return value;
  if (typeof value === 'boolean') return String(value);
  throw new CommandError(
    'The upstream answers something else than a label or a number a row; the settings `output` say where it is.',
  );
}

function sortClasses(values: readonly Class[]): Class[] {
  return [...new Set(values)].sort((one, other) =>
    typeof one === 'number' && typeof other === 'number' ? one - other : String(one) < String(other) ? -1 : 1,
  );
}

/** The vectors as arrays of numbers of one length, or none where they are something else. */
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

const MOST_NAMES = 20;

function toList(classes: readonly Class[]): string {
  return [...classes.slice(0, MOST_NAMES), ...(classes.length > MOST_NAMES ? ['…'] : [])].join(', ');
}
