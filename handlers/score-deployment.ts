import { EngineError } from '../errors/engine-error.ts';
import type { Answer } from '../models/answer.ts';
import { JsonText } from '../models/json/json-text.ts';
import { JsonWriter } from '../models/json/json-writer.ts';
import { toRequestTables } from '../models/request-tables.ts';
import { scoreTable } from '../models/score-table.ts';
import type { HandlerOf } from './contract.ts';
import { findDeployment } from './find-deployment.ts';

/** Scores a table, or the tables of an envelope, and replies in the same shape. */
export const scoreDeployment: HandlerOf<'scoreDeployment'> = async (
  { params, body },
  { deployments, maxRows, note, call },
) => {
  const deployment = findDeployment(deployments, params.deployment_id);
  const isEnvelope = 'input_data' in body;
  const tables = toRequestTables(body);
  const rows = tables.reduce((sum, { values }) => sum + values.length, 0);
  note({ deployment: deployment.file.id, rows });
  if (rows > maxRows) throw tooManyRows(rows, maxRows, isEnvelope ? 'input_data' : 'values');

  const answers: JsonText<Answer>[] = [];
  for (const [index, table] of tables.entries()) {
    answers.push(await scoreTable(deployment, table, isEnvelope ? `input_data[${index}].` : '', call));
  }
  return { status: 200, body: isEnvelope ? toEnvelope(answers) : (answers[0] as JsonText<Answer>) };
};

function toEnvelope(answers: readonly JsonText<Answer>[]): JsonText<{ predictions: Answer[] }> {
  const writer = new JsonWriter(answers.reduce((sum, { text }) => sum + text.length + 1, 32));
  writer.write('{"predictions":[');
  answers.forEach((answer, index) => {
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
