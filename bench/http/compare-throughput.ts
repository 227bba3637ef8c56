/**
 * Requests per second and response times of the engine, the floor (a bare node:http server) and the plain stack (the same
 * libraries used as in their documentation). One is under load at a time while the others are idle. `cores` is the CPU time
 * that the server used per second; above one, threads have helped.
 */
import { isDeepStrictEqual } from 'node:util';
import { HEADERS, startComparison, startEngine, toScoringPath } from '../contenders.ts';
import { measureLoad } from '../measure-load.ts';
import { printTable } from '../report.ts';
import { makeForestTable } from '../forest-deployment.ts';
import { alternate, medianOf, medianRatio, ROUNDS, SECONDS } from '../rounds.ts';
import type { ServerProcess } from '../server-process.ts';
import { CONNECTIONS, type HttpBench } from './http-bench.ts';

const NAMES = ['ours', 'floor', 'plain stack'] as const;
type Name = (typeof NAMES)[number];

export async function compareThroughput({ folder, deployments, generator }: HttpBench): Promise<object[]> {
  const servers = new Map<Name, ServerProcess>();
  try {
    servers.set('ours', await startEngine({ deployments, folder }));
    servers.set('floor', await startComparison('floor', `${deployments}/forest`, folder));
    servers.set('plain stack', await startComparison('plain-stack', `${deployments}/forest`, folder));
    const results: object[] = [];
    const lines: string[][] = [];
    for (const rows of [1, 100, 5000]) {
      const body = JSON.stringify(makeForestTable(rows));
      await checkSameAnswers(servers, body);
      const load = (name: Name, seconds = SECONDS) =>
        measureLoad(generator, servers.get(name) as ServerProcess, {
          path: toScoringPath('forest'),
          body,
          connections: CONNECTIONS,
          seconds,
        });
      for (const name of NAMES) await load(name, SECONDS / 2);
      const rounds = await alternate(NAMES, load);
      const toFloor = medianRatio(rounds.ours, rounds.floor, 'rate');
      const toPlainStack = medianRatio(rounds.ours, rounds['plain stack'], 'rate');
      results.push({ rows, toFloor, toPlainStack, rounds });
      for (const name of NAMES) {
        lines.push([
          String(rows),
          name,
          medianOf(rounds[name], 'rate').toFixed(rows < 5000 ? 0 : 1),
          `${medianOf(rounds[name], 'p50').toFixed(2)} ms`,
          `${medianOf(rounds[name], 'p99').toFixed(2)} ms`,
          medianOf(rounds[name], 'cores').toFixed(2),
          name === 'ours' ? `${toFloor.toFixed(2)} × floor, ${toPlainStack.toFixed(1)} × plain stack` : '',
        ]);
      }
    }
    printTable(
      `Requests per second (${CONNECTIONS} connections, medians of ${ROUNDS} rounds)`,
      ['rows per call', 'server', 'requests/s', 'p50', 'p99', 'cores', 'ours is'],
      lines,
    );
    return results;
  } finally {
    for (const server of servers.values()) await server.stop();
  }
}

/** Servers that return different answers do not do the same work. */
async function checkSameAnswers(servers: ReadonlyMap<Name, ServerProcess>, body: string): Promise<void> {
  const answers: unknown[] = [];
  for (const { port } of servers.values()) {
    const url = `http://127.0.0.1:${port}${toScoringPath('forest')}`;
    const response = await fetch(url, { method: 'POST', headers: HEADERS, body });
    answers.push(await response.json());
  }
  if (!answers.every((answer) => isDeepStrictEqual(answer, answers[0])))
    throw new Error(`${[...servers.keys()].join(', ')} returned different answers`);
}
