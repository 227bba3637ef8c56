/**
 * The engine over HTTP: `npm run bench -- http`. Every server is a separate process on loopback, and so is the load generator.
 * On a machine with few cores, the generator takes the same share of them from every contender.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeForestDeployment } from './forest-deployment.ts';
import { compareThroughput } from './http/compare-throughput.ts';
import { compareWorkers } from './http/compare-workers.ts';
import type { HttpBench } from './http/http-bench.ts';
import { measureDiscovery } from './http/measure-discovery.ts';
import { measureFootprint } from './http/measure-footprint.ts';
import { measureMixedLoad } from './http/measure-mixed-load.ts';
import { startLoadGenerator } from './load-generator.ts';

export async function benchHttp(): Promise<object> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-http-'));
  const generator = startLoadGenerator();
  try {
    const deployments = join(folder, 'deployments');
    await makeForestDeployment(deployments);
    const bench: HttpBench = { folder, deployments, generator };
    return {
      throughput: await compareThroughput(bench),
      mixed: await measureMixedLoad(bench),
      workers: await compareWorkers(bench),
      discovery: await measureDiscovery(bench),
      footprint: await measureFootprint(bench),
    };
  } finally {
    generator.stop();
    await rm(folder, { recursive: true });
  }
}
