/**
 * The same scikit-learn pipelines, served by MLServer and imported into an engine, answer the same bodies of the Open Inference
 * Protocol equally, and the client classes of MLServer and KServe read the engine's replies and write requests that it answers.
 *
 * node --import ./scripts/register-typescript.js test/peers/prove-open-inference.ts
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startMlserver } from '../../bench/model-servers.ts';
import { startServer, type ServerProcess } from '../../bench/server-process.ts';
import { askPeer } from './ask-peer.ts';
import { readOutput, toInputs, toMatrix, type InferReply } from './open-inference.ts';
import { assertTrue, listParts, readTruth, selectRows, type Truth } from './truth.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const COMMAND = ['--import', './scripts/register-typescript.js', 'cli/main.ts'];
const toPython = (name: string) => join(ROOT, '.venv', name, 'bin', 'python');
const MLSERVER = toPython('peers-mlserver');

/** The pipelines, and how a request has their rows. */
const PIPELINES = {
  mixed: (truth: Truth) => ({ parameters: { content_type: 'pd' }, inputs: toInputs(truth) }),
  numbers: (truth: Truth) => ({ inputs: [toMatrix(truth)] }),
} as const;
/** What MLServer calls its outputs; a deployment can call its result columns so. */
const RESULT = { prediction: 'predict', probability: 'predict_proba' };
const OUTPUTS = Object.values(RESULT).map((name) => ({ name }));

const folder = await mkdtemp(join(tmpdir(), 'engine-open-inference-'));
const running: ServerProcess[] = [];
try {
  const trained = join(folder, 'trained');
  execFileSync(MLSERVER, [join(ROOT, 'test/peers/train.py'), trained], { stdio: 'inherit' });
  const truths = new Map<string, Truth>();
  for (const name of Object.keys(PIPELINES)) {
    truths.set(name, await readTruth(join(trained, name, 'truth.json')));
    await importPipeline(name, truths.get(name) as Truth, join(trained, name));
  }
  const engine = await startServer({
    name: 'the engine',
    command: (port) => [
      process.execPath,
      ...COMMAND,
      'serve',
      '--port',
      String(port),
      '--deployments',
      join(folder, 'deployments'),
    ],
    readyPath: '/v2/health/ready',
    folder,
    cwd: ROOT,
  });
  running.push(engine);
  for (const [name, toBody] of Object.entries(PIPELINES)) {
    const pipeline = join(trained, name, 'pipeline.joblib');
    const mlserver = await startMlserver(MLSERVER, { model: { name, pipeline }, folder: join(folder, name) });
    running.push(mlserver);
    for (const part of listParts(truths.get(name) as Truth)) {
      const body = { id: 'a-call', ...toBody(part), outputs: OUTPUTS };
      const [ours, theirs] = await Promise.all([engine, mlserver].map(({ port }) => infer(port, name, body)));
      assert.ok(ours && theirs);
      assert.equal(ours.id, theirs.id);
      for (const reply of [ours, theirs]) assertTrue(readAnswer(reply), part);
      assert.deepEqual(
        ours.outputs.map(({ name: output, datatype }) => [output, datatype]),
        theirs.outputs.map(({ name: output, datatype }) => [output, datatype]),
      );
      report(`${name}: ${part.values.length} rows are answered as by MLServer`);
    }
    await mlserver.stop();
  }
  const rows = selectRows(truths.get('mixed') as Truth, [...Array(20).keys()]);
  await writeFile(join(folder, 'rows.json'), JSON.stringify(rows));
  for (const [environment, script] of [
    ['peers-mlserver', 'call_with_mlserver.py'],
    ['peers-kserve', 'call_with_kserve.py'],
  ] as const) {
    const parameters = [join(ROOT, 'test/peers', script), `http://127.0.0.1:${engine.port}`, join(folder, 'rows.json')];
    report(execFileSync(toPython(environment), parameters, { encoding: 'utf8' }).trim());
  }
} finally {
  await Promise.all(running.map((one) => one.stop()));
  await rm(folder, { recursive: true, maxRetries: 10 });
}

/** Exports a pipeline, imports it, and gives its results the names that MLServer gives them. */
async function importPipeline(name: string, truth: Truth, trained: string): Promise<void> {
  const rows = join(trained, 'rows.csv');
  const sample = selectRows(truth, [...Array(100).keys()]);
  const lines = [
    [...truth.columns.map((column) => column.name), 'risk'],
    ...sample.values.map((row, index) => [...row.map((cell) => cell ?? ''), sample.predictions[index]]),
  ];
  await writeFile(rows, lines.map((line) => `${line.join(',')}\n`).join(''));
  const model = join(trained, 'model.json');
  const script = join(ROOT, 'models/kinds/scikit-learn/export.py');
  const parameters = ['--rows', rows, '--label', 'risk', '--out', model];
  execFileSync(MLSERVER, [script, join(trained, 'pipeline.joblib'), ...parameters], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const out = join(folder, 'deployments');
  const options = ['import', model, '--id', name, '--rows', rows, '--label', 'risk', '--out', out];
  execFileSync(process.execPath, [...COMMAND, ...options], { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] });
  const path = join(out, name, 'deployment.json');
  const file = JSON.parse(await readFile(path, 'utf8')) as object;
  await writeFile(path, JSON.stringify({ ...file, result: RESULT }));
}

async function infer(port: number, name: string, body: object): Promise<InferReply & { readonly id?: string }> {
  const { status, text } = await askPeer(port, { method: 'POST', path: `/v2/models/${name}/infer`, body });
  assert.equal(status, 200, text);
  return JSON.parse(text) as InferReply & { id?: string };
}

function readAnswer(reply: InferReply) {
  return {
    predictions: readOutput(reply, RESULT.prediction),
    probabilities: readOutput(reply, RESULT.probability) as number[][],
  };
}

function report(line: string): void {
  console.log(`open inference: ${line}`);
}
