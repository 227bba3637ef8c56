/** Variants of the remote kinds' wire formats: how a model server reads a request and writes its reply. */
import type { ReceivedRequest } from '../support/http-double.ts';
import type { Wire, WireScore } from './wire.ts';
import { cloudWires } from './cloud-wires.ts';

const toRecord = ({ label, probabilities }: WireScore) => ({ prediction: label, probability: probabilities });

/** Transposes columns to rows. */
function toRows(columns: readonly (readonly unknown[])[]): unknown[][] {
  return (columns[0] ?? []).map((_, row) => columns.map((column) => column[row]));
}

/** A key of the body. */
const parse = <Key extends string, Value>({ body }: ReceivedRequest, key: Key) =>
  (JSON.parse(body) as Record<Key, Value>)[key];

interface Tensor {
  readonly shape: [number, number];
  readonly data: unknown[];
}

/** All four columns of the deployment as numbers; text as the code of its category. */
const encoding = ['height', 'rings', 'soil', 'felled'].map((column) => ({ column }));

/** By kind and variant. */
export const wires: Readonly<Record<string, Readonly<Record<string, Wire>>>> = {
  ...cloudWires,
  json: {
    "the engine's own request": {
      settings: { answer: { rows: 'scores' } },
      toRows: ({ body }) => (JSON.parse(body) as { values: unknown[][] }).values,
      toReply: (scores) => ({ scores: scores.map(toRecord) }),
    },
    'another engine': {
      settings: {},
      toRows: ({ body }) => (JSON.parse(body) as { values: unknown[][] }).values,
      toReply: (scores) => ({
        fields: ['height', 'prediction', 'probability'],
        values: scores.map(({ label, probabilities }) => [0, label, probabilities]),
        labels: ['ash', 'birch', 'cedar'],
      }),
    },
    'one record per row': {
      settings: {
        request: '{"data": records}',
        answer: { predictions: 'results.label', probabilities: 'results.probabilities' },
      },
      toRows: ({ body }) => (JSON.parse(body) as { data: object[] }).data.map(Object.values),
      toReply: (scores) => ({ results: scores }),
    },
    'one array per column': {
      settings: { request: '{"inputs": columns}', answer: { probabilities: 'vectors' } },
      toRows: (request) => toRows(Object.values(parse<'inputs', Record<string, unknown[]>>(request, 'inputs'))),
      toReply: (scores) => ({ vectors: scores.map(({ probabilities }) => probabilities) }),
    },
  },
  'kserve-v1': {
    'one array per row': {
      settings: { model: 'trees' },
      toRows: (request) =>
        request.path === '/v1/models/trees:predict' ? parse<'instances', unknown[][]>(request, 'instances') : undefined,
      toReply: (scores) => ({ predictions: scores.map(({ probabilities }) => probabilities) }),
    },
    'one object per row': {
      settings: { model: 'trees', format: 'objects', version: 3 },
      toRows: (request) =>
        request.path === '/v1/models/trees/versions/3:predict'
          ? parse<'instances', object[]>(request, 'instances').map(Object.values)
          : undefined,
      toReply: (scores) => ({ predictions: scores.map(toRecord) }),
    },
    'one object of lists per row': {
      settings: { model: 'trees', format: 'object_lists' },
      toRows: (request) =>
        request.method === 'POST'
          ? parse<'instances', Record<string, [unknown]>[]>(request, 'instances').map((row) =>
              Object.values(row).flat(),
            )
          : undefined,
      toReply: (scores) => ({ predictions: scores.map(({ probabilities }) => probabilities) }),
    },
    'one array per column': {
      settings: { model: 'trees', format: 'columns', signature_name: 'score' },
      toRows: (request) =>
        request.method === 'POST'
          ? toRows(Object.values(parse<'inputs', Record<string, unknown[]>>(request, 'inputs')))
          : undefined,
      toReply: (scores) => ({
        outputs: {
          label: scores.map(({ label }) => label),
          probabilities: scores.map(({ probabilities }) => probabilities),
        },
      }),
    },
  },
  mlflow: {
    'a data frame, split': {
      settings: {},
      toRows: (request) =>
        request.path === '/invocations'
          ? parse<'dataframe_split', { data: unknown[][] }>(request, 'dataframe_split').data
          : undefined,
      toReply: (scores) => ({ predictions: scores.map(toRecord) }),
    },
    'a data frame, by records': {
      settings: { format: 'dataframe_records', path: '/score', ready_path: '/health' },
      toRows: (request) =>
        request.path === '/score'
          ? parse<'dataframe_records', object[]>(request, 'dataframe_records').map(Object.values)
          : undefined,
      toReply: (scores) => ({ predictions: scores.map(({ probabilities }) => probabilities) }),
    },
    'one array per column': {
      settings: { format: 'inputs', params: { temperature: 1 }, ready_path: null },
      toRows: (request) => toRows(Object.values(parse<'inputs', Record<string, unknown[]>>(request, 'inputs'))),
      toReply: (scores) => ({
        predictions: {
          labels: scores.map(({ label }) => label),
          vectors: scores.map(({ probabilities }) => probabilities),
        },
      }),
    },
    'one array per row': {
      settings: { format: 'instances' },
      toRows: (request) =>
        request.method === 'POST' ? parse<'instances', unknown[][]>(request, 'instances') : undefined,
      toReply: (scores) => ({ predictions: scores.map(({ probabilities }) => probabilities) }),
    },
  },
  'open-inference': {
    'one input per column': {
      settings: { model: 'trees', outputs: ['predict', 'predict_proba'] },
      toRows: (request) =>
        request.path === '/v2/models/trees/infer'
          ? toRows(parse<'inputs', Tensor[]>(request, 'inputs').map(({ data }) => data))
          : undefined,
      toReply: (scores) => ({
        outputs: [
          { name: 'predict', shape: [scores.length, 1], data: scores.map(({ label }) => label) },
          {
            name: 'predict_proba',
            shape: [scores.length, 3],
            data: scores.flatMap(({ probabilities }) => probabilities),
          },
        ],
      }),
    },
    'a matrix': {
      settings: { model: 'trees', format: 'matrix', encoding, missing: 'null' },
      toRows: (request) => {
        if (request.path !== '/v2/models/trees/infer') return undefined;
        const [{ shape, data }] = parse<'inputs', [Tensor]>(request, 'inputs');
        return Array.from({ length: shape[0] }, (_, row) => data.slice(row * shape[1], (row + 1) * shape[1]));
      },
      toReply: (scores) => ({
        outputs: [
          { name: 'output__0', shape: [scores.length, 3], data: scores.map(({ probabilities }) => probabilities) },
        ],
      }),
    },
  },
};
