/**
 * One worker against two. The generator of the load needs some of the same two cores, so the raw ratio is less than the
 * machine would give to clients elsewhere. "Load aside" is the rate for the processor time that was left to the server:
 * `workers × requests ÷ min(workers × elapsed, what the server used + what nobody used)`, in seconds. So a worker that waits
 * while a core is free counts against the server, and only what others took (the generator, the system) does not.
 */
import { cpus } from 'node:os';
import { HEADERS, hasWorkers, startEngine, toScoringPath } from '../contenders.ts';
import type { LoadResult } from '../load.ts';
import { readCpuSeconds } from '../process-usage.ts';
import { printTable } from '../report.ts';
import { toRequestBody } from '../request-body.ts';
import { alternate, medianOf, medianRatio, ROUNDS, SECONDS } from '../rounds.ts';
import type { ServerProcess } from '../server-process.ts';
import type { HttpBench } from './http-bench.ts';

/** More than elsewhere, so that each of two workers has several whichever way the system spreads them. */
const CONNECTIONS = 16;

interface WorkerResult extends LoadResult {
  /** How many cores the server kept busy. */
  readonly cores: number;
  /** The rate, load aside. */
  readonly aside: number;
}

export async function compareWorkers({ folder, deployments, generator }: HttpBench): Promise<object[] | undefined> {
  if (!hasWorkers()) {
    console.log('\nTwo workers are left out: `serve` has no option --workers.');
    return undefined;
  }
  const names = ['one', 'two'] as const;
  const servers: Record<(typeof names)[number], ServerProcess> = {
    one: await startEngine({ deployments, folder, workers: 1 }),
    two: await startEngine({ deployments, folder, workers: 2 }),
  };
  try {
    const results: object[] = [];
    const lines: string[][] = [];
    for (const rows of [1, 100, 5000]) {
      const body = JSON.stringify(toRequestBody(rows));
      const measure = async (name: keyof typeof servers): Promise<WorkerResult> => {
        const { port, pid } = servers[name];
        const before = { used: readCpuSeconds(pid) ?? NaN, idle: readIdleSeconds() };
        const task = { port, path: toScoringPath('forest'), headers: HEADERS, body, connections: CONNECTIONS };
        const result = await generator.load({ ...task, method: 'POST', seconds: SECONDS });
        const used = (readCpuSeconds(pid) ?? NaN) - before.used;
        const left = used + readIdleSeconds() - before.idle;
        const workers = name === 'one' ? 1 : 2;
        return {
          ...result,
          cores: used / result.seconds,
          aside: (workers * result.requests) / Math.min(workers * result.seconds, left),
        };
      };
      for (const name of names) await measure(name);
      const rounds = await alternate(names, measure);
      const raw = medianRatio(rounds.two, rounds.one, 'rate');
      const aside = medianRatio(rounds.two, rounds.one, 'aside');
      results.push({ rows, raw, aside, rounds });
      lines.push([
        String(rows),
        ...names.map((name) => medianOf(rounds[name], 'rate').toFixed(rows < 5000 ? 0 : 1)),
        raw.toFixed(2),
        ...names.map((name) => medianOf(rounds[name], 'cores').toFixed(2)),
        aside.toFixed(2),
      ]);
    }
    printTable(
      `### One worker and two (${CONNECTIONS} connections, medians of ${ROUNDS} rounds)`,
      [
        'rows a call',
        'one: requests/s',
        'two: requests/s',
        'raw ratio',
        'one: cores',
        'two: cores',
        'ratio, load aside',
      ],
      lines,
    );
    return results;
  } finally {
    for (const server of Object.values(servers)) await server.stop();
  }
}

/** The processor time that no process used since the machine started, over all cores. */
function readIdleSeconds(): number {
  return cpus().reduce((sum, { times }) => sum + times.idle, 0) / 1000;
}
