/** Response times of one-row calls, alone and while another client continuously sends 5000-row calls. */
import { setTimeout as sleep } from 'node:timers/promises';
import { HEADERS, startComparison, startEngine, toScoringPath } from '../contenders.ts';
import { startLoadGenerator } from '../load-generator.ts';
import type { LoadResult } from '../load.ts';
import { printTable } from '../report.ts';
import { makeForestTable } from '../forest-deployment.ts';
import { alternate, medianOf, medianRatio, ROUNDS, SECONDS } from '../rounds.ts';
import { CONNECTIONS, type HttpBench } from './http-bench.ts';

/** How many seconds the long calls start before the short ones, and continue after them. */
const MARGIN = 0.5;

export async function measureMixedLoad({ folder, deployments, generator }: HttpBench): Promise<object> {
  // A second process: reading replies of a megabyte would delay the measurement of the short calls.
  const other = startLoadGenerator();
  const servers = {
    ours: await startEngine({ deployments, folder }),
    floor: await startComparison('floor', `${deployments}/forest`, folder),
  };
  const toTask = (name: keyof typeof servers, rows: number, connections: number, seconds: number) => ({
    port: servers[name].port,
    method: 'POST' as const,
    path: toScoringPath('forest'),
    headers: HEADERS,
    body: JSON.stringify(makeForestTable(rows)),
    connections,
    seconds,
  });
  const measureBoth = async (name: keyof typeof servers): Promise<LoadResult & { long: LoadResult }> => {
    const [long, short] = await Promise.all([
      other.load(toTask(name, 5000, 1, SECONDS + 2 * MARGIN)),
      sleep(MARGIN * 1000).then(() => generator.load(toTask(name, 1, CONNECTIONS, SECONDS))),
    ]);
    return { ...short, long };
  };
  try {
    for (const name of ['ours', 'floor'] as const) {
      await generator.load(toTask(name, 1, CONNECTIONS, SECONDS / 2));
      await other.load(toTask(name, 5000, 1, SECONDS / 2));
    }
    const names = ['ours', 'floor'] as const;
    const alone = await alternate(names, (name) => generator.load(toTask(name, 1, CONNECTIONS, SECONDS)));
    const mixed = await alternate(names, measureBoth);
    printTable(
      `One-row calls (${CONNECTIONS} connections) while one client sends 5000-row calls (medians of ${ROUNDS} rounds)`,
      ['server', 'p99 alone', 'p99 mixed', 'factor', 'requests/s alone', 'requests/s mixed', '5000-row calls/s mixed'],
      names.map((name) => [
        name,
        `${medianOf(alone[name], 'p99').toFixed(2)} ms`,
        `${medianOf(mixed[name], 'p99').toFixed(2)} ms`,
        medianRatio(mixed[name], alone[name], 'p99').toFixed(1),
        medianOf(alone[name], 'rate').toFixed(0),
        medianOf(mixed[name], 'rate').toFixed(0),
        medianOf(
          mixed[name].map(({ long }) => long),
          'rate',
        ).toFixed(1),
      ]),
    );
    return { alone, mixed, times: medianRatio(mixed.ours, alone.ours, 'p99') };
  } finally {
    other.stop();
    for (const server of Object.values(servers)) await server.stop();
  }
}
