/** A call through the engine compared with the same call of the upstream itself. */
import { startComparison, startEngine, toScoringPath } from '../contenders.ts';
import { makeForestTable } from '../forest-deployment.ts';
import { measureLoad } from '../measure-load.ts';
import { startPeers, type PeerServer } from '../peer-servers.ts';
import { median, printTable } from '../report.ts';
import { alternate, medianOf, ROUNDS, SECONDS } from '../rounds.ts';
import { writeWrapped, type Wrapping, type WrappingBench } from './wrapping-bench.ts';

const ROW_COUNTS = [1, 100, 5000] as const;
/** The goal for the median overhead: at most the larger of the two. */
const MAX_MILLISECONDS = 1;
const MAX_SHARE = 0.15;

/** How the engine wraps each upstream; `url` is added. */
const WRAPPINGS: Readonly<Record<string, Wrapping>> = {
  'node:http': { kind: 'json', settings: { path: toScoringPath('forest') } },
  'uvicorn, FastAPI': { kind: 'json', settings: { path: '/score' } },
  MLServer: { kind: 'open-inference', settings: { model: 'forest', outputs: ['predict', 'predict_proba'] } },
  MLflow: { kind: 'mlflow', settings: {} },
};

export async function compareWrapped(bench: WrappingBench): Promise<object[]> {
  const { folder, deployments, generator } = bench;
  const floor: PeerServer = {
    name: 'node:http',
    server: await startComparison('floor', `${deployments}/forest`, folder),
    path: toScoringPath('forest'),
    toBody: (table) => JSON.stringify(table),
    toLabels: (reply) => (reply as { values: unknown[][] }).values.map((row) => row.at(-2)),
  };
  const servers = [floor, ...(await startPeers(bench.csv, folder))];
  const upstreams = servers.filter(({ name }) => Object.hasOwn(WRAPPINGS, name));
  const wrapped = upstreams.map(({ name, server }, index) => {
    const { kind, settings } = WRAPPINGS[name] as Wrapping;
    const url = `http://127.0.0.1:${server.port}`;
    return [`wrapped-${index}`, { kind, settings: { url, ...settings }, hasProbabilities: kind !== 'mlflow' }] as const;
  });
  const engine = await startEngine({
    deployments: await writeWrapped(bench, 'wrapped', Object.fromEntries(wrapped)),
    folder,
  });
  try {
    const results: object[] = [];
    const lines: string[][] = [];
    for (const rows of ROW_COUNTS) {
      for (const [index, upstream] of upstreams.entries()) {
        const ways = {
          direct: { server: upstream.server, path: upstream.path, body: upstream.toBody(makeForestTable(rows)) },
          wrapped: {
            server: engine,
            path: toScoringPath(`wrapped-${index}`),
            body: JSON.stringify(makeForestTable(rows)),
          },
        };
        const load = (name: keyof typeof ways) => {
          const { server, ...task } = ways[name];
          return measureLoad(generator, server, { ...task, connections: 1, seconds: SECONDS });
        };
        for (const name of ['direct', 'wrapped'] as const) await load(name);
        const rounds = await alternate(['direct', 'wrapped'], load);
        const overheads = rounds.wrapped.map(({ p50 }, round) => p50 - (rounds.direct[round]?.p50 ?? NaN));
        const direct = medianOf(rounds.direct, 'p50');
        const overhead = median(overheads);
        results.push({ rows, target: upstream.name, overhead, rounds });
        lines.push([
          String(rows),
          upstream.name,
          `${direct.toFixed(2)} ms`,
          `${medianOf(rounds.wrapped, 'p50').toFixed(2)} ms`,
          `${overhead.toFixed(2)} ms`,
          `${((100 * overhead) / direct).toFixed(0)} %`,
          overhead <= Math.max(MAX_MILLISECONDS, MAX_SHARE * direct) ? 'yes' : 'no',
        ]);
      }
    }
    printTable(
      `A call through the engine, and of the upstream itself (1 connection, medians of ${ROUNDS} rounds)`,
      ['rows per call', 'upstream', 'direct, p50', 'wrapped, p50', 'overhead', 'of direct', 'within 1 ms or 15 %'],
      lines,
    );
    return results;
  } finally {
    await engine.stop();
    for (const { server } of servers) await server.stop();
  }
}
