/** The messages between the processes of an engine with workers. On each channel they arrive in the order they were sent in. */
import type { MetricsRun, MetricsRunRequest } from '../../handlers/metrics-providers.ts';
import type { EndedSession } from '../access/ended-sessions.ts';
import type { ThreadFailure } from '../threads/thread-failure.ts';

import type { Figures } from '../metrics/figures.ts';
import type { Format, MetricsText } from '../metrics/render.ts';

/** The messages of a worker to the first process. */
export type FromWorker =
  /** Everything is loaded: the port can be opened. */
  | { readonly type: 'loaded' }
  /** It is serving. */
  | { readonly type: 'ready'; readonly greeting: string }
  /** It has the connection that was sent last. */
  | { readonly type: 'taken' }
  /** Asks the first process to evaluate a run of a custom monitor. */
  | { readonly type: 'metrics run'; readonly id: number; readonly name: string; readonly request: MetricsRunRequest }
  /** Somebody has logged out. */
  | { readonly type: 'session ended'; readonly session: EndedSession }
  /** What it has counted and measures, because it was asked or ends. */
  | { readonly type: 'figures'; readonly figures: Figures }
  /** It has to answer with the metrics of all processes. */
  | { readonly type: 'scrape'; readonly id: number; readonly format: Format };

/** The messages of the first process to a worker. */
export type ToWorker =
  /** The port is open; TLS sessions are resumed with the keys, in base64. */
  | {
      readonly type: 'listening';
      readonly url: string;
      readonly ticketKeys?: string | undefined;
      readonly sessionSecret?: string | undefined;
      readonly endedSessions?: readonly EndedSession[] | undefined;
    }
  /** Somebody has logged out at another worker. */
  | { readonly type: 'session ended'; readonly session: EndedSession }
  /** A connection, which comes with the message. */
  | { readonly type: 'connection' }
  /** There are no more connections; those that were sent must be served to their end. */
  | { readonly type: 'stop' }
  /** How far the run is that a message asked for, or why it is not evaluated. */
  | { readonly type: 'metrics run'; readonly id: number; readonly run: MetricsRun | ThreadFailure }
  /** It is to tell its figures. */
  | { readonly type: 'tell figures' }
  /** The metrics of all processes. */
  | { readonly type: 'scraped'; readonly id: number; readonly text: MetricsText };
