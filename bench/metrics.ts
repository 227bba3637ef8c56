/**
 * What metrics and traces cost: `npm run bench -- metrics`. Engines without metrics and engines with them score one row per call, in
 * alternating rounds; and the time per request of what traces do where there is no SDK. The cost is so small that two processes of the
 * same engine differ by more: so there are two of each, and the least CPU time per call counts, which other work disturbs least.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endTrace } from '../server/end-trace.ts';
import { startTrace } from '../server/request-trace.ts';
import { startObserved, toScoringPath } from './contenders.ts';
import { makeForestDeployment, makeForestTable } from './forest-deployment.ts';
import { startLoadGenerator } from './load-generator.ts';
import { measureLoad, type MeasuredLoad } from './measure-load.ts';
import { median, printTable } from './report.ts';
import { alternate, medianOf, ROUNDS, SECONDS } from './rounds.ts';

const CONNECTIONS = 16;
/** Without metrics, with them, and each once more. */
const NAMES = ['without', 'with', 'without, again', 'with, again'] as const;
const REPETITIONS = 200_000;
/** How often all rounds are repeated. */
const PASSES = 4;

export async function benchMetrics(): Promise<object> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-metrics-'));
  const generator = startLoadGenerator();
  try {
    const deployments = join(folder, 'deployments');
    await makeForestDeployment(deployments);
    const engines = new Map(
      await Promise.all(
        NAMES.map(
          async (name) =>
            [name, await startObserved(name.startsWith('with,') || name === 'with', deployments, folder)] as const,
        ),
      ),
    );
    const loads: (MeasuredLoad & { readonly name: string; readonly cost: number })[] = [];
    try {
      const body = JSON.stringify(makeForestTable(1));
      const load = { path: toScoringPath('forest'), body, connections: CONNECTIONS, seconds: SECONDS };
      for (let pass = 0; pass < PASSES; pass++)
        await alternate(NAMES, async (name) => {
          const measured = await measureLoad(
            generator,
            engines.get(name) as NonNullable<ReturnType<typeof engines.get>>,
            load,
          );
          loads.push({ ...measured, name, cost: (measured.cores / measured.rate) * 1e6 });
        });
    } finally {
      await Promise.all([...engines.values()].map((engine) => engine.stop()));
    }
    const toLeast = (isObserved: boolean) =>
      Math.min(...loads.filter(({ name }) => name.startsWith('without') !== isObserved).map(({ cost }) => cost));
    printTable(
      'One row per call',
      ['metrics', 'calls/s', 'CPU time per call', 'least'],
      NAMES.map((name) => {
        const own = loads.filter((load) => load.name === name);
        const least = Math.min(...own.map(({ cost }) => cost));
        return [
          name,
          medianOf(own, 'rate').toFixed(0),
          `${medianOf(own, 'cost').toFixed(1)} µs`,
          `${least.toFixed(1)} µs`,
        ];
      }),
    );
    const ratio = toLeast(true) / toLeast(false);
    console.log(`\nThe least CPU time per call with metrics is ${ratio.toFixed(3)} × that without.`);
    const traces = {
      without: timeTraces({}),
      with: timeTraces({ traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01` }),
    };
    printTable(
      'Traces without an SDK, per request',
      ['traceparent', 'time'],
      Object.entries(traces).map(([name, time]) => [name, `${time.toFixed(2)} µs`]),
    );
    return { loads, ratio, traces };
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
  const exchange = { id: '', request, details: {}, status: 200, error: undefined, duration: 1, requestBytes: 0 };
  const ended = { ...exchange, replyBytes: 0, trace: startTrace(request) };
  const times = Array.from({ length: ROUNDS + 1 }, () => {
    const { user, system } = process.cpuUsage();
    for (let time = 0; time < REPETITIONS; time++) {
      startTrace(request);
      endTrace(ended);
    }
    const after = process.cpuUsage();
    return (after.user - user + after.system - system) / REPETITIONS;
  });
  // The first round is slow.
  return median(times.slice(1));
}
