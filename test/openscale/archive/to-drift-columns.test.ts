import { expect } from 'chai';
import { toDriftColumns } from '../../../openscale/archive/to-drift-columns.ts';
import { toClassifier, toFile } from '../../support/deployment.ts';

const ROWS = 20;
const values = Float64Array.from({ length: ROWS }, (_, row) => row);
const table = {
  rowCount: ROWS,
  columns: [
    { plan: { name: 'x', type: 'integer', categorical: false }, values, categories: [] },
    {
      plan: { name: 'rate', type: 'integer', categorical: false },
      values: values.map((value) => value / 2),
      categories: [],
    },
  ],
  target: values.map((value) => value % 2),
} as const;
const scores = { predictions: values.map((value) => value % 2), probabilities: undefined };

describe('the columns of a drift archive', () => {
  it('are features that are important enough, the label and the prediction', () => {
    const columns = toDriftColumns(toFile(toClassifier('no', 'yes')), table, scores, new Set(['rate']));
    expect(columns.map(({ name, role, dataType, cells }) => [name, role, dataType, cells?.kind])).to.deep.equal([
      ['x', 'feature', 'int', undefined],
      ['rate', 'feature', 'float', 'continuous'],
      ['target', 'label', 'str', 'discrete'],
      ['prediction', 'prediction', 'str', 'discrete'],
    ]);
  });

  it('have classes that are numbers as numbers', () => {
    const columns = toDriftColumns(toFile(toClassifier(7, 3)), table, scores, new Set());
    const prediction = columns.at(-1);
    expect([prediction?.dataType, prediction?.cells?.fields]).to.deep.equal(['float', [3, 7]]);
  });
});
