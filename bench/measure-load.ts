import { cpus } from 'node:os';
import { HEADERS } from './contenders.ts';
import type { LoadGenerator } from './load-generator.ts';
import type { LoadResult, LoadTask } from './load.ts';
import { readProcessorTime } from './process-usage.ts';
import type { ServerProcess } from './server-process.ts';

/** A load, and what it cost; NaN where the system does not tell. */
export interface MeasuredLoad extends LoadResult {
  /** The processor time that the server used a second: its process and those that it started, all threads. */
  readonly cores: number;
  /**
   * The rate, load aside: had the server been given a core whenever it was ready to run, and the machine has one, instead of
   * waiting for the generator to leave it. `rate × min(cores of the machine, used + waited) ÷ used`.
   */
  readonly rateAside: number;
}

/** Loads a server with one request over and over; with a body it is a POST. Only one server is to be under load. */
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
