/**
 * Reads results that have names: keys of objects, outputs, columns. The names are those of the settings, else usual ones. How
 * long a list is says nothing about what it is: it may be as long as the batch by chance.
 */
import type { DeploymentFile } from '../../models/deployment-file.ts';
import type { RemoteAnswer } from '../adapter.ts';
import { buildFindClass, isScalar, type FindClass } from './find-class.ts';
import { ReplyError } from '../../upstream/upstream-error.ts';
import type { OutputSettings } from '../remote-settings.ts';

/** The usual names of predictions and probabilities, used if the settings name none. */
export const PREDICTIONS = ['prediction', 'predicted_label', 'predicted_class', 'label', 'class', 'value', 'score'];
export const PROBABILITIES = ['probability', 'probabilities', 'predict_proba', 'scores', 'score'];
/** The usual names of a single probability beside a label; whether it is that of the predicted class differs. */
const NUMBERS = ['confidence', 'probability', 'score'];
/** Names of lists of classes with their probabilities, in an order that may change per row (Vertex AI's AutoML, SageMaker). */
export const PAIRS = [
  ['classes', 'scores'],
  ['labels', 'probabilities'],
] as const;

/** Results by name, each a list with one value per row. */
export interface NamedLists {
  readonly names: readonly string[];
  /** The list, with undefined for rows without such a value; empty for an unknown name. */
  readonly get: (name: string) => readonly unknown[];
}

/** The names of the results. */
export interface ResultNames {
  readonly prediction?: string | undefined;
  readonly probability?: string | readonly string[] | undefined;
  /** Lists of classes and of their probabilities, in each row. */
  readonly pair?: readonly [string, string] | undefined;
  /** The probability of the predicted class. */
  readonly confidence?: string | undefined;
  /** A number beside the label whose meaning the settings do not say. */
  readonly number?: string | undefined;
}

/** The names of the results, from the settings and the usual ones. Regressions have only predictions. */
export function findNames(lists: NamedLists, { label }: DeploymentFile, output: OutputSettings): ResultNames {
  const find = (names: readonly string[], fits: (value: unknown) => boolean) =>
    names.find((name) => lists.names.includes(name) && fits(lists.get(name)[0]));
  const prediction = output.prediction ?? find(PREDICTIONS, isScalar);
  if (!label.classes) return { prediction };
  const { probability, confidence } = output;
  if (probability !== undefined || confidence !== undefined) return { prediction, probability, confidence };
  const pair = PAIRS.find((names) => names.every((name) => lists.names.includes(name)) && isPair(lists, names));
  if (pair) return { prediction, pair };
  const vectors = find(PROBABILITIES, Array.isArray);
  if (vectors !== undefined) return { prediction, probability: vectors };
  return {
    prediction,
    number: find(
      NUMBERS.filter((name) => name !== prediction),
      isNumber,
    ),
  };
}

/** Whether lists hold vectors and the names of their classes; a single text per row is a label, whatever it is called. */
function isPair(lists: NamedLists, [names, values]: readonly [string, string]): boolean {
  return Array.isArray(lists.get(values)[0]) && !lists.get(names).every(isScalar);
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number';
}

/** The answer in named lists. Throws a ReplyError if the values do not match the settings. */
export function readNamed(
  lists: NamedLists,
  names: ResultNames,
  { label: { classes } }: DeploymentFile,
  output: OutputSettings,
): RemoteAnswer {
  const { prediction, probability, pair, confidence, number } = names;
  const get = (name: string | undefined) => (name === undefined ? undefined : lists.get(name));
  const predictions = get(prediction);
  if (!classes) return { predictions };
  if (pair) {
    const find = buildFindClass(classes, output.labels);
    const [labels, values] = pair.map(lists.get) as [readonly unknown[], readonly unknown[]];
    const vectors = values.map((value, row) =>
      orderByClass(toPair(labels[row], value, row, pair), find, classes.length),
    );
    return { predictions, probabilities: vectors };
  }
  if (typeof probability === 'object') {
    const columns = probability.map(lists.get);
    const rowCount = columns.reduce((max, { length }) => Math.max(max, length), 0);
    return {
      predictions,
      probabilities: Array.from({ length: rowCount }, (_, row) => columns.map((column) => column[row])),
    };
  }
  if (probability !== undefined) {
    const values = lists.get(probability);
    return Array.isArray(values[0]) ? { predictions, probabilities: values } : { predictions, positive: values };
  }
  if (confidence !== undefined) return { predictions, confidences: lists.get(confidence) };
  if (output.scalar === 'positive_probability' && predictions) return { positive: predictions };
  return { predictions, ...(number !== undefined && { number: { name: number, values: lists.get(number) } }) };
}

interface Pair {
  readonly names: readonly unknown[];
  readonly values: readonly unknown[];
  /** Where it is, for an error. */
  readonly place: string;
}

function toPair(names: unknown, values: unknown, row: number, [key, valuesKey]: readonly [string, string]): Pair {
  if (Array.isArray(names) && Array.isArray(values)) return { names, values, place: `\`${key}\` of row ${row}` };
  throw new ReplyError(`expected \`${key}\` and \`${valuesKey}\` in each row`);
}

/** The values of a row in the order of the deployment's classes, with undefined for classes that the row does not name. */
function orderByClass({ names, values, place }: Pair, find: FindClass, width: number): unknown[] {
  const indices = names.map(find);
  const known = new Set(indices.filter((index) => index !== undefined));
  // A row without any known class is left to toScores: `wrap` scores rows before it knows the classes.
  if (known.size > 0 && known.size < names.length)
    throw new ReplyError(`expected each class of the deployment once as the ${place}`);
  const ordered = new Array<unknown>(width).fill(undefined);
  for (const [at, index] of indices.entries()) if (index !== undefined) ordered[index] = values[at];
  return ordered;
}
