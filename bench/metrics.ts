/**
 * What metrics and traces cost: `npm run bench -- metrics`. An engine without metrics, one with them, and one that is also scraped every
 * second score one row per call, in alternating rounds; and the time per request of what traces do where there is no SDK.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endTrace } from '../server/end-trace.ts';
import { startTrace } from '../server/request-trace.ts';
import { HEADERS, startObserved, toScoringPath } from './contenders.ts';
import { makeForestDeployment, makeForestTable } from './forest-deployment.ts';
import { startLoadGenerator } from './load-generator.ts';
import { measureLoad } from './measure-load.ts';
import { median, printTable } from './report.ts';
import { alternate, medianOf, medianRatio, ROUNDS, SECONDS } from './rounds.ts';

const CONNECTIONS = [8, 64] as const;
const NAMES = ['without', 'with', 'scraped'] as const;
const REPETITIONS = 200_000;

export async function benchMetrics(): Promise<object> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-metrics-'));
  const generator = startLoadGenerator();
  try {
    const deployments = join(folder, 'deployments');
    await makeForestDeployment(deployments);
    const without = await startObserved(false, deployments, folder);
    const observed = await startObserved(true, deployments, folder);
    const results: Record<string, object> = {};
    const rows: string[][] = [];
    try {
      const body = JSON.stringify(makeForestTable(1));
      const scrape = () =>
        fetch(`http://127.0.0.1:${observed.port}/metrics`, { headers: HEADERS }).then((one) => one.text());
      for (const connections of CONNECTIONS) {
        const loads = await alternate(NAMES, async (name) => {
          const timer = name === 'scraped' ? setInterval(() => void scrape(), 1000) : undefined;
          const load = { path: toScoringPath('forest'), body, connections, seconds: SECONDS };
          const measured = await measureLoad(generator, name === 'without' ? without : observed, load);
          clearInterval(timer);
          // CPU time per call, which other work on the machine changes less than the rate.
          return { ...measured, cost: measured.cores / measured.rate };
        });
        for (const name of NAMES) {
          const load = loads[name];
          const ratios = (['rate', 'cost'] as const).map((key) => medianRatio(load, loads.without, key).toFixed(3));
          rows.push([String(connections), name, medianOf(load, 'rate').toFixed(0), ...ratios]);
        }
        results[`${connections} connections`] = loads;
      }
    } finally {
      await Promise.all([without.stop(), observed.stop()]);
    }
    const headers = ['connections', 'metrics', 'calls/s', 'calls/s ÷ without', 'CPU time per call ÷ without'];
    printTable('One row per call', headers, rows);
    const traces = {
      without: timeTraces({}),
      with: timeTraces({ traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01` }),
    };
    printTable(
      'Traces without an SDK, per request',
      ['traceparent', 'time'],
      Object.entries(traces).map(([name, time]) => [name, `${time.toFixed(2)} µs`]),
    );
    return { ...results, traces };
  } finally {
    generator.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Microseconds that a request takes to be in a trace, in the median of the rounds. */
function timeTraces(headers: Record<string, string>): number {
  const request = Object.assign(new IncomingMessage(new Socket()), {
    method: 'POST',
    url: toScoringPath('forest'),
    headers,
  });
  const exchange = {
    id: '',
    request,
    details: {},
    status: 200,
    error: undefined,
    duration: 1,
    requestBytes: 0,
    replyBytes: 0,
  };
  const times = Array.from({ length: ROUNDS + 1 }, () => {
    const start = performance.now();
    for (let time = 0; time < REPETITIONS; time++) endTrace({ ...exchange, trace: startTrace(request) });
    return ((performance.now() - start) * 1000) / REPETITIONS;
  });
  // The first round is slow.
  return median(times.slice(1));
}
