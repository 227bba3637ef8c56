import { EngineError } from '../errors/engine-error.ts';
import { scoreTable } from '../models/score-table.ts';
import type { HandlerOf } from './contract.ts';
import { findDeployment } from './find-deployment.ts';

/** Scores a table, or the tables of an envelope, and answers in kind. `meta` is left aside. */
export const scoreDeployment: HandlerOf<'scoreDeployment'> = async (
  { params, body },
  { deployments, maxRows, note, call },
) => {
  const deployment = findDeployment(deployments, params.deployment_id);
  const rows =
    'input_data' in body ? body.input_data.reduce((sum, table) => sum + table.values.length, 0) : body.values.length;
  note({ deployment: deployment.file.id, rows });
  if (rows > maxRows) throw tooManyRows(rows, maxRows, 'input_data' in body ? 'input_data' : 'values');

  if (!('input_data' in body)) return { status: 200, body: await scoreTable(deployment, body, '', call) };
  const predictions = [];
  for (const [index, table] of body.input_data.entries()) {
    predictions.push(await scoreTable(deployment, table, `input_data[${index}].`, call));
  }
  return { status: 200, body: { predictions } };
};

function tooManyRows(rows: number, maxRows: number, name: string): EngineError {
  const message = `The request has ${rows} rows; this engine takes at most ${maxRows} a call.`;
  return new EngineError('too_many_rows', message, { target: { type: 'field', name } });
}
