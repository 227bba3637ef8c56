import type { LoadGenerator } from '../load-generator.ts';

/** What the HTTP benchmarks share. */
export interface HttpBench {
  /** A temporary folder. */
  readonly folder: string;
  /** A deployments folder that holds only `forest`. */
  readonly deployments: string;
  readonly generator: LoadGenerator;
}

/** The default number of concurrent connections. */
export const CONNECTIONS = 4;
