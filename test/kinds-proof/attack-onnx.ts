/**
 * Attacks the kind onnx, with the real runtime (found by NODE_PATH): hostile files, and good files with bytes changed, cut off or
 * repeated. A file must be refused, in bounded time and memory, or score its example as before. Prints one line per hostile file,
 * and counts; exits 1 if one gets through.
 * usage: attack-onnx.ts MUTATIONS [PART...]: how many mutations of each good file; parts of names select files and "engine"
 */
import { mkdir, mkdtemp, readdir, readFile as readBytes, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadDeployment, recordExample } from '../../catalogue/load-deployment.ts';
import { DeploymentError } from '../../errors/deployment-error.ts';
import { readFile } from '../../models/kinds/onnx/read-file.ts';
import { score } from '../../models/score-table.ts';
import { toFile, toJson } from '../support/deployment.ts';
import { makeDeploymentsFolder, SAMPLES, startTestEngine } from '../support/engine.ts';
import { HOSTILE_FILES, makeHangingModel } from './hostile-onnx.ts';
import { toDeployment } from './model-case.ts';

/** In how many milliseconds a file must have been refused: the model's own limit, and half a minute for starting processes. */
const TIMEOUT = 5000;
const MAX_TIME = 330_000;
const MAX_MEGABYTES = 5000;

const [mutations = '100', ...parts] = process.argv.slice(2);
const scratch = await mkdtemp(join(tmpdir(), 'attack-'));
let failures = 0;
try {
  for (const [name, make] of Object.entries(HOSTILE_FILES)) {
    if (isWanted(name)) report(name, await attack(make()));
  }
  if (isWanted('engine')) await attackEngine();
  for (const folder of await listCases()) if (isWanted(folder)) await mutate(folder, Number(mutations));
} finally {
  await rm(scratch, { recursive: true });
}
process.exitCode = failures > 0 ? 1 : 0;

function isWanted(name: string): boolean {
  return parts.length === 0 || parts.some((part) => name.includes(part));
}

async function attack({ bytes, columns, keys, row = [1], refusal }: ReturnType<(typeof HOSTILE_FILES)[string]>) {
  const start = performance.now();
  const fields = (columns as { name: string }[] | undefined)?.map(({ name }) => name) ?? ['x'];
  const settings = {
    output: { prediction: 'y' },
    timeout: TIMEOUT,
    ...(keys as { settings?: object } | undefined)?.settings,
  };
  const file = toFile({
    kind: 'onnx',
    ...(columns && { columns }),
    ...keys,
    settings,
    example: { fields: fields, values: [row] },
  });
  const folder = join(scratch, file.id);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'model.onnx'), bytes);
  const watch = watchMemory();
  let outcome: string;
  let isGood = false;
  try {
    const recorded = await recordExample(folder, file);
    recorded.close?.();
    await writeFile(join(folder, 'deployment.json'), JSON.stringify(recorded.file));
    await loadDeployment(folder, { allowModules: false }).then(({ close }) => close?.());
    outcome = `SERVED: ${JSON.stringify(recorded.file.example.answer)}`;
  } catch (error) {
    const problems =
      error instanceof DeploymentError
        ? error.problems.join('; ')
        : `${String(error)} (${String((error as Error).cause)})`;
    isGood = refusal.test(problems);
    outcome = problems.slice(0, 300);
  }
  const megabytes = watch();
  const time = performance.now() - start;
  return { outcome, isGood: isGood && time <= MAX_TIME && megabytes <= MAX_MEGABYTES, time, megabytes };
}

/** An engine answers others while a model does not come to an end, and the model when it is asked something else. */
async function attackEngine(): Promise<void> {
  const { folder, remove } = await makeDeploymentsFolder(SAMPLES, ['iris']);
  const settings = { output: { prediction: 'y' }, timeout: TIMEOUT };
  const example = { fields: ['x'], values: [[-1]], answer: { predictions: [-2] } };
  await mkdir(join(folder, 'line'));
  await writeFile(join(folder, 'line', 'model.onnx'), makeHangingModel());
  await writeFile(join(folder, 'line', 'deployment.json'), JSON.stringify(toJson({ kind: 'onnx', settings, example })));
  const engine = await startTestEngine({ ENGINE_DEPLOYMENTS: folder });
  try {
    const ask = async (x: number) => (await engine.score('line', { fields: ['x'], values: [[x]] })).status;
    const hanging = ask(1);
    let others = 0;
    const flower = { fields: ['sepal_length', 'sepal_width', 'petal_length', 'petal_width'], values: [[5, 3, 1, 0.2]] };
    const isOver = hanging.then(() => true);
    while (!(await Promise.race([isOver, Promise.resolve(false)]))) {
      if ((await engine.score('iris', flower)).status !== 200) break;
      others++;
    }
    const statuses = [await hanging, await ask(-1)];
    const isGood = others > 0 && statuses.join() === '500,200';
    if (!isGood) failures++;
    console.log(
      `${isGood ? 'lived   ' : 'FAILED  '} an engine scored ${others} other requests while a model hung; its statuses: ${statuses.join(', ')}`,
    );
  } finally {
    await engine.stop();
    await remove();
  }
}

function report(name: string, { outcome, isGood, time, megabytes }: Awaited<ReturnType<typeof attack>>): void {
  if (!isGood) failures++;
  console.log(`${isGood ? 'refused' : 'FAILED '}  ${name}: ${(time / 1000).toFixed(1)} s, ${megabytes} MB: ${outcome}`);
}

/** Watches the largest resident set of the processes that this one has started. */
function watchMemory(): () => number {
  let max = 0;
  const read = async () => {
    const children = (await readBytes(`/proc/self/task/${process.pid}/children`, 'utf8').catch(() => '')).split(' ');
    for (const pid of children.filter(Boolean)) {
      const status = await readBytes(`/proc/${pid}/status`, 'utf8').catch(() => '');
      max = Math.max(max, Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0));
    }
  };
  const timer = setInterval(() => void read(), 50);
  return () => {
    clearInterval(timer);
    return Math.round(max / 1024);
  };
}

async function listCases(): Promise<string[]> {
  const files = await readdir('test/fixtures/onnx', { recursive: true });
  return files
    .filter((file) => file.endsWith('case.json'))
    .map((file) => join('test/fixtures/onnx', file, '..'))
    .sort();
}

/** Changes a good file in many ways. Whatever is served must score all of the rows of its example as the good file does. */
async function mutate(folder: string, count: number): Promise<void> {
  const { deployment, rows } = JSON.parse(await readBytes(join(folder, 'case.json'), 'utf8')) as {
    deployment: { columns: { name: string }[] };
    rows: unknown[][];
  };
  const bytes = await readBytes(join(folder, 'model.onnx'));
  const fields = deployment.columns.map(({ name }) => name);
  const place = join(scratch, 'case');
  await rm(place, { recursive: true, force: true });
  await mkdir(place);
  await writeFile(join(place, 'model.onnx'), bytes);
  const { file, close } = await recordExample(place, {
    ...toDeployment(deployment, rows),
    example: { fields, values: rows },
  });
  close?.();
  await writeFile(join(place, 'deployment.json'), JSON.stringify(file));
  let state = 15;
  const random = (below: number) => (state = (state * 48_271) % 2_147_483_647) % below;
  const counts = { refused: 0, served: 0 };
  const watch = watchMemory();
  let slowest = 0;
  for (let index = 0; index < count; index++) {
    const changed = change(bytes, index, random);
    await writeFile(join(place, 'model.onnx'), changed);
    const start = performance.now();
    try {
      // Refused by the engine's own reader, most need no process.
      readFile(changed, 'model.onnx', (file.settings as { output?: object }).output);
      const loaded = await loadDeployment(place, { allowModules: false });
      counts.served++;
      await score({ file: loaded.file, model: loaded.model }, { fields, values: rows }).finally(() => loaded.close?.());
    } catch (error) {
      if (error instanceof DeploymentError) counts.refused++;
      else {
        failures++;
        console.log(`FAILED   ${folder}, mutation ${index}: ${String(error)} ${String((error as Error).cause)}`);
      }
    }
    slowest = Math.max(slowest, performance.now() - start);
  }
  const megabytes = watch();
  if (slowest > MAX_TIME || megabytes > MAX_MEGABYTES) failures++;
  console.log(
    `mutated  ${folder}: ${counts.refused} refused, ${counts.served} score the example as before; slowest ${(slowest / 1000).toFixed(1)} s, ${megabytes} MB`,
  );
}

function change(bytes: Uint8Array, index: number, random: (below: number) => number): Uint8Array {
  const changed = Uint8Array.from(bytes);
  const at = random(bytes.length);
  if (index % 10 === 0) return changed.subarray(0, at);
  if (index % 10 === 1) return Buffer.concat([changed.subarray(0, at), changed.subarray(Math.max(0, at - random(40)))]);
  for (let flips = 1 + random(3); flips > 0; flips--) changed[random(bytes.length)] = random(256);
  return changed;
}
