/** Where the time of a call goes: `npm run bench -- profile`, the engine under load with `node --cpu-prof`. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEngine, toScoringPath } from './contenders.ts';
import { readProfiles, type TimeSpent } from './cpu-profile.ts';
import { makeForestDeployment, makeForestTable } from './forest-deployment.ts';
import { startLoadGenerator, type LoadGenerator } from './load-generator.ts';
import { measureLoad } from './measure-load.ts';
import { printTable } from './report.ts';
import { SECONDS } from './rounds.ts';

const CONNECTIONS = 4;
/** Stages and functions below this percentage are left out of the tables. */
const MIN_PERCENT = 1;

interface CallProfile extends TimeSpent {
  readonly rows: number;
  readonly requests: number;
  /** The total time, in microseconds. */
  readonly total: number;
}

export async function benchProfile(): Promise<object> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-profile-'));
  const generator = startLoadGenerator();
  try {
    const deployments = join(folder, 'deployments');
    await makeForestDeployment(deployments);
    const profiles: CallProfile[] = [];
    for (const rows of [1, 100, 5000]) profiles.push(await profileCalls(rows, { folder, deployments, generator }));
    printStages(profiles);
    for (const { rows, functions, total } of profiles) {
      const entries = [...functions].map(([name, time]): [string, number] => [name, (time / total) * 100]);
      printTable(
        `Functions, ${toCount(rows)} per call (self time)`,
        ['function', '%'],
        entries.filter(([, share]) => share >= MIN_PERCENT).map(([name, share]) => [name, share.toFixed(1)]),
      );
    }
    return profiles.map(({ rows, requests, stages }) => ({
      rows,
      requests,
      microseconds: Object.fromEntries([...stages].map(([name, time]) => [name, time / requests])),
    }));
  } finally {
    generator.stop();
    await rm(folder, { recursive: true });
  }
}

async function profileCalls(
  rows: number,
  { folder, deployments, generator }: { folder: string; deployments: string; generator: LoadGenerator },
): Promise<CallProfile> {
  const out = join(folder, `profile-${rows}`);
  const nodeOptions = ['--cpu-prof', `--cpu-prof-dir=${out}`];
  const server = await startEngine({ deployments, folder, nodeOptions });
  let from: number, to: number, requests: number;
  try {
    const body = JSON.stringify(makeForestTable(rows));
    const task = { path: toScoringPath('forest'), body, connections: CONNECTIONS, seconds: SECONDS };
    const load = () => measureLoad(generator, server, task);
    await load();
    from = readMonotonicClock();
    ({ requests } = await load());
    to = readMonotonicClock();
  } finally {
    // The profile is written when the process ends.
    await server.stop();
  }
  const { dependencies } = JSON.parse(await readFile('package.json', 'utf8')) as { dependencies: object };
  const spent = await readProfiles(out, { from, to, packages: Object.keys(dependencies) });
  const total = [...spent.stages.values()].reduce((sum, time) => sum + time, 0);
  return { ...spent, rows, requests, total };
}

function readMonotonicClock(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

function printStages(profiles: readonly CallProfile[]): void {
  const share = ({ stages, total }: CallProfile, name: string) => ((stages.get(name) ?? 0) / total) * 100;
  const names = [...new Set(profiles.flatMap(({ stages }) => [...stages.keys()]))];
  printTable(
    'Time per file (% of the time in which the engine is busy)',
    ['stage', ...profiles.map(({ rows }) => toCount(rows))],
    [
      ...names
        .filter((name) => profiles.some((profile) => share(profile, name) >= MIN_PERCENT))
        .map((name) => [name, ...profiles.map((profile) => share(profile, name).toFixed(1))]),
      ['total per call', ...profiles.map(({ total, requests }) => `${(total / requests / 1000).toFixed(2)} ms`)],
    ],
  );
}

function toCount(rows: number): string {
  return rows === 1 ? '1 row' : `${rows} rows`;
}
