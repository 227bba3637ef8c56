/**
 * What metrics and traces cost: `npm run bench -- metrics`. One engine scores one row per call, with metrics and without, in many short
 * rounds that alternate; and the time per request of what traces do where there is no SDK. Two processes of the same engine differ by
 * more than metrics cost, so one process switches them off and on.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endTrace } from '../server/exchange/end-trace.ts';
import { startTrace } from '../server/exchange/request-trace.ts';
import { startObserved, toScoringPath } from './contenders.ts';
import { makeForestDeployment, makeForestTable } from './forest-deployment.ts';
import { startLoadGenerator } from './load-generator.ts';
import { measureLoad } from './measure-load.ts';
import { median, printTable } from './report.ts';
import { alternate, medianOf, medianRatio, ROUNDS, SECONDS } from './rounds.ts';

const CONNECTIONS = 16;
const NAMES = ['without', 'with'] as const;
const REPETITIONS = 200_000;
/** How often all rounds are repeated, each time in a new process. */
const PASSES = 6;

export async function benchMetrics(): Promise<object> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-metrics-'));
  const generator = startLoadGenerator();
  try {
    const deployments = join(folder, 'deployments');
    await makeForestDeployment(deployments);
    const load = {
      path: toScoringPath('forest'),
      body: JSON.stringify(makeForestTable(1)),
      connections: CONNECTIONS,
      seconds: SECONDS,
    };
    const loads: Record<(typeof NAMES)[number], { rate: number; cost: number }[]> = { without: [], with: [] };
    for (let pass = 0; pass < PASSES; pass++) {
      const engine = await startObserved(deployments, folder);
      let current: (typeof NAMES)[number] = 'with';
      try {
        // Until it is warm.
        await measureLoad(generator, engine, load);
        const measured = await alternate(NAMES, async (name) => {
          if (name !== current) process.kill(engine.pid, 'SIGUSR2');
          current = name;
          const { rate, cores } = await measureLoad(generator, engine, load);
          // Other work on the machine changes the CPU time per call less than the rate.
          return { rate, cost: (cores / rate) * 1e6 };
        });
        for (const name of NAMES) loads[name].push(...measured[name]);
      } finally {
        await engine.stop();
      }
    }
    const ratios = (['rate', 'cost'] as const).map((key) => medianRatio(loads.with, loads.without, key));
    printTable(
      'One row per call',
      ['metrics', 'calls/s', 'CPU time per call'],
      [
        ...NAMES.map((name) => [
          name,
          medianOf(loads[name], 'rate').toFixed(0),
          `${medianOf(loads[name], 'cost').toFixed(1)} µs`,
        ]),
        ['with ÷ without', ...ratios.map((ratio) => ratio.toFixed(3))],
      ],
    );
    const traces = {
      without: timeTraces({}),
      with: timeTraces({ traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01` }),
    };
    printTable(
      'Traces without an SDK, per request',
      ['traceparent', 'time'],
      Object.entries(traces).map(([name, time]) => [name, `${time.toFixed(2)} µs`]),
    );
    return { loads, ratios, traces };
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
