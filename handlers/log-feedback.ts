import { EngineError } from '../errors/engine-error.ts';
import type { Column, DeploymentFile } from '../models/deployment-file.ts';
import { toRequestTables } from '../models/request-tables.ts';
import { parseTable, type Table } from '../models/table.ts';
import type { HandlerOf } from './contract.ts';
import { findDeployment } from './find-deployment.ts';
import { buildToRecord, checkLogging, toScoringId } from './logging.ts';
import { checkRowCount } from './score-tables.ts';

/** Checks rows with their labels, as scoring would and against the label, and has them logged. */
export const logFeedback: HandlerOf<'logFeedback'> = ({ params, body, headers }, { note, maxRows, ...context }) => {
  const timestamp = new Date().toISOString();
  const { file, version } = findDeployment(context.deployments, params.deployment_id);
  const rows = body.values.length;
  note({ deployment: file.id, rows });
  checkLogging(file, context.logging);
  checkRowCount(rows, maxRows, 'values');
  const [request] = toRequestTables(body);
  if (!request) throw new TypeError('a body has a table');
  checkLabelColumn(request.fields, file.label.name);
  checkLabels(
    parseTable(request, toColumns(file), { unknownCategories: file.unknown_categories, place: '' }),
    file.label.classes,
  );
  const scoringId = toScoringId(headers);
  const toRecord = buildToRecord({ kind: 'feedback', file, version, headers, timestamp, responseTime: 0 });
  return {
    status: 200,
    body: { scoring_id: scoringId, rows },
    headers: { 'X-Scoring-Id': scoringId },
    records: [toRecord(scoringId, request)],
  };
};

/** The columns of the last request to each deployment; the same array again and again, as parseTable likes it. */
const columnsOf = new WeakMap<DeploymentFile, readonly Column[]>();

/** The columns of a deployment, and its label as the last one. */
function toColumns(file: DeploymentFile): readonly Column[] {
  let columns = columnsOf.get(file);
  if (!columns) columnsOf.set(file, (columns = [...file.columns, { ...file.label, nullable: false }]));
  return columns;
}

/** A missing label has an error of its own, because the label is not one of the columns that the model needs. */
function checkLabelColumn(fields: readonly string[], name: string): void {
  if (fields.includes(name)) return;
  throw new EngineError('missing_fields', `fields: feedback needs the label column ${JSON.stringify(name)}.`, {
    target: { type: 'field', name: 'fields' },
  });
}

/** Checks that the labels are classes; other ones would make OpenScale's quality monitor fail. */
function checkLabels({ rows, positions, columns }: Table, classes: DeploymentFile['label']['classes']): void {
  if (!classes) return;
  const known = new Set<unknown>(classes);
  const position = positions.at(-1) as number;
  const name = columns.at(-1)?.name ?? '';
  rows.forEach((row, index) => {
    if (known.has(row[position])) return;
    const place = `values[${index}][${position}]`;
    const message = `${place}: column ${JSON.stringify(name)}: expected one of the ${known.size} classes of the deployment.`;
    throw new EngineError('invalid_value', message, { target: { type: 'field', name: place } });
  });
}
