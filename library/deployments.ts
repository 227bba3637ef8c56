/** Deployments as a program sees them. */
import type { ScoredEnvelope, ScoredTable, ScoreOptions, ScoringEnvelope, ScoringTable } from './tables.ts';

/** A deployment in service. */
export interface DeploymentSummary {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** The model kind, such as random-forest. */
  readonly kind: string;
  readonly problem_type: 'binary' | 'multiclass' | 'regression';
  /** The features, in the order of the model's inputs. */
  readonly columns: readonly {
    readonly name: string;
    readonly type: 'string' | 'integer' | 'long' | 'double' | 'boolean';
    readonly nullable: boolean;
  }[];
  /** The classes, in the order of the probability vectors; undefined for a regression. */
  readonly labels: readonly (string | number)[] | undefined;
  /** Rows that the model accepts. */
  readonly example: ScoringTable;
}

/** A folder whose deployment is not served, or only in an older version. */
export interface InvalidDeployment {
  readonly id: string;
  readonly problems: readonly string[];
  readonly served: boolean;
}

/** The deployments of a folder. */
export interface Deployments {
  /** The deployments in service, sorted by id. */
  list(): DeploymentSummary[];
  /** The invalid deployments, sorted by id. */
  listInvalid(): InvalidDeployment[];
  /**
   * Scores a table, with the checks and the answer of a request to /v1/deployments/{id}/online.
   * @throws {EngineError} when the table or its scores are invalid, with the code and message of the error reply
   */
  score(id: string, table: ScoringTable, options?: ScoreOptions): Promise<ScoredTable>;
  /** Scores several tables. */
  score(id: string, envelope: ScoringEnvelope, options?: ScoreOptions): Promise<ScoredEnvelope>;
}
