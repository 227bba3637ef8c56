/** The messages between the processes of an engine with workers. On each channel they arrive in the order they were sent in. */
import type { MetricsRun, MetricsRunRequest } from '../handlers/metrics-providers.ts';
import type { ThreadFailure } from './thread-failure.ts';

/** The messages of a worker to the first process. */
export type FromWorker =
  /** Everything is loaded: the port can be opened. */
  | { readonly type: 'loaded' }
  /** It is serving. */
  | { readonly type: 'ready'; readonly greeting: string }
  /** It has the connection that was sent last. */
  | { readonly type: 'taken' }
  /** A run of a custom monitor is to be evaluated. */
  | { readonly type: 'metrics'; readonly id: number; readonly name: string; readonly request: MetricsRunRequest };

/** The messages of the first process to a worker. */
export type ToWorker =
  /** The port is open. */
  | { readonly type: 'listening'; readonly url: string }
  /** A connection, which comes with the message. */
  | { readonly type: 'connection' }
  /** There are no more connections; those that were sent must be served to their end. */
  | { readonly type: 'stop' }
  /** How far the run is that a message asked for, or why it is not evaluated. */
  | { readonly type: 'metrics'; readonly id: number; readonly run: MetricsRun | ThreadFailure };
