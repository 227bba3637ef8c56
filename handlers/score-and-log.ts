import type { Answer } from '../models/answer.ts';
import type { JsonText } from '../models/json/json-text.ts';
import type { HandlerOf } from './contract.ts';
import { findDeployment } from './find-deployment.ts';
import { buildToRecord, checkLogging, toScoringId } from './logging.ts';
import { scoreTables } from './score-tables.ts';

/** Scores as scoreDeployment does, and has the request and its answer logged: one record per table. */
export const scoreAndLog: HandlerOf<'scoreAndLog'> = async ({ params, body, headers }, context) => {
  const started = performance.now();
  const timestamp = new Date().toISOString();
  const deployment = findDeployment(context.deployments, params.deployment_id);
  const { file, version } = deployment;
  context.note({ deployment: file.id });
  checkLogging(file, context.logging);
  const scored = await scoreTables(body, deployment, context);
  const responseTime = Math.round(performance.now() - started);
  const scoringId = toScoringId(headers);
  const toRecord = buildToRecord({ kind: 'payload', file, version, headers, timestamp, responseTime });
  const records = scored.tables.flatMap((table, index) => {
    // Nothing can be evaluated of no rows, and OpenScale rejects such a record.
    if (table.values.length === 0) return [];
    // Of an envelope, the further tables have ids of their own, the same whenever the request is repeated, and which callers cannot choose.
    const id = index === 0 ? scoringId : `${scoringId}~${index + 1}`;
    return [toRecord(id, table, parse(scored.answers[index] as JsonText<Answer>))];
  });
  const replyHeaders = { 'X-Scoring-Id': scoringId, 'X-Deployment-Version': version };
  return { status: 200, body: scored.body, headers: replyHeaders, records };
};

function parse({ text }: JsonText<Answer>): Answer {
  return JSON.parse(typeof text === 'string' ? text : Buffer.from(text).toString()) as Answer;
}
