/** The time from start to ready, and memory, with the samples and with fifty forests. */
import { join } from 'node:path';
import { startEngine, toScoringPath } from '../contenders.ts';
import { measureLoad } from '../measure-load.ts';
import { readMemory, type Memory } from '../process-usage.ts';
import { median, printTable } from '../report.ts';
import { makeForestTable } from '../forest-deployment.ts';
import { ROUNDS, SECONDS } from '../rounds.ts';
import { copyDeployment } from './copy-deployment.ts';
import { CONNECTIONS, type HttpBench } from './http-bench.ts';

const SAMPLES = 'deployments';
const FORESTS = 50;
const IRIS = {
  fields: ['sepal_length', 'sepal_width', 'petal_length', 'petal_width'],
  values: Array.from({ length: 100 }, () => [5.1, 3.5, 1.4, 0.2]),
};

interface Footprint {
  readonly startTimes: readonly number[];
  readonly ready?: Memory;
  readonly loaded?: Memory;
}

export async function measureFootprint(bench: HttpBench): Promise<object> {
  const many = join(bench.folder, 'many');
  await copyDeployment(join(bench.deployments, 'forest'), FORESTS, many);
  const samples = await measure(bench, SAMPLES, ROUNDS, [['iris', JSON.stringify(IRIS)]]);
  const body = JSON.stringify(makeForestTable(5000));
  const ids = [0, FORESTS >> 1, FORESTS - 1].map((number) => `forest-${number}`);
  const forests = await measure(
    bench,
    many,
    1,
    ids.map((id) => [id, body]),
  );
  printTable(
    'Startup time and memory of the whole engine (resident set; peak: VmHWM)',
    ['deployments', 'start to ready', 'memory when ready', 'peak', 'after scoring', 'peak'],
    Object.entries({ 'the samples': samples, [`${FORESTS} forests`]: forests }).map(([name, footprint]) => [
      name,
      `${median(footprint.startTimes).toFixed(2)} s`,
      ...[footprint.ready, footprint.loaded].flatMap((memory) => [toMegabytes(memory?.rss), toMegabytes(memory?.peak)]),
    ]),
  );
  return { samples, forests };
}

/** Starts the engine several times, and scores with the last one. */
async function measure(
  { folder, generator }: HttpBench,
  deployments: string,
  starts: number,
  bodies: readonly [id: string, body: string][],
): Promise<Footprint> {
  const startTimes: number[] = [];
  for (let start = 1; start < starts; start++) {
    const server = await startEngine({ deployments, folder });
    startTimes.push(server.startTime);
    await server.stop();
  }
  const server = await startEngine({ deployments, folder });
  startTimes.push(server.startTime);
  try {
    const ready = readMemory(server.pid);
    for (const [id, body] of bodies) {
      await measureLoad(generator, server, {
        path: toScoringPath(id),
        body,
        connections: CONNECTIONS,
        seconds: SECONDS,
      });
    }
    const loaded = readMemory(server.pid);
    return { startTimes, ...(ready && { ready }), ...(loaded && { loaded }) };
  } finally {
    await server.stop();
  }
}

function toMegabytes(value: number | undefined): string {
  return value === undefined ? '' : `${value.toFixed(0)} MB`;
}
