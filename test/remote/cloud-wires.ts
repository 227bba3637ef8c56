/** Variants of the cloud platforms' wire formats. */
import type { ReceivedRequest } from '../support/http-double.ts';
import type { Wire, WireScore } from './wire.ts';

const toVector = ({ probabilities }: WireScore) => probabilities;
const toLabelled = ({ label, probabilities }: WireScore) => ({ predicted_label: label, probabilities });

/** A key of the body of a POST to a path; undefined for any other request. */
const readBody = <Key extends string, Value>({ method, path, body }: ReceivedRequest, expected: string, key: Key) =>
  method === 'POST' && path === expected ? (JSON.parse(body) as Record<Key, Value>)[key] : undefined;

const HEADER = { type: 'header', name: 'X-API-Key', value: { variable: 'PATH' } };
const SAGEMAKER = { endpoint: 'trees', region: 'eu-central-1', authentication: HEADER };
const INVOCATIONS = '/endpoints/trees/invocations';
const VERTEX = { project: 'forestry', region: 'europe-west4', endpoint: '17', authentication: HEADER };
const PREDICT = '/v1/projects/forestry/locations/europe-west4/endpoints/17:predict';

/** By kind and variant. The platforms' own authentication is tested elsewhere. */
export const cloudWires: Readonly<Record<string, Readonly<Record<string, Wire>>>> = {
  'azure-ml': {
    'a data frame': {
      settings: { format: 'input_data' },
      toRows: (request) => readBody<'input_data', { data: unknown[][] }>(request, '/', 'input_data')?.data,
      // A script that answers JSON in a JSON string.
      toReply: (scores) => JSON.stringify(JSON.stringify(scores.map(toVector))),
    },
    'one array per row': {
      settings: { format: 'data' },
      toRows: (request) => readBody<'data', unknown[][]>(request, '/', 'data'),
      toReply: (scores) => ({ result: scores.map(toLabelled) }),
    },
    'named inputs': {
      settings: { format: 'inputs', input: 'WebServiceInput0', answer: { rows: 'Results.out' } },
      toRows: (request) =>
        readBody<'Inputs', { WebServiceInput0: object[] }>(request, '/', 'Inputs')?.WebServiceInput0.map(Object.values),
      toReply: (scores) => ({ Results: { out: scores.map(toLabelled) } }),
    },
  },
  sagemaker: {
    'numbers as CSV': {
      settings: {
        ...SAGEMAKER,
        format: 'csv',
        encoding: ['height', 'rings', 'soil', 'felled'].map((column) => ({ column })),
      },
      toRows: ({ method, body }) => (method === 'POST' ? body.split('\n').map((line) => line.split(',')) : undefined),
      toReply: (scores) => scores.map(({ probabilities }) => probabilities.join(',')).join('\n'),
    },
    'one array per row': {
      settings: { ...SAGEMAKER, format: 'instances' },
      toRows: (request) => readBody<'instances', unknown[][]>(request, INVOCATIONS, 'instances'),
      toReply: (scores) => ({ predictions: scores.map(toLabelled) }),
    },
    'a template': {
      settings: { ...SAGEMAKER, format: 'template', request: '{"rows": records}', answer: { probabilities: 'p' } },
      toRows: (request) => readBody<'rows', object[]>(request, INVOCATIONS, 'rows')?.map(Object.values),
      toReply: (scores) => ({ p: scores.map(toVector) }),
    },
  },
  'vertex-ai': {
    'one object per row, AutoML': {
      settings: { ...VERTEX, as_text: ['rings'] },
      toRows: (request) => readBody<'instances', object[]>(request, PREDICT, 'instances')?.map(Object.values),
      toReply: (scores) => ({
        predictions: scores.map(({ probabilities: [ash, birch, cedar] }) => ({
          classes: ['cedar', 'ash', 'birch'],
          scores: [cedar, ash, birch],
        })),
      }),
    },
    'one array per row': {
      settings: { ...VERTEX, rows: 'arrays' },
      toRows: (request) => readBody<'instances', unknown[][]>(request, PREDICT, 'instances'),
      toReply: (scores) => ({ predictions: scores.map(toVector) }),
    },
  },
  'watson-ml': {
    fields: {
      settings: { deployment: 'trees', version: '2024-01-25', authentication: HEADER },
      toRows: (request) =>
        readBody<'input_data', [{ values: unknown[][] }]>(
          request,
          '/ml/v4/deployments/trees/predictions?version=2024-01-25',
          'input_data',
        )?.[0].values,
      toReply: (scores) => ({
        predictions: [
          {
            fields: ['probability', 'prediction'],
            values: scores.map(({ label, probabilities }) => [probabilities, label]),
          },
        ],
      }),
    },
  },
};
