/**
 * Other ways to serve a model, each started with one worker as in its documentation, and how to ask each for labels and
 * probabilities (MLflow returns only labels). They serve a scikit-learn pipeline trained on the same CSV file as the engine's
 * forest.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { RequestTable } from '../models/table.ts';
import { startMlflow, startMlserver } from './model-servers.ts';
import { preparePython } from './python.ts';
import { startServer, type ServerProcess } from './server-process.ts';

export interface PeerServer {
  readonly name: string;
  readonly server: ServerProcess;
  readonly path: string;
  readonly toBody: (table: RequestTable) => string;
  /** The labels in its reply. */
  readonly toLabels: (reply: unknown) => unknown[];
}

/** Trains the pipeline and starts the peers; prints which ones could not be started. */
export async function startPeers(csv: string, folder: string): Promise<PeerServer[]> {
  const python = preparePython();
  if (!python) return [];
  const pipeline = join(folder, 'pipeline.joblib');
  await run(python, ['bench/peers/train_pipeline.py', csv, pipeline]);
  const peers: PeerServer[] = [];
  for (const start of [startGunicorn, startFastApi, startForestInMlserver, startForestInMlflow]) {
    try {
      const peer = await start(python, pipeline, folder);
      if (peer) peers.push(peer);
    } catch (error) {
      console.log(`\nSkipped a peer: ${(error as Error).message}`);
    }
  }
  return peers;
}

const run = promisify(execFile);

/** The request and reply format of the Flask and FastAPI peers: the engine's own. */
const OWN_FORM = {
  path: '/score',
  toBody: (table: RequestTable) => JSON.stringify(table),
  toLabels: (reply: unknown) => (reply as { values: unknown[][] }).values.map(([label]) => label),
};

async function startGunicorn(python: string, pipeline: string, folder: string): Promise<PeerServer> {
  const name = 'gunicorn, Flask';
  const parameters = ['-m', 'gunicorn', '--workers', '1', '--chdir', 'bench/peers', 'flask_server:app'];
  const server = await startServer({
    name,
    command: (port) => [python, ...parameters, '--bind', `127.0.0.1:${port}`],
    readyPath: '/health',
    folder,
    environment: { MODEL: pipeline },
  });
  return { name, server, ...OWN_FORM };
}

async function startFastApi(python: string, pipeline: string, folder: string): Promise<PeerServer> {
  const name = 'uvicorn, FastAPI';
  const parameters = ['-m', 'uvicorn', '--app-dir', 'bench/peers', 'fastapi_server:app', '--host', '127.0.0.1'];
  const server = await startServer({
    name,
    command: (port) => [python, ...parameters, '--port', String(port)],
    readyPath: '/health',
    folder,
    environment: { MODEL: pipeline },
  });
  return { name, server, ...OWN_FORM };
}

async function startForestInMlserver(
  _python: string,
  pipeline: string,
  folder: string,
): Promise<PeerServer | undefined> {
  const python = preparePython('mlserver');
  if (!python) return undefined;
  const server = await startMlserver(python, { model: { name: 'forest', pipeline }, folder });
  return {
    name: 'MLServer',
    server,
    path: '/v2/models/forest/infer',
    toBody: ({ fields, values }) =>
      JSON.stringify({
        parameters: { content_type: 'pd' },
        inputs: fields.map((field, index) => ({ name: field, ...toTensor(values.map((row) => row[index])) })),
        outputs: [{ name: 'predict' }, { name: 'predict_proba' }],
      }),
    toLabels: (reply) => (reply as { outputs: { data: unknown[] }[] }).outputs[0]?.data ?? [],
  };
}

function toTensor(data: readonly unknown[]): object {
  const shape = [data.length];
  if (typeof data[0] !== 'string') return { shape, datatype: 'FP64', data };
  return { shape, datatype: 'BYTES', parameters: { content_type: 'str' }, data };
}

async function startForestInMlflow(_python: string, pipeline: string, folder: string): Promise<PeerServer | undefined> {
  const python = preparePython('mlflow');
  if (!python) return undefined;
  const model = join(folder, 'mlflow');
  await run(python, ['bench/peers/save_mlflow.py', pipeline, model]);
  const server = await startMlflow(python, { model, folder });
  return {
    name: 'MLflow',
    server,
    path: '/invocations',
    toBody: ({ fields, values }) => JSON.stringify({ dataframe_split: { columns: fields, data: values } }),
    toLabels: (reply) => (reply as { predictions: unknown[] }).predictions,
  };
}
