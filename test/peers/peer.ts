/**
 * A real model server that serves a pipeline of train.py. Each is asked here in its own wire format, by code that shares
 * nothing with the engine: what it says of the rows is known before the engine wraps it.
 */
import type { ServerProcess } from '../../bench/server-process.ts';
import type { PeerAnswer, Truth } from './truth.ts';

/** What a peer is started with. */
export interface PeerHome {
  /** The interpreter of its environment. */
  readonly python: string;
  /** The file of the pipeline. */
  readonly pipeline: string;
  readonly truth: Truth;
  /** A folder for its models and its log. */
  readonly folder: string;
}

export interface PeerRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** JSON; a text is sent as it is. */
  readonly body?: unknown;
}

export interface Peer {
  readonly name: string;
  /** The environment under .venv/ that it runs in. */
  readonly environment: 'peers-mlserver' | 'peers-mlflow' | 'peers-kserve' | 'peers-ray';
  /** Which of the pipelines of train.py it serves. */
  readonly pipeline: 'mixed' | 'numbers';
  /** The model kind that wraps it. */
  readonly kind: 'open-inference' | 'mlflow' | 'kserve-v1' | 'json';
  /** What `wrap` is told: the path of the URL, and options for what neither it nor the rows tell. */
  readonly wrapping: { readonly path?: string; readonly options?: readonly string[] };
  /** Whether it answers labels alone: then the engine has no probabilities either. */
  readonly isLabelsOnly?: boolean;
  /** Starts it, on the port where one is given, and waits until it answers. */
  readonly start: (home: PeerHome, port?: number) => Promise<ServerProcess>;
  /** The request that has the rows of the truth scored. */
  readonly toRequest: (truth: Truth) => PeerRequest;
  /** What the reply to it says. */
  readonly toAnswer: (reply: never, truth: Truth) => PeerAnswer;
  /** What else is worth recording for the tests of its kind, by name; the truth has few rows. */
  readonly toFurtherRequests: (truth: Truth) => Readonly<Record<string, PeerRequest>>;
}
