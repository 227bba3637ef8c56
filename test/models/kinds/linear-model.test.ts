import { expect } from 'chai';
import { DeploymentError } from '../../../errors/deployment-error.ts';
import { buildLinearModel, loadLinearData } from '../../../models/kinds/linear-model.ts';
import { parseTable } from '../../../models/table.ts';
import { catchError, toSource } from '../../support/deployment.ts';

const columns = [
  { name: 'x', type: 'double' },
  { name: 'color', type: 'string', categories: ['red', 'green'] },
];
const fields = ['x', 'color'];
const weights = {
  coefficients: [
    [1, 10, 100],
    [-1, 0, 0.5],
  ],
  intercepts: [1000, 0.25],
};

async function predict(keys: object, values: unknown[][], json: unknown = weights): Promise<number[][]> {
  const source = toSource({ columns, ...keys }, json);
  const model = buildLinearModel(source.file, await loadLinearData(source, 2));
  const table = parseTable({ fields, values }, source.file.columns, { unknownCategories: 'accept', place: '' });
  return model.predict(table).to2DArray();
}

async function listProblems(keys: object, json: unknown = weights): Promise<readonly string[]> {
  return (await catchError(DeploymentError, () => loadLinearData(toSource({ columns, ...keys }, json), 2))).problems;
}

describe('a linear model', () => {
  it('computes features times coefficients plus intercept for each output, with one-hot categories', async () => {
    const values = [
      [2, 'red'],
      [3, 'green'],
      [4, 'never learned'],
    ];
    expect(await predict({}, values)).to.deep.equal([
      [1012, -1.75],
      [1103, -2.25],
      [1004, -3.75],
    ]);
  });

  it('encodes categories as codes where the settings say so', async () => {
    const settings = { encoding: [{ column: 'color', codes: [1, 3] }, { column: 'x' }] };
    const json = {
      ...weights,
      coefficients: [
        [1, 10],
        [0, 0],
      ],
    };
    expect(await predict({ settings }, [[2, 'green']], json)).to.deep.equal([[1023, 0.25]]);
  });

  it('needs an impute for a nullable column', async () => {
    const nullable = [{ name: 'x', type: 'double', nullable: true }, columns[1]];
    expect(await listProblems({ columns: nullable })).to.deep.equal([
      'deployment.json.columns[0]: expected impute: the column is nullable, and this kind does not accept nulls',
    ]);
    expect(await predict({ columns: [{ ...nullable[0], impute: 5 }, columns[1]] }, [[null, 'red']])).to.deep.equal([
      [1015, -4.75],
    ]);
  });

  for (const [fault, json, problems] of [
    ['one row of coefficients too few', { ...weights, coefficients: [[1, 2, 3]] }, ['coefficients: expected 2 rows']],
    ['one intercept too many', { ...weights, intercepts: [1, 2, 3] }, ['intercepts: expected 2 numbers']],
    [
      'rows of coefficients that are too short and too long',
      {
        ...weights,
        coefficients: [
          [1, 2],
          [1, 2, 3, 4],
        ],
      },
      [
        'coefficients[0]: expected 3 numbers, one per encoded feature',
        'coefficients[1]: expected 3 numbers, one per encoded feature',
      ],
    ],
    [
      'a coefficient that is not a number',
      { ...weights, coefficients: [['1']] },
      ['coefficients[0][0]: expected number'],
    ],
    [
      'a list of coefficients that is too short',
      { coefficients: [1, 2], intercepts: 0 },
      [
        'coefficients: expected 2 rows',
        'intercepts: expected 2 numbers',
        'coefficients: expected 3 numbers, one per encoded feature',
      ],
    ],
    [
      'a list with a coefficient that is not a number',
      { ...weights, coefficients: [1, '2'] },
      ['coefficients[1]: expected number'],
    ],
    ['a row after a number', { ...weights, coefficients: [1, [2]] }, ['coefficients[1]: expected number']],
    ['a number after a row', { ...weights, coefficients: [[1, 2, 3], 2] }, ['coefficients[1]: expected array']],
    ['no intercepts', { coefficients: [] }, ['intercepts: expected array']],
  ] as const) {
    it(`is rejected with ${fault}`, async () => {
      expect(await listProblems({}, json)).to.deep.equal(problems.map((problem) => `model.json.${problem}`));
    });
  }

  it('is rejected with an unknown key', async () => {
    expect(await listProblems({}, { ...weights, intercept: 1 })).to.deep.equal(['model.json: unknown key "intercept"']);
  });
});
