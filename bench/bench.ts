/**
 * `npm run bench` runs every benchmark, `npm run bench -- train` one; `npm run bench -- profile` shows where the time of a
 * call goes. Prints tables and writes bench/results.json. BENCH_SECONDS is the duration of a round over HTTP.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { arch, cpus, platform, totalmem } from 'node:os';
import { benchBoosting } from './boosting.ts';
import { benchDispatch } from './dispatch.ts';
import { benchHttp } from './http.ts';
import { benchKernel } from './kernel.ts';
import { benchLargeForest } from './large-forest.ts';
import { benchLearning } from './learning.ts';
import { benchLibraries } from './libraries.ts';
import { benchLoading } from './loading.ts';
import { benchMetrics } from './metrics.ts';
import { benchPageTable } from './page-table.ts';
import { benchPayloadLog } from './payload-log.ts';
import { benchPeers } from './peers.ts';
import { benchProfile } from './profile.ts';
import { benchTrain } from './train.ts';
import { benchWrapping } from './wrapping.ts';

const benches: Readonly<Record<string, () => Promise<object>>> = {
  train: benchTrain,
  boosting: benchBoosting,
  learning: benchLearning,
  'large-forest': benchLargeForest,
  kernel: benchKernel,
  libraries: benchLibraries,
  loading: benchLoading,
  dispatch: benchDispatch,
  http: benchHttp,
  peers: benchPeers,
  wrapping: benchWrapping,
  'payload-log': benchPayloadLog,
  metrics: benchMetrics,
  'page-table': benchPageTable,
};
const all: typeof benches = { ...benches, profile: benchProfile };

const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(benches);
const unknown = wanted.find((name) => !Object.hasOwn(all, name));
if (unknown !== undefined) {
  console.error(`Unknown benchmark ${unknown}; expected one of ${Object.keys(all).join(', ')}.`);
  process.exit(2);
}
const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${platform()} ${arch()}, Node ${process.version}`;
const { version, dependencies } = JSON.parse(await readFile('package.json', 'utf8')) as {
  version: string;
  dependencies: Record<string, string>;
};
console.log(machine);
const results: Record<string, object> = {};
for (const name of wanted) results[name] = await (all[name] as () => Promise<object>)();
const versions = { node: process.version, 'custom-ml-engine': version, ...dependencies };
await writeFile('bench/results.json', `${JSON.stringify({ machine, versions, ...results }, null, 2)}\n`);
