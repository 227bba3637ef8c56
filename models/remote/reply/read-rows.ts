/**
 * Reads a reply that has a value a row: a label or number, a vector of probabilities, or an object that holds either. MLflow,
 * KServe, SageMaker, Azure ML and Vertex AI all answer so, depending on the model.
 */
import type { DeploymentFile } from '../../deployment-file.ts';
import type { RemoteAnswer } from '../adapter.ts';
import { buildFindClass, isScalar, type FindClass } from './find-class.ts';
import { ReplyError } from '../target/target-error.ts';
import type { OutputSettings } from '../target/target-settings.ts';

/** The names under which the systems answer predictions and probabilities, where the settings do not say. */
const PREDICTIONS = ['prediction', 'predicted_label', 'predicted_class', 'label', 'class', 'value', 'score'];
const PROBABILITIES = ['probability', 'probabilities', 'predict_proba', 'scores', 'score'];
/** The names of classes and of their probabilities: in any order, another one each row (Vertex AI's AutoML, SageMaker). */
const NAMED = [
  ['classes', 'scores'],
  ['labels', 'probabilities'],
] as const;

/**
 * The answer in a list of values, one a row.
 * @throws {ReplyError} where the values are not what the settings say
 */
export function readRows(rows: unknown, file: DeploymentFile, output: OutputSettings): RemoteAnswer {
  if (!Array.isArray(rows)) throw new ReplyError('expected an array, a value a row');
  const first: unknown = rows[0];
  if (isRecord(first)) return readRecords(rows.map(toRecord), file, output);
  if (Array.isArray(first) && file.label.classes && first.length > 1) return { probabilities: rows };
  return toScalars(rows, output);
}

function toScalars(rows: readonly unknown[], output: OutputSettings): RemoteAnswer {
  return output.scalar === 'positive_probability' ? { positive: rows } : { predictions: rows };
}

function readRecords(
  records: readonly Readonly<Record<string, unknown>>[],
  file: DeploymentFile,
  output: OutputSettings,
): RemoteAnswer {
  const first = records[0] ?? {};
  const pick = (key: string) => records.map((record) => record[key]);
  const { classes } = file.label;
  const predictionKey = output.prediction ?? PREDICTIONS.find((key) => isScalar(first[key]));
  const predictions = predictionKey === undefined ? undefined : pick(predictionKey);
  if (!classes) return { predictions };
  const { probability } = output;
  const has = (name: string) => records.some((record) => Object.hasOwn(record, name));
  const named = NAMED.find(([names, values]) => has(names) && Array.isArray(first[values]));
  if (named && probability === undefined) {
    const find = buildFindClass(classes);
    return { predictions, probabilities: records.map((record) => orderByClass(record, named, find, classes.length)) };
  }
  if (Array.isArray(probability)) {
    return { predictions, probabilities: records.map((record) => probability.map((key) => record[key])) };
  }
  const probabilityKey = probability ?? PROBABILITIES.find((key) => Array.isArray(first[key]));
  if (probabilityKey !== undefined) {
    const values = pick(probabilityKey);
    return Array.isArray(values[0]) ? { predictions, probabilities: values } : { predictions, positive: values };
  }
  return output.scalar === 'positive_probability' && predictions ? { positive: predictions } : { predictions };
}

/** The values of a row in the order of the deployment's classes. */
function orderByClass(
  record: Readonly<Record<string, unknown>>,
  [nameKey, valueKey]: readonly [string, string],
  find: FindClass,
  width: number,
): unknown[] {
  const [names, values] = [record[nameKey], record[valueKey]];
  if (!Array.isArray(names) || !Array.isArray(values))
    throw new ReplyError(`expected \`${nameKey}\` and \`${valueKey}\` in each row`);
  const ordered = new Array<unknown>(width).fill(undefined);
  for (const [at, name] of names.entries()) {
    const index = find(name);
    if (index !== undefined) ordered[index] = values[at];
  }
  return ordered;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function toRecord(value: unknown): Readonly<Record<string, unknown>> {
  if (isRecord(value)) return value;
  throw new ReplyError('expected an object in each row, as in the first');
}
