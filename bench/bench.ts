/** `npm run bench` runs every benchmark, `npm run bench -- train` one. Prints tables and writes bench/results.json. */
import { writeFile } from 'node:fs/promises';
import { arch, cpus, platform, totalmem } from 'node:os';
import { benchHttp } from './http.ts';
import { benchPeers } from './peers.ts';
import { benchTrain } from './train.ts';

const benches: Readonly<Record<string, () => Promise<object>>> = {
  train: benchTrain,
  http: benchHttp,
  peers: benchPeers,
};

const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(benches);
const unknown = wanted.find((name) => !Object.hasOwn(benches, name));
if (unknown !== undefined) {
  console.error(`There is no benchmark ${unknown}; there are ${Object.keys(benches).join(', ')}.`);
  process.exit(2);
}
const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${platform()} ${arch()}, Node ${process.version}`;
console.log(machine);
const results: Record<string, object> = {};
for (const name of wanted) results[name] = await (benches[name] as () => Promise<object>)();
await writeFile('bench/results.json', `${JSON.stringify({ machine, ...results }, null, 2)}\n`);
