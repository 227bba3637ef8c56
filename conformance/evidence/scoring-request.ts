import type { EngineRequest } from '../client/exchange.ts';
import type { Rows } from '../rows/rows.ts';
import type { PublishedDeployment } from './published-deployment.ts';

/** What a request is built from: the first rows, and what is published about their columns. */
export interface ProbeSource {
  readonly published: PublishedDeployment;
  readonly rows: Rows;
  /** The scoring id that is sent to operations that log, of this run alone. */
  readonly scoringId: string;
  /** The predictions of the first call, for feedback; none before they are needed. */
  readonly labels: readonly unknown[];
}

/** A request to a deployment, without its URL. */
export type ScoringRequest = Partial<Omit<EngineRequest, 'url'>> & {
  /** In place of a body: a table, which is put into an envelope if the engine takes nothing else. */
  readonly table?: unknown;
  /** Sent to the URL of a deployment that does not exist. */
  readonly unknownDeployment?: boolean;
  /** The operation beside `online` that it is sent to. */
  readonly operation?: 'predictions' | 'feedback';
};
