/** The messages between the engine and the thread that evaluates runs of custom monitors. */
import type { EndedRun, RunRequest } from '../../openscale/metrics-providers/run-request.ts';
import type { MetricsProvidersSettings, OpenScaleConnection } from './metrics-providers-settings.ts';
import type { ThreadFailure } from '../threads/thread-failure.ts';

/** What the thread starts with. */
export interface MetricsThreadData {
  readonly settings: MetricsProvidersSettings & { readonly openscale: OpenScaleConnection };
  /** The folder of the deployments. */
  readonly deployments: string;
  readonly allowModules: boolean;
  /** Milliseconds within which runs must be ended at OpenScale after a stop. */
  readonly stopTime: number;
}

export type ToMetricsThread =
  | { readonly type: 'run' | 'abandon'; readonly id: number; readonly name: string; readonly request: RunRequest }
  | { readonly type: 'stop' };

export type FromMetricsThread =
  | { readonly type: 'ended'; readonly id: number; readonly ended: EndedRun }
  | { readonly type: 'failed'; readonly id: number; readonly failure: ThreadFailure };
