/**
 * A real model server that serves a pipeline of train.py. Each is called here in its own wire format, by code that shares nothing
 * with the engine, so that its answers are known before the engine wraps it.
 */
import type { ServerProcess } from '../../bench/server-process.ts';
import type { PeerAnswer, Truth } from './truth.ts';

/** What a peer is started with. */
export interface PeerHome {
  /** The interpreter of its environment. */
  readonly python: string;
  /** The pipeline's file. */
  readonly pipeline: string;
  readonly truth: Truth;
  /** A folder for its models and its log. */
  readonly folder: string;
}

export interface PeerRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** JSON; text is sent unchanged. */
  readonly body?: unknown;
}

export interface Peer {
  readonly name: string;
  /** The environment under .venv/ that it runs in. */
  readonly environment: 'peers-mlserver' | 'peers-mlflow' | 'peers-kserve' | 'peers-ray';
  /** The pipeline of train.py that it serves. */
  readonly pipeline: 'mixed' | 'trees' | 'numbers';
  /** The model kind that wraps it. */
  readonly kind: 'open-inference' | 'mlflow' | 'kserve-v1' | 'json';
  /** Parameters of `wrap`: the path of the URL, and options for what neither the server nor the rows show. */
  readonly wrapping: { readonly path?: string; readonly options?: readonly string[] };
  /** Whether it answers only labels, so that the engine has no probabilities either. */
  readonly isLabelsOnly?: boolean;
  /** Starts it, on the given port if there is one, and waits until it answers. */
  readonly start: (home: PeerHome, port?: number) => Promise<ServerProcess>;
  /** The request that scores the rows of the truth. */
  readonly toRequest: (truth: Truth) => PeerRequest;
  /** The answer in the reply. */
  readonly toAnswer: (reply: never, truth: Truth) => PeerAnswer;
  /** Further requests to record for the tests of its kind, by name; the truth has few rows. */
  readonly toFurtherRequests: (truth: Truth) => Readonly<Record<string, PeerRequest>>;
}
