/** The wire formats of the remote kinds, in their variants: how a model server reads a request, and writes its reply. */
import type { Wire, WireScore } from '../../support/wire.ts';

const toRecord = ({ label, probabilities }: WireScore) => ({ prediction: label, probability: probabilities });

/** By kind and variant. */
export const wires: Readonly<Record<string, Readonly<Record<string, Wire>>>> = {
  json: {
    'as the engine itself': {
      settings: { answer: { rows: 'scores' } },
      toRows: ({ body }) => (JSON.parse(body) as { values: unknown[][] }).values,
      toReply: (scores) => ({ scores: scores.map(toRecord) }),
    },
    'a record a row': {
      settings: {
        request: '{"data": records}',
        answer: { predictions: 'results.label', probabilities: 'results.probabilities' },
      },
      toRows: ({ body }) => (JSON.parse(body) as { data: object[] }).data.map(Object.values),
      toReply: (scores) => ({ results: scores }),
    },
    'an array a column': {
      settings: { request: '{"inputs": columns}', answer: { probabilities: 'vectors' } },
      toRows: ({ body }) => {
        const cells = Object.values((JSON.parse(body) as { inputs: Record<string, unknown[]> }).inputs);
        return (cells[0] ?? []).map((_, row) => cells.map((column) => column[row]));
      },
      toReply: (scores) => ({ vectors: scores.map(({ probabilities }) => probabilities) }),
    },
  },
};
