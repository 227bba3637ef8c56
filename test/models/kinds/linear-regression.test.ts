import { expect } from 'chai';
import { DeploymentError } from '../../../errors/deployment-error.ts';
import { linearRegression } from '../../../models/kinds/linear-regression.ts';
import { score } from '../../../models/score-table.ts';
import { catchError, toClassifier, toSource } from '../../support/deployment.ts';

const columns = [
  { name: 'x', type: 'double' },
  { name: 'y', type: 'boolean' },
];
const model = { coefficients: [[2, -3]], intercepts: [0.5] };

describe('a linear regression', () => {
  it('computes features times coefficients plus intercept', async () => {
    const source = toSource({ columns }, model);
    const request = {
      fields: ['y', 'x'],
      values: [
        [false, 0],
        [true, 1.25],
      ],
    };
    const { model: loaded } = await linearRegression.load(source);
    const { predictions } = await score({ file: source.file, model: loaded }, request, '');
    expect(Array.from(predictions)).to.deep.equal([0.5, 0]);
  });

  for (const [form, json] of [
    ['a list and a number, as LinearRegression has them', { coefficients: [2, -3], intercepts: 0.5 }],
    ['a list and a list of one number', { coefficients: [2, -3], intercepts: [0.5] }],
    ['one row and a number', { coefficients: [[2, -3]], intercepts: 0.5 }],
  ] as const) {
    it(`accepts coefficients and intercept as ${form}`, async () => {
      const source = toSource({ columns }, json);
      const { model: loaded } = await linearRegression.load(source);
      const request = { fields: ['x', 'y'], values: [[1.25, true]] };
      const { predictions } = await score({ file: source.file, model: loaded }, request, '');
      expect(Array.from(predictions)).to.deep.equal([0]);
    });
  }

  it('is rejected for a classification', async () => {
    const load = () => linearRegression.load(toSource({ columns, ...toClassifier('a', 'b') }, model));
    expect((await catchError(DeploymentError, load)).problems).to.deep.equal([
      'deployment.json.problem_type: expected "regression" for the kind linear-regression',
    ]);
  });

  it('is rejected with two rows of coefficients', async () => {
    const load = () =>
      linearRegression.load(
        toSource(
          { columns },
          {
            coefficients: [
              [1, 2],
              [3, 4],
            ],
            intercepts: [1, 2],
          },
        ),
      );
    expect((await catchError(DeploymentError, load)).problems).to.deep.equal([
      'model.json.coefficients: expected 1 row',
      'model.json.intercepts: expected 1 number',
    ]);
  });
});
