import { EngineError } from '../errors/engine-error.ts';
import type { Answer } from '../models/answer.ts';
import type { Deployment } from '../models/deployment.ts';
import { JsonText } from '../models/json/json-text.ts';
import { JsonWriter } from '../models/json/json-writer.ts';
import { toRequestTables, type ScoringBody } from '../models/request-tables.ts';
import { scoreTable } from '../models/score-table.ts';
import type { RequestTable } from '../models/table.ts';
import type { HandlerContext } from './contract.ts';

/** The tables of a scoring request, and the answer to each. */
export interface ScoredTables {
  readonly tables: readonly RequestTable[];
  readonly answers: readonly JsonText<Answer>[];
  /** The answer in the shape of the request. */
  readonly body: JsonText<Answer> | JsonText<{ predictions: Answer[] }>;
}

/**
 * Scores the table of a request, or the tables of its envelope.
 * @throws {EngineError} too_many_rows, and as scoreTable does
 */
export async function scoreTables(
  body: ScoringBody,
  deployment: Deployment,
  { maxRows, note, call }: HandlerContext,
): Promise<ScoredTables> {
  const isEnvelope = 'input_data' in body;
  const tables = toRequestTables(body);
  const rows = tables.reduce((sum, { values }) => sum + values.length, 0);
  note({ deployment: deployment.file.id, version: deployment.version, rows });
  checkRowCount(rows, maxRows, isEnvelope ? 'input_data' : 'values');

  const start = performance.now();
  const answers: JsonText<Answer>[] = [];
  for (const [index, table] of tables.entries()) {
    answers.push(await scoreTable(deployment, table, isEnvelope ? `input_data[${index}].` : '', call));
  }
  note({ kind: deployment.file.kind, scoring_ms: performance.now() - start });
  return { tables, answers, body: isEnvelope ? toEnvelope(answers) : (answers[0] as JsonText<Answer>) };
}

/**
 * Checks the number of rows of a request.
 * @param name the key of the body that has them
 * @throws {EngineError} too_many_rows
 */
export function checkRowCount(rows: number, maxRows: number, name: string): void {
  if (rows <= maxRows) return;
  const message = `The request has ${rows} rows; this engine accepts at most ${maxRows} per request.`;
  throw new EngineError('too_many_rows', message, { target: { type: 'field', name } });
}

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
