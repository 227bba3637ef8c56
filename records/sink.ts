/** What is logged of a scored request or of feedback, and where it is sent. The spool keeps records; a sink delivers them. */

/** Columns by name, and rows of cells in their order; cells are JSON values. */
export interface LoggedTable {
  readonly fields: readonly string[];
  readonly values: readonly (readonly unknown[])[];
}

/** A table that was scored, or rows of feedback. Columns that the operator redacts are not in it. */
export interface LoggedRecord {
  readonly kind: 'payload' | 'feedback';
  /** The id of the deployment. */
  readonly deployment: string;
  /** Unique per kind and deployment. A sink that receives an id again has already been given the same record. */
  readonly scoringId: string;
  /** When the request arrived: ISO 8601 in UTC, with milliseconds. */
  readonly timestamp: string;
  /** How long scoring took, in whole milliseconds; 0 for feedback. */
  readonly responseTime: number;
  /** Who sent the request, if the caller says so. */
  readonly userId?: string;
  /** The version of the model, if the deployment has one. */
  readonly assetRevision?: string;
  /** For feedback, the rows with their label column. `meta` has attributes that the model does not know. */
  readonly request: LoggedTable & { readonly meta?: LoggedTable };
  /** The model's answer, with the input columns if the deployment echoes them; feedback has none. */
  readonly response?: LoggedTable;
}

/** Delivers records to another system. */
export interface Sink {
  /** How commands, logs and metrics name it. */
  readonly name: string;
  /**
   * Resolves when every record has been acknowledged. The caller retries, waits and splits batches; records may come again after
   * a crash, with the same ids.
   * @throws {SinkError} what it says applies to the whole batch
   */
  send(records: readonly LoggedRecord[], signal: AbortSignal): Promise<void>;
}

/** A failed delivery. The message is for logs and the operator: it names the place and never has data values or secrets. */
export class SinkError extends Error {
  /** Whether sending the same records again cannot succeed. A permanent failure of a single record makes it a dead letter. */
  readonly isPermanent: boolean;
  /** How long the sink asks to wait before the next attempt, in milliseconds. */
  readonly retryAfter: number | undefined;

  constructor(
    message: string,
    { isPermanent, retryAfter, cause }: { isPermanent: boolean; retryAfter?: number | undefined; cause?: unknown },
  ) {
    super(message, { cause });
    this.name = 'SinkError';
    this.isPermanent = isPermanent;
    this.retryAfter = retryAfter;
  }
}
