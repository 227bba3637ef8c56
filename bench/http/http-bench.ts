import type { LoadGenerator } from '../load-generator.ts';

/** What the benchmarks of HTTP share. */
export interface HttpBench {
  /** A temporary folder. */
  readonly folder: string;
  /** A folder of deployments in which `forest` is the only one. */
  readonly deployments: string;
  readonly generator: LoadGenerator;
}

/** How many connections ask at once, where nothing else is said. */
export const CONNECTIONS = 4;
