/** MLServer with its scikit-learn runtime: one input per column; labels and probabilities in one reply, if both are requested. */
import { startMlserver } from '../../bench/model-servers.ts';
import { readOutput, toInputs, toMatrix, toMetadata, type InferReply } from './open-inference.ts';
import type { Peer, PeerRequest } from './peer.ts';
import { replaceCell, type PeerAnswer, type Truth } from './truth.ts';

const MODEL = '/v2/models/loans';

function toInfer(truth: Truth, outputs?: readonly string[]): PeerRequest {
  const body = { id: 'a-call', parameters: { content_type: 'pd' }, inputs: toInputs(truth), ...toOutputs(outputs) };
  return { method: 'POST', path: `${MODEL}/infer`, body };
}

function toMatrixInfer(truth: Truth, outputs?: readonly string[]): PeerRequest {
  const body = { id: 'a-call', inputs: [toMatrix(truth)], ...toOutputs(outputs) };
  return { method: 'POST', path: `${MODEL}/infer`, body };
}

function toOutputs(outputs?: readonly string[]): object {
  return outputs ? { outputs: outputs.map((name) => ({ name })) } : {};
}

function readBoth(reply: InferReply): PeerAnswer {
  return {
    predictions: readOutput(reply, 'predict'),
    probabilities: readOutput(reply, 'predict_proba') as number[][],
  };
}

export const mlserver: Peer = {
  name: 'mlserver',
  environment: 'peers-mlserver',
  pipeline: 'mixed',
  kind: 'open-inference',
  wrapping: {},
  start: ({ python, pipeline, truth, folder }, port) => {
    const outputs = [
      { name: 'predict', datatype: 'BYTES', shape: [-1] },
      { name: 'predict_proba', datatype: 'FP64', shape: [-1, truth.labels.length] },
    ];
    const metadata = { inputs: truth.columns.map(toMetadata), outputs };
    return startMlserver(python, { model: { name: 'loans', pipeline, metadata }, folder, port });
  },
  toRequest: (truth) => toInfer(truth, ['predict', 'predict_proba']),
  toAnswer: readBoth,
  toFurtherRequests: (truth) => ({
    'labels-alone': toInfer(truth),
    'integers-as-doubles': toInfer(toDoubles(truth), ['predict', 'predict_proba']),
    'nested-shape': toNested(toInfer(truth, ['predict', 'predict_proba'])),
    'no-content-type': { ...toInfer(truth), body: { inputs: toInputs(truth) } },
    'unknown-output': toInfer(truth, ['probabilities']),
    'unknown-model': { ...toInfer(truth), path: '/v2/models/others/infer' },
    metadata: { method: 'GET', path: MODEL },
    'unknown-metadata': { method: 'GET', path: '/v2/models/others' },
    'server-metadata': { method: 'GET', path: '/v2' },
    ready: { method: 'GET', path: '/v2/health/ready' },
    'model-ready': { method: 'GET', path: `${MODEL}/ready` },
    'unknown-model-ready': { method: 'GET', path: '/v2/models/others/ready' },
    index: { method: 'POST', path: '/v2/repository/index', body: {} },
  }),
};

/** The same server with a model that takes a matrix, the default of its scikit-learn runtime. */
export const mlserverMatrix: Peer = {
  name: 'mlserver-matrix',
  environment: 'peers-mlserver',
  pipeline: 'numbers',
  kind: 'open-inference',
  wrapping: { options: ['--set', 'format=matrix'] },
  start: ({ python, pipeline, folder }, port) =>
    startMlserver(python, { model: { name: 'loans', pipeline }, folder, port }),
  toRequest: (truth) => toMatrixInfer(truth, ['predict', 'predict_proba']),
  toAnswer: readBoth,
  toFurtherRequests: (truth) => {
    const request = toMatrixInfer(truth, ['predict', 'predict_proba']);
    const nested = { ...toMatrix(truth), data: truth.values };
    return {
      'labels-alone': toMatrixInfer(truth),
      'nested-data': { ...request, body: { ...(request.body as object), inputs: [nested] } },
      metadata: { method: 'GET', path: MODEL },
    };
  },
};

/** Whole numbers as doubles, one with a fraction and one missing, as in OpenScale's explanations. */
function toDoubles(truth: Truth): Truth {
  const columns = truth.columns.map((column) =>
    column.type === 'long' ? { ...column, type: 'double' as const } : column,
  );
  return replaceCell(replaceCell({ ...truth, columns }, 0, 'age', 40.5), 1, 'duration', null);
}

/** The same with the shape [n, 1], which some clients send. */
function toNested(request: PeerRequest): PeerRequest {
  const body = request.body as { inputs: ReturnType<typeof toInputs> };
  return {
    ...request,
    body: { ...body, inputs: body.inputs.map((input) => ({ ...input, shape: [...input.shape, 1] })) },
  };
}
