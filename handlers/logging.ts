/** What the two operations that log have in common: whether a deployment is logged, and what its records are. */
import { randomUUID } from 'node:crypto';
import { EngineError } from '../errors/engine-error.ts';
import type { DeploymentFile } from '../models/deployment-file.ts';
import type { RequestTable } from '../models/table.ts';
import type { LoggedRecord, LoggedTable } from '../records/sink.ts';

/** Which deployments are logged: none, those that say so, or all that do not say otherwise. */
export type Logging = 'off' | 'chosen' | 'all';

/** The headers of an operation that logs. */
interface LoggingHeaders {
  readonly 'X-Scoring-Id'?: string;
  readonly 'X-User-Id'?: string;
}

/**
 * Checks that a deployment is logged.
 * @throws {EngineError} logging_off
 */
export function checkLogging({ payload_log }: DeploymentFile, logging: Logging): void {
  const enabled = logging !== 'off' && (payload_log?.enabled ?? logging === 'all');
  if (enabled) return;
  throw new EngineError(
    'logging_off',
    'Requests of this deployment are not logged. POST /v1/deployments/{deployment_id}/online scores without logging.',
    { target: { type: 'parameter', name: 'deployment_id' } },
  );
}

/** The scoring id that the caller chose, or a new one. */
export function toScoringId(headers: LoggingHeaders): string {
  return headers['X-Scoring-Id'] ?? randomUUID();
}

interface RecordOptions extends Pick<LoggedRecord, 'kind' | 'timestamp' | 'responseTime'> {
  readonly file: DeploymentFile;
  /** The version of the deployment. */
  readonly version: string;
  readonly headers: LoggingHeaders;
}

/** Plans the records of a request; they have no columns that the deployment redacts. */
export function buildToRecord({ file, version, headers, kind, timestamp, responseTime }: RecordOptions) {
  const redacted = new Set(file.payload_log?.redact);
  const userId = headers['X-User-Id'];
  return (scoringId: string, { meta, ...table }: RequestTable, response?: LoggedTable): LoggedRecord => ({
    kind,
    deployment: file.id,
    scoringId,
    timestamp,
    responseTime,
    ...(userId !== undefined && { userId }),
    assetRevision: version,
    request: { ...redact(table, redacted), ...(meta && { meta: redact(meta, redacted) }) },
    ...(response && { response: redact(response, redacted) }),
  });
}

/** A table without some of its columns, and nothing else of it. */
function redact({ fields, values }: LoggedTable, redacted: ReadonlySet<string>): LoggedTable {
  if (!fields.some((field) => redacted.has(field))) return { fields, values };
  const kept = [...fields.keys()].filter((index) => !redacted.has(fields[index] as string));
  return {
    fields: kept.map((index) => fields[index] as string),
    values: values.map((row) => kept.map((index) => row[index])),
  };
}
