/**
 * Reads replies with one value per row: a label or number, a vector of probabilities, or an object that contains either.
 * MLflow, KServe, SageMaker, Azure ML and Vertex AI all send them, depending on the model.
 */
import type { DeploymentFile } from '../../models/deployment-file.ts';
import type { RemoteAnswer } from '../adapter.ts';
import { buildFindClass, isScalar, type FindClass } from './find-class.ts';
import { ReplyError } from '../../upstream/upstream-error.ts';
import type { OutputSettings } from '../remote-settings.ts';

/** The usual names of predictions and probabilities, used if the settings name none. */
const PREDICTIONS = ['prediction', 'predicted_label', 'predicted_class', 'label', 'class', 'value', 'score'];
const PROBABILITIES = ['probability', 'probabilities', 'predict_proba', 'scores', 'score'];
/** Names of lists of classes with their probabilities, in an order that may change per row (Vertex AI's AutoML, SageMaker). */
const NAMED = [
  ['classes', 'scores'],
  ['labels', 'probabilities'],
] as const;
type NamedKeys = (typeof NAMED)[number];

/** A table in OpenScale's format. */
interface FieldsTable {
  readonly fields: readonly unknown[];
  readonly values: readonly unknown[];
}

/** Whether a value is a table of fields and values. */
export function isFieldsTable(value: unknown): value is FieldsTable {
  return isRecord(value) && Array.isArray(value['fields']) && Array.isArray(value['values']);
}

/** The columns of a table, with undefined for missing cells. */
function toColumns({ fields, values }: FieldsTable): NamedLists {
  return {
    has: (name) => fields.includes(name),
    get: (name) => {
      const position = fields.indexOf(name);
      return values.map((row) => (Array.isArray(row) ? (row[position] as unknown) : undefined));
    },
  };
}

/**
 * The answer in a list with one value per row, or in a table of fields and values.
 * @throws {ReplyError} if the values do not match the settings
 */
export function readRows(rows: unknown, file: DeploymentFile, output: OutputSettings): RemoteAnswer {
  if (isFieldsTable(rows)) return readNamed(toColumns(rows), rows.values.length, file, output);
  if (!Array.isArray(rows)) throw new ReplyError('expected an array with one value per row');
  const first: unknown = rows[0];
  if (isRecord(first)) return readNamed(toLists(rows.map(toRecord)), rows.length, file, output);
  if (Array.isArray(first) && file.label.classes && first.length > 1) return { probabilities: rows };
  return toScalars(rows, output);
}

function toScalars(rows: readonly unknown[], output: OutputSettings): RemoteAnswer {
  return output.scalar === 'positive_probability' ? { positive: rows } : { predictions: rows };
}

/** Results by name, each a list with one value per row. */
export interface NamedLists {
  readonly has: (name: string) => boolean;
  /** The list, with undefined for rows without such a value. */
  readonly get: (name: string) => readonly unknown[];
}

/** Records as named lists: every name that occurs in any of them. */
function toLists(records: readonly Readonly<Record<string, unknown>>[]): NamedLists {
  return {
    has: (name) => records.some((record) => Object.hasOwn(record, name)),
    get: (name) => records.map((record) => (Object.hasOwn(record, name) ? record[name] : undefined)),
  };
}

/** The answer in named lists. Throws a ReplyError if the values do not match the settings. */
export function readNamed(
  lists: NamedLists,
  rowCount: number,
  file: DeploymentFile,
  output: OutputSettings,
): RemoteAnswer {
  const getFirst = (name: string) => lists.get(name)[0];
  const find = (names: readonly string[], fits: (value: unknown) => boolean) =>
    names.find((name) => lists.has(name) && fits(getFirst(name)));
  const { classes } = file.label;
  const predictionName = output.prediction ?? find(PREDICTIONS, isScalar);
  const predictions = predictionName === undefined ? undefined : lists.get(predictionName);
  if (!classes) return { predictions };
  const { probability } = output;
  const named = NAMED.find((keys) => keys.every(lists.has) && namesClasses(lists, keys));
  if (named && probability === undefined) {
    const findClass = buildFindClass(classes);
    const [names, values] = named.map(lists.get) as [readonly unknown[], readonly unknown[]];
    const toOrdered = (_: unknown, row: number) =>
      orderByClass(toNamedRow(names[row], values[row], row, named), findClass, classes.length);
    return { predictions, probabilities: Array.from({ length: rowCount }, toOrdered) };
  }
  if (Array.isArray(probability)) {
    const columns = probability.map(lists.get);
    const toVector = (_: unknown, row: number) => columns.map((column) => column[row]);
    return { predictions, probabilities: Array.from({ length: rowCount }, toVector) };
  }
  const probabilityName = probability ?? find(PROBABILITIES, Array.isArray);
  if (probabilityName !== undefined) {
    const values = lists.get(probabilityName);
    return Array.isArray(values[0]) ? { predictions, probabilities: values } : { predictions, positive: values };
  }
  return output.scalar === 'positive_probability' && predictions ? { positive: predictions } : { predictions };
}

/** Whether lists hold vectors and the names of their classes; a single text per row is a label, whatever it is called. */
function namesClasses(lists: NamedLists, [names, values]: NamedKeys): boolean {
  return Array.isArray(lists.get(values)[0]) && !lists.get(names).every(isScalar);
}

interface NamedRow {
  readonly names: readonly unknown[];
  readonly values: readonly unknown[];
  /** Where it is, for an error. */
  readonly place: string;
}

function toNamedRow(names: unknown, values: unknown, row: number, [key, valuesKey]: NamedKeys): NamedRow {
  if (Array.isArray(names) && Array.isArray(values)) return { names, values, place: `\`${key}\` of row ${row}` };
  throw new ReplyError(`expected \`${key}\` and \`${valuesKey}\` in each row`);
}

/** The values of a row in the order of the deployment's classes, with undefined for classes that the row does not name. */
function orderByClass({ names, values, place }: NamedRow, find: FindClass, width: number): unknown[] {
  const indices = names.map(find);
  const known = new Set(indices.filter((index) => index !== undefined));
  // A row without any known class is left to toScores: `wrap` scores rows before it knows the classes.
  if (known.size > 0 && known.size < names.length)
    throw new ReplyError(`expected each class of the deployment once as the ${place}`);
  const ordered = new Array<unknown>(width).fill(undefined);
  for (const [at, index] of indices.entries()) if (index !== undefined) ordered[index] = values[at];
  return ordered;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function toRecord(value: unknown): Readonly<Record<string, unknown>> {
  if (isRecord(value)) return value;
  throw new ReplyError('expected an object in every row, as in the first');
}
