/**
 * What loading a large forest costs the requests that are answered meanwhile: the longest time that the event loop is blocked,
 * in the thread of the requests and in a thread of its own.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DeploymentLoader } from '../catalogue/deployment-loader.ts';
import { loadDeployment } from '../catalogue/load-deployment.ts';
import { makeForestDeployment } from './forest-deployment.ts';
import { median, printTable } from './report.ts';

const ROUNDS = 7;

export async function benchLoading(): Promise<object> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-loading-'));
  const loader = new DeploymentLoader({ allowModules: false });
  loader.start();
  try {
    const deployment = await makeForestDeployment(folder);
    const { size } = await stat(join(deployment, 'model.json'));
    const ways = {
      'in the thread of the requests': () => loadDeployment(deployment, { allowModules: false }),
      'in a thread of its own': () => loader.load(deployment),
    };
    const results = [];
    for (const [way, load] of Object.entries(ways)) {
      await load();
      const rounds: Round[] = [];
      for (let round = 0; round < ROUNDS; round++) rounds.push(await measure(load));
      results.push({
        way,
        blocked: median(rounds.map(({ blocked }) => blocked)),
        took: median(rounds.map(({ took }) => took)),
      });
    }
    printTable(
      `Loading a forest of ${(size / 2 ** 20).toFixed(1)} MiB of JSON`,
      ['where', 'event loop blocked (ms)', 'takes (ms)'],
      results.map(({ way, blocked, took }) => [way, blocked.toFixed(1), took.toFixed(0)]),
    );
    return { bytes: size, results };
  } finally {
    await loader.close();
    await rm(folder, { recursive: true });
  }
}

/** In milliseconds. */
interface Round {
  readonly blocked: number;
  readonly took: number;
}

async function measure(load: () => Promise<unknown>): Promise<Round> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  await sleep(20);
  delay.reset();
  const start = performance.now();
  await load();
  const took = performance.now() - start;
  await sleep(5);
  delay.disable();
  return { blocked: delay.max / 1e6, took };
}
