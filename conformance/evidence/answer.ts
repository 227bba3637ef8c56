/** Reads what a deployment answered, using the column names that it publishes. */
import { describe, isReply, type Exchange } from '../client/exchange.ts';
import { isObject, parseJson } from '../client/parse-json.ts';
import { toLabels, type PublishedDeployment } from './published-deployment.ts';

/** The table of an answer. */
export interface Answer {
  readonly fields: readonly string[];
  readonly values: readonly (readonly unknown[])[];
  /** The value of `labels` beside the table, of any type. */
  readonly labels: unknown;
}

/** Why a value is not a table with the given number of rows, as a clause; undefined if it is one. */
export function findTableProblem(value: unknown, rows: number): string | undefined {
  return findShapeProblem(value) ?? findCountProblem(value as Answer, rows) ?? findWidthProblem(value as Answer);
}

/** Why a value is not a table at all. */
export function findShapeProblem(value: unknown): string | undefined {
  if (!isObject(value)) return 'the body is not an object';
  const { fields, values } = value;
  if (fields === undefined && Array.isArray(value['predictions']))
    return '`predictions`, the answer to an envelope, in answer to a table';
  if (!Array.isArray(fields) || !fields.every((name) => typeof name === 'string'))
    return '`fields` is not a list of names';
  if (new Set(fields).size < fields.length) return '`fields` contains a name twice';
  if (!Array.isArray(values) || !values.every(Array.isArray)) return '`values` is not a list of rows';
  return undefined;
}

/** Why a table does not have as many rows as were sent. */
export function findCountProblem({ values }: Answer, rows: number): string | undefined {
  return values.length === rows ? undefined : `${values.length} rows for the ${rows} that were sent`;
}

/** Why a row of a table is not as wide as `fields`. */
export function findWidthProblem({ fields, values }: Answer): string | undefined {
  const ragged = values.findIndex((row) => row.length !== fields.length);
  if (ragged < 0) return undefined;
  return `values[${ragged}] has ${(values[ragged] as unknown[]).length} cells; fields has ${fields.length} names`;
}

/** The only table of an answer, whether or not it is in an envelope: some engines answer a table with one, or the other way round. */
export function unwrap(body: unknown): unknown {
  if (!isObject(body) || 'fields' in body) return body;
  const { predictions } = body;
  return Array.isArray(predictions) && predictions.length === 1 ? (predictions[0] as unknown) : body;
}

/** The table of a response, in an envelope or not, or why there is none. */
export function readAnswer(exchange: Exchange, rows: number): Answer | { readonly problem: string } {
  if (!isReply(exchange) || exchange.status !== 200) return { problem: describe(exchange) };
  const parsed = parseJson(exchange);
  if ('problem' in parsed) return parsed;
  const table = unwrap(parsed.value);
  const problem = findTableProblem(table, rows);
  return problem === undefined ? (table as Answer) : { problem };
}

/** The result columns of an answer. */
export interface Results {
  /** The index of the prediction column; undefined if there is none. */
  readonly prediction: number | undefined;
  /** The index of the probability column; undefined if there is none. */
  readonly probability: number | undefined;
  readonly labels: readonly (string | number)[] | undefined;
}

/** The published name of the prediction column. */
export function toPredictionName(published: PublishedDeployment): string | undefined {
  return (
    published.text('prediction_field') ??
    published.findRole('output_data_schema', 'prediction')?.name ??
    published.text('predicted_target_field')
  );
}

/** The published name of the probability column. */
export function toProbabilityName(published: PublishedDeployment): string | undefined {
  const several = published.list('probability_fields');
  return (
    published.text('prediction_probability_field') ??
    published.findRole('output_data_schema', 'probability')?.name ??
    // Several fields hold one class each, and none of them is the vector.
    (several?.length === 1 ? several[0] : undefined)
  );
}

/** Finds the result columns: by the published names, else by the names of the contract, else by their contents. */
export function findResults(answer: Answer, sent: readonly string[], published: PublishedDeployment): Results {
  const { fields, values } = answer;
  const known = new Set(sent);
  const results = fields.map((_, index) => index).filter((index) => !known.has(fields[index] as string));
  const isList = (index: number) => Array.isArray(values[0]?.[index]);
  const find = (name: string | undefined) =>
    name === undefined ? undefined : results.find((at) => fields[at] === name);
  const only = (found: number[]) => (found.length === 1 ? found[0] : undefined);

  const predictionName = toPredictionName(published);
  const prediction =
    predictionName !== undefined
      ? find(predictionName)
      : (find('prediction') ?? only(results.filter((index) => !isList(index))));
  const probabilityName = toProbabilityName(published);
  const probability =
    probabilityName !== undefined ? find(probabilityName) : (find('probability') ?? only(results.filter(isList)));
  return { prediction, probability, labels: toLabels(answer.labels) ?? published.labels };
}
