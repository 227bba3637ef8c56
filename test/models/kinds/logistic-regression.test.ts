import { expect } from 'chai';
import { DeploymentError } from '../../../errors/deployment-error.ts';
import { logisticRegression } from '../../../models/kinds/logistic-regression.ts';
import { score } from '../../../models/score-table.ts';
import { catchError, toClassifier, toSource } from '../../support/deployment.ts';

const two = toClassifier('no', 'yes');
const three = toClassifier('a', 'b', 'c');

/** The predictions and probabilities of rows of one number. */
async function scoreRows(keys: object, coefficients: number[], intercepts: number[], cells: number[]) {
  const source = toSource(keys, { coefficients: coefficients.map((coefficient) => [coefficient]), intercepts });
  const { model } = await logisticRegression.load(source);
  const request = { fields: ['x'], values: cells.map((cell) => [cell]) };
  const { predictions, probabilities = [] } = await score({ file: source.file, model }, request, '');
  return { predictions: Array.from(predictions), probabilities: Array.from(probabilities) };
}

async function listProblems(keys: object, json: unknown): Promise<readonly string[]> {
  return (await catchError(DeploymentError, () => logisticRegression.load(toSource(keys, json)))).problems;
}

function expectClose(numbers: readonly number[], expected: readonly number[]): void {
  expect(numbers).to.have.length(expected.length);
  numbers.forEach((number, index) => expect(number).to.be.closeTo(expected[index] as number, 1e-15));
}

describe('a logistic regression', () => {
  it('returns the sigmoid of its output as the probability of the second of two classes', async () => {
    // The odds are exp(output): exp(ln 3) is three to one.
    const { predictions, probabilities } = await scoreRows(two, [Math.log(3)], [0], [0, 1, -1, 2]);
    expectClose(probabilities, [1 / 2, 1 / 2, 1 / 4, 3 / 4, 3 / 4, 1 / 4, 1 / 10, 9 / 10]);
    expect(predictions).to.deep.equal([0, 1, 0, 1]);
  });

  for (const json of [
    { coefficients: [Math.log(3), 5], intercepts: 0 },
    { coefficients: [Math.log(3), 5], intercepts: [0] },
    { coefficients: [[Math.log(3), 5]], intercepts: 0 },
  ]) {
    it(`accepts ${JSON.stringify(json)} for two classes`, async () => {
      const columns = [
        { name: 'x', type: 'double' },
        { name: 'z', type: 'double' },
      ];
      const source = toSource({ ...two, columns }, json);
      const { model } = await logisticRegression.load(source);
      const request = { fields: ['x', 'z'], values: [[1, 0]] };
      const { probabilities = [] } = await score({ file: source.file, model }, request, '');
      expectClose(Array.from(probabilities), [1 / 4, 3 / 4]);
    });
  }

  it('returns the softmax of its outputs for three classes', async () => {
    const { predictions, probabilities } = await scoreRows(three, [Math.log(2), 0, Math.log(5)], [0, 0, 0], [0, 1, -1]);
    expectClose(probabilities, [1 / 3, 1 / 3, 1 / 3, 2 / 8, 1 / 8, 5 / 8, 5 / 17, 10 / 17, 2 / 17]);
    expect(predictions).to.deep.equal([0, 2, 1]);
  });

  it('returns the softmax for two classes with one row of coefficients each', async () => {
    const { predictions, probabilities } = await scoreRows(two, [0, Math.log(3)], [Math.log(3), 0], [0, 2]);
    expectClose(probabilities, [3 / 4, 1 / 4, 3 / 12, 9 / 12]);
    expect(predictions).to.deep.equal([0, 1]);
  });

  it('stays finite for extreme outputs', async () => {
    const pair = await scoreRows(two, [1], [0], [1000, -1000, 40, -40]);
    expect(pair.probabilities.slice(0, 4)).to.deep.equal([0, 1, 1, 0]);
    // Computed as 1 - (1 - p), a small p would be lost.
    expect(pair.probabilities[4]).to.be.closeTo(Math.exp(-40), 1e-30);
    expect(pair.probabilities[7]).to.be.closeTo(Math.exp(-40), 1e-30);
    const triple = await scoreRows(three, [1, -1, 0], [0, 0, 0], [1000, -1000]);
    expect(triple.probabilities).to.deep.equal([1, 0, 0, 0, 1, 0]);
  });

  it('is rejected for a regression', async () => {
    expect(await listProblems({}, { coefficients: [[1]], intercepts: [0] })).to.deep.equal([
      'deployment.json.problem_type: expected "binary" or "multiclass" for the kind logistic-regression',
    ]);
  });

  it('is rejected without coefficients, or with a number of rows that does not fit its classes', async () => {
    expect(await listProblems(two, {})).to.deep.equal(['model.json.coefficients: expected array']);
    expect(await listProblems(three, { coefficients: [[1]], intercepts: [0] })).to.deep.equal([
      'model.json.coefficients: expected 3 rows',
      'model.json.intercepts: expected 3 numbers',
    ]);
    expect(await listProblems(three, { coefficients: [1], intercepts: 0 })).to.deep.equal([
      'model.json.coefficients: expected 3 rows',
      'model.json.intercepts: expected 3 numbers',
    ]);
    expect(await listProblems(two, { coefficients: [[1], [1], [1]], intercepts: [0] })).to.deep.equal([
      'model.json.coefficients: expected 2 rows',
      'model.json.intercepts: expected 2 numbers',
    ]);
  });
});
