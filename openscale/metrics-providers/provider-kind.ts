/** What a kind of metrics provider is: a function of the records of a data set, and the metrics that it can give. */
import type { z } from 'zod';
import type { DeploymentFile } from '../../models/deployment-file.ts';
import type { WrittenStatistics } from '../written-statistics.ts';
import type { RecordTable } from './record-table.ts';

/** The metrics of one measurement by their ids, and the tags that say what they are of, such as `{"column": "age"}`. */
export type MetricGroup = Readonly<Record<string, number | string>>;

/** A metric as a monitor definition has it. Its name is its id, too: lower case and underscores. */
export interface MetricDefinition {
  readonly name: string;
  readonly description: string;
  /** When OpenScale warns unless the user says otherwise. */
  readonly threshold?: { readonly type: 'lower_limit' | 'upper_limit'; readonly default: number };
}

/** A tag of metrics: what they are of. */
export interface TagDefinition {
  readonly name: string;
  readonly description: string;
}

/** The data sets of a subscription that can be evaluated. */
export type DataSetType = 'payload' | 'feedback';

/** What a provider computes of. */
export interface ProviderInput {
  readonly records: RecordTable;
  /** Records of the time before, where the parameters name one. */
  readonly baseline: RecordTable | undefined;
  /** The columns of the label and of what the model answered, where the records have them. */
  readonly label: string | undefined;
  readonly prediction: string | undefined;
  readonly probability: string | undefined;
  /** The classes in the order of the probabilities; undefined for a regression, or where they are unknown. */
  readonly classes: readonly (string | number)[] | undefined;
  readonly features: readonly string[];
  /** The deployment, where this engine has it. */
  readonly deployment: Pick<DeploymentFile, 'columns'> | undefined;
  /** What `train` wrote beside it. */
  readonly statistics: WrittenStatistics | undefined;
}

export interface ProviderKind<Parameters> {
  /** The parameters, of which the settings of the engine may have some and the monitor instance the others. */
  readonly schema: z.ZodType<Parameters>;
  readonly metrics: readonly MetricDefinition[];
  readonly tags: readonly TagDefinition[];
  /** The data sets that it can use, the preferred one first. */
  readonly dataSets: readonly DataSetType[];
  /** Whether feedback without predictions is scored first. */
  readonly needsScores: boolean;
  /**
   * Computes the metrics.
   * @throws {ProviderError} when the records or the parameters do not suffice
   */
  readonly compute: (
    input: ProviderInput,
    parameters: Parameters,
  ) => readonly MetricGroup[] | Promise<readonly MetricGroup[]>;
}

/** Why metrics cannot be computed, and the way out; for the user of OpenScale, without values of records. */
export class ProviderError extends Error {
  override readonly name = 'ProviderError';
  /** For programs: a snake_case word. */
  readonly code: string;

  constructor(message: string, code = 'not_computable', options: { cause?: unknown } = {}) {
    super(message, options);
    this.code = code;
  }
}

/**
 * The cells of a column.
 * @throws {ProviderError} if the records have no such column
 */
export function takeColumn({ columns }: RecordTable, name: string, what: string): readonly unknown[] {
  const cells = columns.get(name);
  if (cells) return cells;
  throw new ProviderError(`${what}: the records have no column ${JSON.stringify(name)}.`);
}
