import { cpus } from 'node:os';
import { HEADERS } from './contenders.ts';
import type { LoadGenerator } from './load-generator.ts';
import type { LoadResult, LoadTask } from './load.ts';
import { readProcessorTime } from './process-usage.ts';
import type { ServerProcess } from './server-process.ts';

/** The result of a load, and its cost; NaN where the system does not report it. */
export interface MeasuredLoad extends LoadResult {
  /** The CPU time that the server used per second: all threads of its process and of those that it started. */
  readonly cores: number;
  /**
   * The estimated rate without the load generator, as if the server had always got a core when it was ready to run, up to the
   * number of cores: `rate × min(cores of the machine, used + waited) ÷ used`.
   */
  readonly rateAside: number;
}

/** Puts a server under load with one repeated request, a POST if it has a body. Only one server may be under load at a time. */
export async function measureLoad(
  generator: LoadGenerator,
  { port, pid }: ServerProcess,
  task: Pick<LoadTask, 'path' | 'body' | 'connections' | 'seconds'>,
): Promise<MeasuredLoad> {
  const method = task.body === undefined ? 'GET' : 'POST';
  const before = readProcessorTime(pid);
  const result = await generator.load({ ...task, port, method, headers: HEADERS });
  const after = readProcessorTime(pid);
  if (!before || !after) return { ...result, cores: NaN, rateAside: NaN };
  const cores = (after.used - before.used) / result.seconds;
  const waited = (after.waited - before.waited) / result.seconds;
  return { ...result, cores, rateAside: (result.rate * Math.min(cpus().length, cores + waited)) / cores };
}
