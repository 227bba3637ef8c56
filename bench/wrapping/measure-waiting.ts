/** A thousand calls that wait for a slow upstream: their memory, and the response times of another deployment meanwhile. */
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { startEngine, toScoringPath } from '../contenders.ts';
import { makeForestTable } from '../forest-deployment.ts';
import { startLoadGenerator } from '../load-generator.ts';
import { measureLoad } from '../measure-load.ts';
import { readMemory } from '../process-usage.ts';
import { printTable } from '../report.ts';
import { startServer } from '../server-process.ts';
import { writeWrapped, type WrappingBench } from './wrapping-bench.ts';

const CALLS = 1000;
/** Long enough for two answers on each connection. */
const SECONDS = 5;

export async function measureWaiting(bench: WrappingBench): Promise<object> {
  const { folder, generator } = bench;
  const upstream = await startServer({
    name: 'the slow upstream',
    command: (port) => [process.execPath, 'dist/bench/servers/slow-upstream.js', String(port)],
    readyPath: '/',
    folder,
  });
  const settings = { url: `http://127.0.0.1:${upstream.port}`, max_connections: CALLS, max_pending: 2 * CALLS };
  const deployments = await writeWrapped(bench, 'waiting', {
    slow: { kind: 'json', settings, hasProbabilities: true },
  });
  await cp(join(bench.deployments, 'forest'), join(deployments, 'forest'), { recursive: true });
  const others = startLoadGenerator();
  const results: object[] = [];
  const lines: string[][] = [];
  try {
    for (const rows of [1, 100]) {
      const engine = await startEngine({ deployments, folder, options: ['--max-concurrency', String(2 * CALLS)] });
      try {
        const before = readMemory(engine.pid);
        const body = JSON.stringify(makeForestTable(rows));
        const alone = await measureLoad(others, engine, {
          path: toScoringPath('forest'),
          body,
          connections: 1,
          seconds: 1,
        });
        const [waiting, beside] = await Promise.all([
          measureLoad(generator, engine, { path: toScoringPath('slow'), body, connections: CALLS, seconds: SECONDS }),
          measureLoad(others, engine, { path: toScoringPath('forest'), body, connections: 1, seconds: SECONDS }),
        ]);
        const memory = readMemory(engine.pid);
        results.push({ rows, before, memory, waiting, alone, beside });
        lines.push([
          String(rows),
          `${before?.rss.toFixed(0)} MB`,
          `${memory?.peak.toFixed(0)} MB`,
          `${waiting.p50.toFixed(0)} ms`,
          `${alone.p50.toFixed(2)} ms`,
          `${beside.p50.toFixed(2)} ms`,
        ]);
      } finally {
        await engine.stop();
      }
    }
  } finally {
    others.stop();
    await upstream.stop();
  }
  printTable(
    `${CALLS} calls that wait for an upstream that takes 2 s`,
    ['rows per call', 'memory before', 'peak', 'their p50', 'another deployment, p50 before', 'meanwhile'],
    lines,
  );
  return { results };
}
