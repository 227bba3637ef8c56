/**
 * KServe's own server with both of its protocols, with the model of its scikit-learn image (serve_kserve.py). V2 is used only for
 * probabilities, because it cannot answer text labels.
 */
import { fileURLToPath } from 'node:url';
import { startServer } from '../../bench/server-process.ts';
import { readOutput, toInputs, toMatrix, type InferReply } from './open-inference.ts';
import type { Peer, PeerRequest } from './peer.ts';
import { toTable, type Truth } from './truth.ts';

const SCRIPT = fileURLToPath(new URL('serve_kserve.py', import.meta.url));

const start: Peer['start'] = ({ python, pipeline, folder }, port) =>
  startServer({
    name: 'KServe',
    port,
    command: (http) => [python, SCRIPT, pipeline, '--http_port', String(http), '--enable_grpc', 'false'],
    readyPath: '/v2/health/ready',
    folder,
  });

function toPredict(model: string, instances: unknown): PeerRequest {
  return { method: 'POST', path: `/v1/models/${model}:predict`, body: { instances } };
}

/** The rows as objects; `wrap` converts cells. */
function toObjects(truth: Truth, wrap: (cell: unknown) => unknown): Record<string, unknown>[] {
  const { fields, values } = toTable(truth);
  return values.map((row) => Object.fromEntries(fields.map((field, index) => [field, wrap(row[index])])));
}

const toRows = (model: string) => (truth: Truth) =>
  toPredict(
    model,
    toObjects(truth, (cell) => [cell]),
  );

function toInfer(model: string, truth: Truth): PeerRequest {
  const body = { id: 'a-call', parameters: { content_type: 'pd' }, inputs: toInputs(truth) };
  return { method: 'POST', path: `/v2/models/${model}/infer`, body };
}

function toMatrixInfer(model: string, truth: Truth): PeerRequest {
  return { method: 'POST', path: `/v2/models/${model}/infer`, body: { id: 'a-call', inputs: [toMatrix(truth)] } };
}

export const kserveLabels: Peer = {
  name: 'kserve-labels',
  environment: 'peers-kserve',
  pipeline: 'mixed',
  kind: 'kserve-v1',
  wrapping: { path: '/v1/models/loans' },
  isLabelsOnly: true,
  start,
  toRequest: toRows('loans'),
  toAnswer: ({ predictions }: { predictions: readonly string[] }) => ({ predictions }),
  toFurtherRequests: (truth) => {
    const { fields, values } = toTable(truth);
    const columns = Object.fromEntries(fields.map((field, index) => [field, values.map((row) => row[index])]));
    return {
      // One instance of many rows: the server builds a data frame per instance, and joins them.
      records: toPredict('loans', [toObjects(truth, (cell) => cell)]),
      columns: toPredict('loans', [columns]),
      'flat-objects': toPredict(
        'loans',
        toObjects(truth, (cell) => cell),
      ),
      arrays: toPredict('loans', values),
      'no-list': toPredict('loans', columns),
      'no-instances': { ...toPredict('loans', []), body: { rows: [] } },
      'unknown-model': toRows('others')(truth),
      ready: { method: 'GET', path: '/v1/models/loans' },
      'unknown-model-ready': { method: 'GET', path: '/v1/models/others' },
      models: { method: 'GET', path: '/v1/models' },
    };
  },
};

export const kserveProbabilities: Peer = {
  name: 'kserve-probabilities',
  environment: 'peers-kserve',
  pipeline: 'mixed',
  kind: 'kserve-v1',
  wrapping: { path: '/v1/models/loans-proba', options: ['--labels', 'high,low,medium'] },
  start,
  toRequest: toRows('loans-proba'),
  toAnswer: ({ predictions }: { predictions: readonly number[][] }) => ({ probabilities: predictions }),
  toFurtherRequests: () => ({}),
};

/** Rows as arrays, for a model that takes a matrix. */
export const kserveArrays: Peer = {
  name: 'kserve-arrays',
  environment: 'peers-kserve',
  pipeline: 'numbers',
  kind: 'kserve-v1',
  wrapping: { path: '/v1/models/loans-proba', options: ['--labels', '0,1'] },
  start,
  toRequest: ({ values }) => toPredict('loans-proba', values),
  toAnswer: ({ predictions }: { predictions: readonly number[][] }) => ({ probabilities: predictions }),
  toFurtherRequests: ({ values }) => ({ labels: toPredict('loans', values) }),
};

export const kserveMatrix: Peer = {
  name: 'kserve-matrix',
  environment: 'peers-kserve',
  pipeline: 'numbers',
  kind: 'open-inference',
  wrapping: {
    path: '/v2/models/loans-proba',
    options: ['--labels', '0,1', '--set', 'format=matrix'],
  },
  start,
  toRequest: (truth) => toMatrixInfer('loans-proba', truth),
  toAnswer: (reply: InferReply) => ({ probabilities: readOutput(reply, 'output-0') as number[][] }),
  toFurtherRequests: (truth) => ({ labels: toMatrixInfer('loans', truth) }),
};

export const kserveOpenInference: Peer = {
  name: 'kserve',
  environment: 'peers-kserve',
  pipeline: 'mixed',
  kind: 'open-inference',
  wrapping: { path: '/v2/models/loans-proba', options: ['--labels', 'high,low,medium'] },
  start,
  toRequest: (truth) => toInfer('loans-proba', truth),
  toAnswer: (reply: InferReply) => ({ probabilities: readOutput(reply, 'output-0') as number[][] }),
  toFurtherRequests: (truth) => ({
    'text-labels': toInfer('loans', truth),
    'no-content-type': { ...toInfer('loans-proba', truth), body: { inputs: toInputs(truth) } },
    'unknown-model': toInfer('others', truth),
    metadata: { method: 'GET', path: '/v2/models/loans-proba' },
    'unknown-metadata': { method: 'GET', path: '/v2/models/others' },
    'server-metadata': { method: 'GET', path: '/v2' },
    ready: { method: 'GET', path: '/v2/health/ready' },
    'model-ready': { method: 'GET', path: '/v2/models/loans-proba/ready' },
    'unknown-model-ready': { method: 'GET', path: '/v2/models/others/ready' },
    index: { method: 'POST', path: '/v2/repository/index', body: {} },
  }),
};
