import { EngineError } from '../errors/engine-error.ts';
import type { Answer } from '../models/answer.ts';
import { JsonText } from '../models/json/json-text.ts';
import { JsonWriter } from '../models/json/json-writer.ts';
import { findTables, type WrittenTables } from '../models/json/written-cells.ts';
import { scoreTable } from '../models/score-table.ts';
import type { HandlerOf } from './contract.ts';
import { findDeployment } from './find-deployment.ts';

/** Scores a table, or the tables of an envelope, and replies in the same shape. `meta` is ignored. */
export const scoreDeployment: HandlerOf<'scoreDeployment'> = async (
  { params, body, source },
  { deployments, maxRows, note, call },
) => {
  const deployment = findDeployment(deployments, params.deployment_id);
  const rows =
    'input_data' in body ? body.input_data.reduce((sum, table) => sum + table.values.length, 0) : body.values.length;
  note({ deployment: deployment.file.id, rows });
  if (rows > maxRows) throw tooManyRows(rows, maxRows, 'input_data' in body ? 'input_data' : 'values');

  // Not every answer repeats its cells.
  let tables: WrittenTables | undefined;
  const toTables = () => (tables ??= findTables(source));
  if (!('input_data' in body)) {
    const table = { ...body, toWritten: () => toTables().own };
    return { status: 200, body: await scoreTable(deployment, table, '', call) };
  }
  const predictions = [];
  for (const [index, one] of body.input_data.entries()) {
    const table = { ...one, toWritten: () => toTables().enveloped[index] };
    predictions.push(await scoreTable(deployment, table, `input_data[${index}].`, call));
  }
  return { status: 200, body: toEnvelope(predictions) };
};

function toEnvelope(predictions: readonly JsonText<Answer>[]): JsonText<{ predictions: Answer[] }> {
  const writer = new JsonWriter(predictions.reduce((sum, { text }) => sum + text.length + 1, 32));
  writer.write('{"predictions":[');
  predictions.forEach((answer, index) => {
    if (index > 0) writer.write(',');
    answer.writeTo(writer);
  });
  writer.write(']}');
  return new JsonText(writer.bytes);
}

function tooManyRows(rows: number, maxRows: number, name: string): EngineError {
  const message = `The request has ${rows} rows; this engine accepts at most ${maxRows} per request.`;
  return new EngineError('too_many_rows', message, { target: { type: 'field', name } });
}
