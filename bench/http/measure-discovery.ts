/** A thousand deployments: how long discovery takes, and whether they slow scoring down. */
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { HEADERS, startEngine, toScoringPath } from '../contenders.ts';
import { measureLoad } from '../measure-load.ts';
import { printTable } from '../report.ts';
import { alternate, medianOf, medianRatio, ROUNDS, SECONDS } from '../rounds.ts';
import { copyDeployment } from './copy-deployment.ts';
import { CONNECTIONS, type HttpBench } from './http-bench.ts';

const SAMPLES = 'deployments';
const ROW = JSON.stringify({
  fields: ['sepal_length', 'sepal_width', 'petal_length', 'petal_width'],
  values: [[5.1, 3.5, 1.4, 0.2]],
});

export async function measureDiscovery({ folder, generator }: HttpBench): Promise<object> {
  const thousand = join(folder, 'thousand');
  await cp(join(SAMPLES, 'iris'), join(thousand, 'iris'), { recursive: true });
  await copyDeployment(join(thousand, 'iris'), 999, thousand);
  const servers = {
    '1000': await startEngine({ deployments: thousand, folder }),
    samples: await startEngine({ deployments: SAMPLES, folder }),
  };
  try {
    const names = ['1000', 'samples'] as const;
    const list = (name: keyof typeof servers) =>
      measureLoad(generator, servers[name], { path: '/v1/deployments', connections: 1, seconds: SECONDS });
    const score = (name: keyof typeof servers) =>
      measureLoad(generator, servers[name], {
        path: toScoringPath('iris'),
        body: ROW,
        connections: CONNECTIONS,
        seconds: SECONDS,
      });
    await checkCount(servers['1000'].port, 1000);
    for (const name of names) {
      await list(name);
      await score(name);
    }
    const lists = await alternate(names, list);
    const scores = await alternate(names, score);
    const ratio = medianRatio(scores['1000'], scores.samples, 'rate');
    printTable(
      `Discovery (one connection) and scoring of one row (${CONNECTIONS} connections, medians of ${ROUNDS} rounds)`,
      ['deployments', 'discovery p50', 'discovery p99', 'scoring requests/s', 'scoring p99', 'ratio', 'start to ready'],
      names.map((name) => [
        name,
        `${medianOf(lists[name], 'p50').toFixed(2)} ms`,
        `${medianOf(lists[name], 'p99').toFixed(2)} ms`,
        medianOf(scores[name], 'rate').toFixed(0),
        `${medianOf(scores[name], 'p99').toFixed(2)} ms`,
        name === '1000' ? ratio.toFixed(2) : '',
        `${servers[name].startTime.toFixed(2)} s`,
      ]),
    );
    return { lists, scores, ratio };
  } finally {
    for (const server of Object.values(servers)) await server.stop();
  }
}

async function checkCount(port: number, expected: number): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}/v1/deployments`, { headers: HEADERS });
  const { count } = (await response.json()) as { count: number };
  if (count !== expected) throw new Error(`expected ${expected} deployments; the engine lists ${count}`);
}
