/**
 * The cost of wrapping: `npm run bench -- wrapping`. Each upstream is called directly, in its own format, and through an engine
 * that wraps it, on one connection, so that nothing queues. Then a thousand concurrent calls wait for a slow upstream.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeForestDeployment, writeForestCsv } from './forest-deployment.ts';
import { startLoadGenerator } from './load-generator.ts';
import { compareWrapped } from './wrapping/compare-wrapped.ts';
import { measureWaiting } from './wrapping/measure-waiting.ts';

export async function benchWrapping(): Promise<object> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-wrapping-'));
  const generator = startLoadGenerator();
  try {
    const deployments = join(folder, 'deployments');
    await makeForestDeployment(deployments);
    const csv = join(folder, 'forest.csv');
    await writeForestCsv(csv);
    const bench = { folder, deployments, csv, generator };
    return { overhead: await compareWrapped(bench), waiting: await measureWaiting(bench) };
  } finally {
    generator.stop();
    await rm(folder, { recursive: true });
  }
}
