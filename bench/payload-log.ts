/**
 * What logging costs: `npm run bench -- payload-log`. One engine without a log is asked to score, and one with a log is asked to score
 * and log; its records are on disk before it answers, and go to a server on loopback meanwhile. Rounds alternate.
 */
import { createServer } from 'node:http';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEngine, toScoringPath } from './contenders.ts';
import { makeForestDeployment, makeForestTable } from './forest-deployment.ts';
import { startLoadGenerator } from './load-generator.ts';
import { measureLoad } from './measure-load.ts';
import { printTable } from './report.ts';
import { alternate, medianOf, medianRatio, SECONDS } from './rounds.ts';

/** Rows per call, and connections. */
const LOADS = [
  [1, 8],
  [1, 64],
  [1, 256],
  [100, 64],
] as const;

export async function benchPayloadLog(): Promise<object> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-payload-log-'));
  const sink = createServer((request, response) => void request.resume().once('end', () => response.end()));
  await once(sink.listen(0, '127.0.0.1'), 'listening');
  const generator = startLoadGenerator();
  try {
    const deployments = join(folder, 'deployments');
    await makeForestDeployment(deployments);
    const settings = join(folder, 'payload-log.json');
    const url = `http://127.0.0.1:${(sink.address() as AddressInfo).port}`;
    await writeFile(settings, JSON.stringify({ max_bytes: 2 ** 33, sinks: [{ type: 'http', url }] }));
    const off = await startEngine({ deployments, folder });
    const on = await startEngine({ deployments, folder, options: ['--payload-log', settings] });
    try {
      const results: Record<string, object> = {};
      const rows: string[][] = [];
      for (const [count, connections] of LOADS) {
        const body = JSON.stringify(makeForestTable(count));
        const loads = await alternate(['off', 'on'], (name) =>
          measureLoad(generator, name === 'on' ? on : off, {
            path: name === 'on' ? toScoringPath('forest').replace(/online$/, 'predictions') : toScoringPath('forest'),
            body,
            connections,
            seconds: SECONDS,
          }),
        );
        const ratio = medianRatio(loads.on, loads.off, 'p99');
        for (const name of ['off', 'on'] as const) {
          const load = loads[name];
          const times = (['p50', 'p99'] as const).map((key) => `${medianOf(load, key).toFixed(2)} ms`);
          const last = name === 'on' ? ratio.toFixed(2) : '';
          rows.push([String(count), String(connections), name, medianOf(load, 'rate').toFixed(0), ...times, last]);
        }
        results[`${count} rows, ${connections} connections`] = { ...loads, ratio };
      }
      printTable(
        'Logging on and off',
        ['rows', 'connections', 'logging', 'calls/s', 'p50', 'p99', 'p99 on ÷ off'],
        rows,
      );
      return results;
    } finally {
      await Promise.all([off.stop(), on.stop()]);
    }
  } finally {
    generator.stop();
    sink.close();
    sink.closeAllConnections();
    await rm(folder, { recursive: true, force: true });
  }
}
