/**
 * The engine compared with other ways to serve such a model: `npm run bench -- peers`. Each is a single scoring process on
 * loopback; only the engine requires a password and writes a request log to a file, as `npm start` does.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HEADERS, startEngine, toScoringPath } from './contenders.ts';
import { makeForestDeployment, makeForestTable, writeForestCsv } from './forest-deployment.ts';
import { startLoadGenerator } from './load-generator.ts';
import { measureLoad } from './measure-load.ts';
import { startPeers, type PeerServer } from './peer-servers.ts';
import { printTable } from './report.ts';
import { alternate, medianOf, medianRatio, ROUNDS, SECONDS } from './rounds.ts';

const CONNECTIONS = 4;
/** As OpenScale sends them: an explanation is one call of 5000 rows, a hundred of 51 and a hundred of one. */
const ROW_COUNTS = [1, 51, 100, 5000] as const;
/** Two forests trained on the same rows agree on at least this share of other rows. */
const AGREEMENT = 0.8;
const PACKAGES = ['gunicorn', 'Flask', 'fastapi', 'uvicorn', 'scikit-learn', 'mlserver', 'mlflow'];

export async function benchPeers(): Promise<object> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-peers-'));
  const generator = startLoadGenerator();
  const servers: PeerServer[] = [];
  try {
    const deployments = join(folder, 'deployments');
    await makeForestDeployment(deployments);
    const csv = join(folder, 'forest.csv');
    await writeForestCsv(csv);
    servers.push({
      name: 'ours',
      server: await startEngine({ deployments, folder }),
      path: toScoringPath('forest'),
      toBody: (table) => JSON.stringify(table),
      toLabels: (reply) => (reply as { values: unknown[][] }).values.map((row) => row.at(-2)),
    });
    servers.push(...(await startPeers(csv, folder)));
    const byName = Object.fromEntries(servers.map((peer) => [peer.name, peer]));
    const ours = servers[0] as PeerServer;
    const results: object[] = [];
    const lines: string[][] = [];
    for (const rows of ROW_COUNTS) {
      await checkLabels(servers, rows);
      const load = (name: string) => {
        const { server, path, toBody } = byName[name] as PeerServer;
        const body = toBody(makeForestTable(rows));
        return measureLoad(generator, server, { path, body, connections: CONNECTIONS, seconds: SECONDS });
      };
      for (const { name } of servers) await load(name);
      const rounds = await alternate(Object.keys(byName), load);
      results.push({ rows, rounds });
      for (const [name, own] of Object.entries(rounds)) {
        lines.push([
          String(rows),
          name,
          medianOf(own, 'rate').toFixed(rows < 5000 ? 0 : 1),
          `${medianOf(own, 'p50').toFixed(2)} ms`,
          `${medianOf(own, 'p99').toFixed(2)} ms`,
          medianOf(own, 'cores').toFixed(2),
          name === ours.name ? '' : medianRatio(rounds[ours.name] ?? [], own, 'rate').toFixed(1),
        ]);
      }
    }
    const versions = await readVersions();
    console.log(`\n${versions.join(', ')}`);
    printTable(
      `Compared with other ways to serve a model (${CONNECTIONS} connections, medians of ${ROUNDS} rounds)`,
      ['rows per call', 'server', 'requests/s', 'p50', 'p99', 'cores', 'ours is × as fast'],
      lines,
    );
    return { versions, results };
  } finally {
    generator.stop();
    for (const { server } of servers) await server.stop();
    await rm(folder, { recursive: true });
  }
}

/** A peer that returns wrong labels does not do the same work. */
async function checkLabels(servers: readonly PeerServer[], rows: number): Promise<void> {
  let expected: unknown[] | undefined;
  for (const { name, server, path, toBody, toLabels } of servers) {
    const url = `http://127.0.0.1:${server.port}${path}`;
    const response = await fetch(url, { method: 'POST', headers: HEADERS, body: toBody(makeForestTable(rows)) });
    const labels = toLabels(await response.json());
    expected ??= labels;
    const equal = labels.filter((label, row) => label === expected?.[row]).length;
    // On few rows, forests may disagree more often by chance.
    if (labels.length !== rows || (rows > 1000 && equal < AGREEMENT * rows))
      throw new Error(
        `${name}: expected ${rows} labels, most of them ours; got ${labels.length}, ${equal} of them ours`,
      );
  }
}

/** The versions of the measured packages, as pinned in bench/peers/. */
async function readVersions(): Promise<string[]> {
  const names = ['requirements.txt', 'requirements-mlserver.txt', 'requirements-mlflow.txt'];
  const texts = await Promise.all(names.map((name) => readFile(`bench/peers/${name}`, 'utf8')));
  const pins = new Map(
    texts.flatMap((text) => text.trim().split('\n')).map((line) => line.split('==') as [string, string]),
  );
  return PACKAGES.map((name) => `${name} ${pins.get(name) ?? 'unknown'}`);
}
