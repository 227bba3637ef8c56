/** What a run of a custom monitor is given, and how it ends. */
import type { Deployment } from '../../models/deployment.ts';
import type { OpenScaleClient, Query } from '../client/openscale-client.ts';
import type { ProviderInput } from './provider-kind.ts';
import type { RecordLimits } from './read-records.ts';

/** What OpenScale sends: the run, what it is of, and the parameters of the monitor instance. */
export interface RunRequest {
  readonly data_mart_id: string;
  readonly subscription_id: string;
  readonly custom_monitor_id: string;
  readonly custom_monitor_instance_id: string;
  readonly custom_monitor_run_id: string;
  readonly custom_monitor_instance_params?: Readonly<Record<string, unknown>> | null;
  readonly payload_dataset_id?: string | null;
  readonly feedback_dataset_id?: string | null;
}

/** How a run ended, as OpenScale knows it too. */
export interface EndedRun {
  readonly state: 'finished' | 'error';
  /** Why it ended in error. */
  readonly message?: string;
  /** How many records were evaluated, and how many groups of metrics posted. */
  readonly records?: number;
  readonly measurements?: number;
  /** What happened, for the log of the engine. */
  readonly cause?: string;
}

/** What the engine knows of a deployment besides what OpenScale does. */
export interface KnownDeployment extends Pick<ProviderInput, 'deployment' | 'statistics'> {
  readonly classes: ProviderInput['classes'];
  /** Loads its model. To be closed by the caller. */
  readonly load: () => Promise<Deployment>;
}

export interface EvaluateOptions {
  readonly client: OpenScaleClient;
  /** The space or project that everything belongs to. */
  readonly scope: Query;
  readonly limits: RecordLimits;
  /** Finds a deployment of this engine. */
  readonly findDeployment: (id: string) => Promise<KnownDeployment | undefined>;
  /** Milliseconds before the first repetition of what OpenScale did not take; doubled each time. */
  readonly pause: number;
  /** Aborted when the run must end; its reason is a ProviderError. */
  readonly signal: AbortSignal;
  /** Aborted when there is no more time to say so at OpenScale. */
  readonly deadline?: AbortSignal | undefined;
}

/** The path of the monitor instance whose run it is. */
export function toInstancePath({ custom_monitor_instance_id: id }: RunRequest): string {
  return `/v2/monitor_instances/${encodeURIComponent(id)}`;
}

/** The path of the run. */
export function toRunPath(request: RunRequest): string {
  return `${toInstancePath(request)}/runs/${encodeURIComponent(request.custom_monitor_run_id)}`;
}
