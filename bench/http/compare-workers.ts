/**
 * One worker against two. The load generator needs part of the same two cores, so the raw ratio is lower than it would be for
 * clients on other machines. The ratio "without load generator" compares what each would reach if its threads never had to
 * wait for a core that another process holds (bench/measure-load.ts); an idle worker does not improve it. Each worker has one
 * scoring thread, because a single worker with two would use both cores for calls of 5000 rows.
 */
import { startEngine, toScoringPath } from '../contenders.ts';
import { measureLoad } from '../measure-load.ts';
import { printTable } from '../report.ts';
import { makeForestTable } from '../forest-deployment.ts';
import { alternate, medianOf, medianRatio, ROUNDS, SECONDS } from '../rounds.ts';
import type { ServerProcess } from '../server-process.ts';
import type { HttpBench } from './http-bench.ts';

/** More than in other benchmarks, so that each of two workers gets several, however the system distributes them. */
const CONNECTIONS = 16;

export async function compareWorkers({ folder, deployments, generator }: HttpBench): Promise<object[]> {
  const names = ['one', 'two'] as const;
  const servers: Record<(typeof names)[number], ServerProcess> = {
    one: await startEngine({ deployments, folder, options: ['--workers', '1', '--threads', '1'] }),
    two: await startEngine({ deployments, folder, options: ['--workers', '2', '--threads', '1'] }),
  };
  try {
    const results: object[] = [];
    const lines: string[][] = [];
    for (const rows of [1, 100, 5000]) {
      const body = JSON.stringify(makeForestTable(rows));
      const task = { path: toScoringPath('forest'), body, connections: CONNECTIONS, seconds: SECONDS };
      const measure = (name: keyof typeof servers) => measureLoad(generator, servers[name], task);
      for (const name of names) await measure(name);
      const rounds = await alternate(names, measure);
      const raw = medianRatio(rounds.two, rounds.one, 'rate');
      const aside = medianRatio(rounds.two, rounds.one, 'rateAside');
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
      `One and two workers (${CONNECTIONS} connections, medians of ${ROUNDS} rounds)`,
      [
        'rows per call',
        'one: requests/s',
        'two: requests/s',
        'raw ratio',
        'one: cores',
        'two: cores',
        'ratio without load generator',
      ],
      lines,
    );
    return results;
  } finally {
    for (const server of Object.values(servers)) await server.stop();
  }
}
