/** `mlflow models serve`: a model that answers labels, the default, and two that were saved so that they answer probabilities. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startMlflow } from '../../bench/model-servers.ts';
import type { Peer, PeerHome, PeerRequest } from './peer.ts';
import { toTable, type Truth } from './truth.ts';

const SCRIPT = fileURLToPath(new URL('save_mlflow.py', import.meta.url));
const run = promisify(execFile);

function toInvocation(body: unknown): PeerRequest {
  return { method: 'POST', path: '/invocations', body };
}

function toSplit(truth: Truth): PeerRequest {
  const { fields, values } = toTable(truth);
  return toInvocation({ dataframe_split: { columns: fields, data: values } });
}

const toStart =
  (method: 'predict' | 'predict_proba'): Peer['start'] =>
  async ({ python, pipeline, folder }: PeerHome, port) => {
    const model = join(folder, method);
    // Saved once: the same model is served again.
    await run(python, [SCRIPT, pipeline, model, method]);
    return startMlflow(python, { model, folder, port });
  };

interface Reply<Prediction> {
  readonly predictions: readonly Prediction[];
}

export const mlflowLabels: Peer = {
  name: 'mlflow-labels',
  environment: 'peers-mlflow',
  pipeline: 'mixed',
  kind: 'mlflow',
  wrapping: { options: ['--set', 'round=true'] },
  isLabelsOnly: true,
  start: toStart('predict'),
  toRequest: toSplit,
  toAnswer: ({ predictions }: Reply<string>) => ({ predictions }),
  toFurtherRequests: (truth) => {
    const { fields, values } = toTable(truth);
    const records = values.map((row) => Object.fromEntries(fields.map((field, index) => [field, row[index]])));
    const inputs = Object.fromEntries(fields.map((field, index) => [field, values.map((row) => row[index])]));
    return {
      records: toInvocation({ dataframe_records: records }),
      inputs: toInvocation({ inputs }),
      'extra-key': toInvocation({ ...(toSplit(truth).body as object), fields }),
      'no-format': toInvocation({ fields, values }),
      'extra-column': toInvocation({
        dataframe_split: { columns: [...fields, 'id'], data: values.map((row, id) => [...row, id]) },
      }),
      ping: { method: 'GET', path: '/ping' },
      health: { method: 'GET', path: '/health' },
      version: { method: 'GET', path: '/version' },
      'unknown-path': { method: 'GET', path: '/v2/models/loans' },
    };
  },
};

export const mlflowProbabilities: Peer = {
  name: 'mlflow-probabilities',
  environment: 'peers-mlflow',
  pipeline: 'mixed',
  kind: 'mlflow',
  wrapping: { options: ['--labels', 'high,low,medium', '--set', 'round=true'] },
  start: toStart('predict_proba'),
  toRequest: toSplit,
  toAnswer: ({ predictions }: Reply<number[]>) => ({ probabilities: predictions }),
  toFurtherRequests: () => ({}),
};

/** A random forest, whose types MLflow does not trust by default. */
export const mlflowTrees: Peer = { ...mlflowProbabilities, name: 'mlflow-trees', pipeline: 'trees' };
